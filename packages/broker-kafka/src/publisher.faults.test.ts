import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Broker, type NewRecord, type PublishResult, SluiceError } from '@sluice/core';
import { startKafkaEmulator } from '@sluice/emulator-kafka';
import { waitFor } from '@sluice/testing';
import { type KafkaBrokerOptions, openKafkaBroker } from './index.ts';
import { logContent, type ProxiedEmulator, proxiedEmulator, startEmulatorProcess } from './testing/index.ts';

const PARTITIONS = 3;

const open = (address: string, options: Partial<KafkaBrokerOptions> = {}): Promise<Broker> =>
  openKafkaBroker({ brokers: [address], ...options });

async function newTopic(broker: Broker, partitions = PARTITIONS): Promise<string> {
  const name = `faults-${crypto.randomUUID()}`;
  await broker.admin.ensureTopics([{ name, partitions }]);
  return name;
}

const record = (topic: string, key: string, value: string): NewRecord => ({
  topic,
  key,
  value: Buffer.from(value),
  headers: [],
});

function codeOf(result: PublishResult | undefined): string {
  if (result?.kind === 'published') return 'published';
  return result?.error instanceof SluiceError ? result.error.code : String(result?.error);
}

const KEYS = 7;
/** Calls for one key that are under way at a time; they are made in order, and not waited for before the next. */
const WINDOW = 4;

async function sendMany(broker: Broker, topic: string, perKey: number): Promise<ReadonlyMap<string, PublishResult>> {
  const results = new Map<string, PublishResult>();
  const send = async (value: string): Promise<void> => {
    const [result] = await broker.publisher.publish([record(topic, value.split(':')[0] ?? '', value)]);
    if (result) results.set(value, result);
  };
  const sendKey = async (key: number): Promise<void> => {
    const calls: Promise<void>[] = [];
    for (let index = 0; index < perKey; index++) {
      calls.push(send(`${key}:${index}`));
      await calls[index - WINDOW];
    }
    await Promise.all(calls);
  };
  await Promise.all(Array.from({ length: KEYS }, (_, key) => sendKey(key)));
  return results;
}

/** Every receipt is true, nothing is in the log twice or that was not sent, and each key is in the order of its sending. */
async function requireTruth(broker: Broker, topic: string, results: ReadonlyMap<string, PublishResult>): Promise<void> {
  const content = await logContent(broker, topic);
  const stored = [...content.values()].flat();
  assert.equal(new Set(stored).size, stored.length, 'a record is in the log twice');
  for (const value of stored) assert.ok(results.has(value), `${value} was never sent`);
  for (const [value, result] of results) {
    if (result.kind === 'failed') continue;
    assert.equal(content.get(result.partition ?? -1)?.[result.offset ?? -1], value, `the receipt of ${value} is false`);
  }
  for (const values of content.values()) {
    for (let key = 0; key < KEYS; key++) {
      const indexes = values.filter((value) => value.startsWith(`${key}:`)).map((value) => Number(value.split(':')[1]));
      assert.deepEqual(
        indexes,
        indexes.toSorted((a, b) => a - b),
        `key ${key} lost its order`,
      );
    }
  }
}

async function withProxy(
  test: (proxied: ProxiedEmulator, broker: Broker, topic: string) => Promise<void>,
  options: Partial<KafkaBrokerOptions> = {},
): Promise<void> {
  await using proxied = await proxiedEmulator();
  await using broker = await open(proxied.proxy.address, options);
  const topic = await newTopic(broker);
  await test(proxied, broker, topic);
}

