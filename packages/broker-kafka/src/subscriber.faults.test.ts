import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Broker, SluiceError } from '@sluice/core';
import { startKafkaEmulator } from '@sluice/emulator-kafka';
import { waitFor } from '@sluice/testing';
import { CONSUMING } from './consume/consuming.ts';
import { type KafkaBrokerOptions, type KafkaLogEntry, openKafkaBroker } from './index.ts';
import { KafkaSubscriber } from './subscriber.ts';
import {
  NumberStore,
  type ProxiedEmulator,
  proxiedEmulator,
  publishNumbers,
  startEmulatorProcess,
} from './testing/index.ts';

const PARTITIONS = 3;
const LONG = { timeoutMs: 60_000 };

const newName = (): string => `faults-${crypto.randomUUID()}`;

const open = (address: string, options: Partial<KafkaBrokerOptions> = {}): Promise<Broker> =>
  openKafkaBroker({ brokers: [address], sessionTimeoutMs: 6_000, publishTimeoutMs: 60_000, ...options });

async function newTopic(broker: Broker): Promise<string> {
  const name = newName();
  await broker.admin.ensureTopics([{ name, partitions: PARTITIONS }]);
  return name;
}

/** A subscription of a number store. */
class Run implements AsyncDisposable {
  readonly store = new NumberStore();
  readonly #abort = new AbortController();
  readonly #run: Promise<void>;
  error: unknown;