describe('publishing while things go wrong', { concurrency: 3 }, () => {
  it('keeps its word when the broker is killed and started again in the middle', async () => {
    await using emulator = await startEmulatorProcess();
    await using broker = await open(emulator.address);
    const topic = await newTopic(broker);
    const sending = sendMany(broker, topic, 300);
    for (let round = 0; round < 3; round++) {
      const before = await total(broker, topic);
      await waitFor('more records', async () => (await total(broker, topic)) > before + 50);
      await emulator.kill();
      await emulator.start();
    }
    const results = await sending;
    assert.deepEqual([...new Set([...results.values()].map(codeOf))], ['published']);
    await requireTruth(broker, topic, results);
  });

  it('sends again when the connection breaks at any byte of a request or of its answer', async () => {
    await withProxy(async ({ proxy }, broker, topic) => {
      const sent: string[] = [];
      for (const direction of ['up', 'down'] as const) {
        // A request of some 180 bytes, an answer of some 90; what is cut beyond them is the next exchange.
        for (let bytes = 1; bytes < 200; bytes += direction === 'up' ? 7 : 4) {
          proxy.cutAfter(direction, bytes, bytes % 2 === 0 ? 'reset' : 'end');
          const value = `${direction}:${bytes}`;
          sent.push(value);
          const [result] = await broker.publisher.publish([record(topic, 'k', value)]);
          assert.equal(codeOf(result), 'published', value);
        }
      }
      proxy.heal();
      assert.deepEqual([...(await logContent(broker, topic)).values()].flat(), sent);
    });
  });

  it('keeps its word when connections break under load', async () => {
    await withProxy(async ({ proxy }, broker, topic) => {
      let sending = true;
      const sent = sendMany(broker, topic, 400).finally(() => {
        sending = false;
      });
      let cuts = 0;
      while (sending) {
        const { down } = proxy.passed;
        await waitFor('answers', () => !sending || proxy.passed.down > down + 1_500, { intervalMs: 1 });
        proxy.cutAfter(cuts % 2 === 0 ? 'down' : 'up', 1 + cuts++ * 17);
      }
      const results = await sent;
      proxy.heal();
      assert.ok(cuts > 3, `only ${cuts} cuts`);
      assert.deepEqual([...new Set([...results.values()].map(codeOf))], ['published']);
      await requireTruth(broker, topic, results);
    });
  });

  it('works byte by byte', async () => {
    await withProxy(async ({ proxy }, broker, topic) => {
      proxy.slice(1);
      await requireTruth(broker, topic, await sendMany(broker, topic, 10));
    });
  });

  for (const direction of ['up', 'down'] as const) {
    it(`says so in bounded time when nothing comes through any more (${direction}), and recovers`, async () => {
      const options = { publishTimeoutMs: 1_500, requestTimeoutMs: 500 };
      await withProxy(async ({ proxy }, broker, topic) => {
        await requireTruth(broker, topic, await sendMany(broker, topic, 5));
        proxy.blackhole(direction);
        const begun = performance.now();
        const silent = await broker.publisher.publish(['a', 'b'].map((value) => record(topic, 'silent', value)));
        assert.deepEqual(silent.map(codeOf), ['unavailable', 'unavailable']);
        assert.ok(performance.now() - begun < 10 * options.publishTimeoutMs);
        proxy.heal();
        const [after] = await broker.publisher.publish([record(topic, 'silent', 'c')]);
        assert.equal(codeOf(after), 'published');
        const stored = [...(await logContent(broker, topic)).values()].flat().filter((value) => !value.includes(':'));
        // What was not answered may be there, but in order, and once.
        assert.ok(['c', 'a,b,c'].includes(stored.join()), stored.join());
      }, options);
    });
  }

  it('gives up a connection that died silently, within the time of a call', async () => {
    const test = async ({ proxy, emulator }: ProxiedEmulator, broker: Broker, topic: string): Promise<void> => {
      await using beside = await open(`${emulator.host}:${emulator.port}`);
      await requireTruth(broker, topic, await sendMany(broker, topic, 5));
      proxy.strand();
      const [late] = await broker.publisher.publish([record(topic, 'k', 'late')]);
      assert.equal(codeOf(late), 'published');
      const stored = [...(await logContent(beside, topic)).values()].flat().filter((value) => value === 'late');
      assert.equal(stored.length, 1);
    };
    // Time for one answer that does not come, and not for two.
    await withProxy(test, { requestTimeoutMs: 2_000, publishTimeoutMs: 3_600 });
  });

  it('answers in bounded time and with bounded memory while the broker is gone', async () => {
    await using emulator = await startEmulatorProcess();
    await using broker = await open(emulator.address, { publishTimeoutMs: 1_000, maxQueuedRecords: 50 });
    const topic = await newTopic(broker);
    await requireTruth(broker, topic, await sendMany(broker, topic, 1));
    await emulator.kill();
    for (let round = 0; round < 2; round++) {
      const calls = Array.from({ length: 80 }, (_, index) =>
        broker.publisher.publish([record(topic, `${index}`, `gone ${round}/${index}`)]).then(
          ([result]) => codeOf(result),
          (error) => error.code,
        ),
      );
      const codes = await Promise.all(calls);
      assert.equal(codes.filter((code) => code === 'unavailable').length, 50);
      assert.equal(codes.filter((code) => code === 'overloaded').length, 30);
    }
    await emulator.start();
    await waitFor('the broker to be back', async () => {
      const [result] = await broker.publisher.publish([record(topic, 'back', 'back')]);
      return codeOf(result) === 'published';
    });
    // What was given up before it was sent is not sent any more; the first round may have met the end of a connection.
    const stored = [...(await logContent(broker, topic)).values()].flat();
    assert.deepEqual(
      stored.filter((value) => value.startsWith('gone 1')),
      [],
    );
  });

  for (const fault of ['not-leader', 'lose-reply', 'out-of-order-sequence', 'unknown-producer-id'] as const) {
    it(`keeps its word after ${fault}`, async () => {
      await withProxy(async ({ emulator }, broker, topic) => {
        const sending = sendMany(broker, topic, 100);
        for (let round = 0; round < 5; round++) {
          const before = await total(broker, topic);
          await waitFor('more records', async () => (await total(broker, topic)) > before + 20, { intervalMs: 1 });
          for (let partition = 0; partition < PARTITIONS; partition++) emulator.faults.produce(topic, partition, fault);
        }
        const results = await sending;
        assert.deepEqual([...new Set([...results.values()].map(codeOf))], ['published']);
        await requireTruth(broker, topic, results);
      });
    });
  }

  it('stores what it acknowledges after a neighbour in the request was refused', async () => {
    await using emulator = await startKafkaEmulator();
    await using broker = await open(emulator.address);
    const topic = await newTopic(broker);
    for (let round = 0; round < 5; round++) {
      const records = Array.from({ length: 12 }, (_, key) => record(topic, `key ${key}`, `${round}/${key}`));
      const large = { ...record(topic, `key ${round}`, ''), value: Buffer.alloc(2_000_000) };
      const results = await broker.publisher.publish([...records.slice(0, 6), large, ...records.slice(6)]);
      assert.deepEqual(results.map(codeOf), [
        ...Array(6).fill('published'),
        'too-large',
        ...Array(6).fill('published'),
      ]);
    }
    const stored = [...(await logContent(broker, topic)).values()].flat();
    assert.equal(stored.length, 60);
    assert.equal(new Set(stored).size, 60);
  });

  it('refuses a record for a topic that no broker takes, and delivers its neighbours', async () => {
    await using emulator = await startKafkaEmulator();
    await using broker = await open(emulator.address);
    const topic = await newTopic(broker);
    const results = await broker.publisher.publish(
      [topic, 'not a name', topic, 'x'.repeat(300)].map((name) => record(name, 'k', 'x')),
    );
    assert.deepEqual(results.map(codeOf), ['published', 'misconfigured', 'published', 'misconfigured']);
    const [later] = await broker.publisher.publish([record(topic, 'k', 'x')]);
    assert.equal(codeOf(later), 'published');
  });

  it('waits for a topic that is made a little later, and gives up on one that is not', async () => {
    await using emulator = await startKafkaEmulator({ autoCreateTopics: false });
    await using broker = await open(emulator.address, { publishTimeoutMs: 1_000 });
    const other = await newTopic(broker);
    const topic = `later-${crypto.randomUUID()}`;
    const early = broker.publisher.publish(['a', 'b'].map((value) => record(topic, 'k', value)));
    const [meanwhile] = await broker.publisher.publish([record(other, 'k', 'x')]);
    assert.equal(codeOf(meanwhile), 'published');
    await broker.admin.ensureTopics([{ name: topic, partitions: 1 }]);
    assert.deepEqual(
      (await early).map((result) => result.kind === 'published' && result.offset),
      [0, 1],
    );
    const [never] = await broker.publisher.publish([record(`never-${crypto.randomUUID()}`, 'k', 'x')]);
    assert.equal(codeOf(never), 'unavailable');
  });
});

async function total(broker: Broker, topic: string): Promise<number> {
  return (await broker.admin.ends([topic])).reduce((sum, { endOffset }) => sum + endOffset, 0);
}