  constructor(broker: Broker, topics: readonly string[]) {
    this.#run = broker.subscriber
      .run({ group: newName(), topics, handler: this.store, signal: this.#abort.signal })
      .catch((error) => {
        this.error = error;
      });
  }

  async untilHas(count: number): Promise<void> {
    await waitFor(`${count} numbers`, () => this.error !== undefined || this.store.has(count), LONG);
    if (this.error !== undefined) throw this.error;
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#run;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A test that failed while it held the store back ends all the same.
    this.store.release();
    await this.stop();
  }
}

async function withProxy(
  test: (context: ProxiedEmulator & { broker: Broker; topic: string }) => Promise<void>,
  options: Partial<KafkaBrokerOptions> = {},
): Promise<void> {
  await using proxied = await proxiedEmulator();
  await using broker = await open(proxied.proxy.address, options);
  const topic = await newTopic(broker);
  await test({ ...proxied, broker, topic });
}

describe('reading while things go wrong', { concurrency: 4 }, () => {
  it('goes on when the broker is killed and started again', async () => {
    await using emulator = await startEmulatorProcess();
    await using broker = await open(emulator.address);
    const topic = await newTopic(broker);
    await using run = new Run(broker, [topic]);
    for (let round = 0; round < 3; round++) {
      await publishNumbers(broker, topic, 100, round * 100);
      await run.untilHas((round + 1) * 100);
      await emulator.kill();
      await emulator.start();
    }
    await publishNumbers(broker, topic, 100, 300);
    await run.untilHas(400);
    // The member came back to its partitions, instead of a new one that waits for the old one to be given up.
    assert.ok(run.store.assignments <= 2, `assigned ${run.store.assignments} times`);
  });

  it('waits for a broker that is not there yet, and ends at once when told to meanwhile', async () => {
    await using emulator = await startEmulatorProcess();
    await using broker = await open(emulator.address);
    const topic = await newTopic(broker);
    await publishNumbers(broker, topic, 10);
    await emulator.kill();
    const gaveUp = new Run(broker, [topic]);
    await using run = new Run(broker, [topic]);
    await waitFor('a try or two', () => performance.now() > 0);
    await gaveUp.stop();
    assert.equal(gaveUp.error, undefined);
    await emulator.start();
    await run.untilHas(10);
  });

  it('goes on when connections break at any byte', async () => {
    await withProxy(async ({ proxy, broker, topic }) => {
      await publishNumbers(broker, topic, 200, 0, 200);
      for (const direction of ['down', 'up'] as const) {
        for (const bytes of [1, 4, 60, 500, 3_000, 20_000]) {
          proxy.cutAfter(direction, bytes, bytes % 3 === 0 ? 'end' : 'reset');
          await using run = new Run(broker, [topic]);
          await run.untilHas(200);
        }
      }
    });
  });

  it('works byte by byte', async () => {
    await withProxy(async ({ proxy, broker, topic }) => {
      await publishNumbers(broker, topic, 50);
      proxy.slice(1);
      await using run = new Run(broker, [topic]);
      await run.untilHas(50);
    });
  });

  it('goes on after its connections died silently', async () => {
    await withProxy(
      async ({ proxy, broker, topic }) => {
        await using run = new Run(broker, [topic]);
        await publishNumbers(broker, topic, 10);
        await run.untilHas(10);
        proxy.strand();
        await publishNumbers(broker, topic, 10, 10);
        await run.untilHas(20);
        assert.equal(run.store.assignments, 1);
      },
      { requestTimeoutMs: 1_000 },
    );
  });

  it('is given up by the group when it is silent for long, and comes back', async () => {
    await withProxy(
      async ({ proxy, broker, topic }) => {
        await using run = new Run(broker, [topic]);
        await publishNumbers(broker, topic, 10);
        await run.untilHas(10);
        const { accepted } = proxy;
        proxy.blackhole('down');
        await waitFor('several tries', () => proxy.accepted > accepted + 5, LONG);
        proxy.heal();
        await publishNumbers(broker, topic, 10, 10);
        await run.untilHas(20);
      },
      { requestTimeoutMs: 500 },
    );
  });

  it('ends in bounded time while nothing comes through', async () => {
    await withProxy(
      async ({ proxy, broker, topic }) => {
        const run = new Run(broker, [topic]);
        await publishNumbers(broker, topic, 10);
        await run.untilHas(10);
        proxy.blackhole('down');
        proxy.blackhole('up');
        const begun = performance.now();
        await run.stop();
        assert.ok(performance.now() - begun < 15_000);
        assert.equal(run.error, undefined);
      },
      { requestTimeoutMs: 1_000 },
    );
  });

  it('fetches only so far ahead of a handler that is held up', async () => {
    await withProxy(async ({ proxy, broker, topic }) => {
      await using run = new Run(broker, [topic]);
      run.store.hold();
      const before = proxy.passed.down;
      await publishNumbers(broker, topic, 30_000, 0, 1_000);
      // Fetches are answered with nothing but their own few bytes once nothing more is wanted.
      let last = -1;
      await waitFor(
        'the flow to stop',
        () => {
          const passed = proxy.passed.down - before;
          const stopped = passed > 1_000_000 && passed - last < 2_000;
          last = passed;
          return stopped;
        },
        { intervalMs: 300, timeoutMs: 60_000 },
      );
      run.store.release();
      // Per partition: two megabytes in hand, two waiting, and one that was on its way.
      assert.ok(last < PARTITIONS * 5 * 1_100_000, `${last} bytes came`);
      await run.untilHas(30_000);
    });
  });

  it('fetches nothing more while it finishes what is in hand', async () => {
    await withProxy(async ({ proxy, broker, topic }) => {
      await using run = new Run(broker, [topic]);
      run.store.hold();
      await publishNumbers(broker, topic, 10);
      await waitFor('a batch to be in hand', () => run.store.calls > 0);
      const stopped = run.stop();
      const before = proxy.passed.down;
      await publishNumbers(broker, topic, 20_000, 10, 1_000);
      run.store.release();
      await stopped;
      // What a fetch that was under way may bring: a megabyte a partition, of twenty in all.
      assert.ok(proxy.passed.down - before < PARTITIONS * 1_100_000, `${proxy.passed.down - before} bytes came`);
    });
  });

  it('reads a topic that is made after it began, and the others meanwhile', async () => {
    await using emulator = await startKafkaEmulator({ autoCreateTopics: false });
    await using broker = await open(emulator.address);
    const topic = await newTopic(broker);
    const later = newName();
    await using run = new Run(broker, [topic, later]);
    await publishNumbers(broker, topic, 10);
    await run.untilHas(10);
    await broker.admin.ensureTopics([{ name: later, partitions: 2 }]);
    await publishNumbers(broker, later, 10, 10);
    await run.untilHas(20);
  });

  it('begins anew where kafkajs stands still without a word', async () => {
    await using proxied = await proxiedEmulator();
    const { proxy, emulator } = proxied;
    await using beside = await open(`${emulator.host}:${emulator.port}`);
    const topic = await newTopic(beside);
    await publishNumbers(beside, topic, 10);
    const messages: string[] = [];
    const log = ({ message }: KafkaLogEntry): void => void messages.push(message);
    const client = { brokers: [proxy.address], clientId: 'still', log, connectTimeoutMs: 3_000 };
    // Long before anything else would end the wait for an answer to its first question.
    const options = { ...CONSUMING, ...client, requestTimeoutMs: 20_000, silenceTimeoutMs: 1_500 };
    await using subscriber = new KafkaSubscriber(options, beside.admin);
    proxy.blackhole('down');
    await using run = new Run({ ...beside, subscriber }, [topic]);
    await waitFor('a second try', () => messages.filter((text) => text.includes('did nothing')).length > 1, LONG);
    proxy.heal();
    await run.untilHas(10);
  });

  for (const [what, options, topics] of [
    ['a session that no broker grants', { sessionTimeoutMs: 3_600_000 }, []],
    ['a topic that no broker takes', {}, ['not a name']],
  ] as const) {
    it(`ends with ${what}`, async () => {
      await using emulator = await startKafkaEmulator();
      await using broker = await open(emulator.address, options);
      await using run = new Run(broker, [await newTopic(broker), ...topics]);
      await waitFor('the end', () => run.error, LONG);
      assert.ok(run.error instanceof SluiceError && run.error.code === 'misconfigured', String(run.error));
    });
  }
});
