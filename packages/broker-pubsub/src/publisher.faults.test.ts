import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Broker, type OutgoingRecord, type PublishResult, SluiceError } from '@sluice/core';
import { startPubSubEmulator } from '@sluice/emulator-pubsub';
import { waitFor } from '@sluice/testing';
import { openPubSubBroker, type PubSubBrokerOptions } from './index.ts';
import { type ProxiedEmulator, proxiedEmulator, Run, startEmulatorProcess } from './testing/index.ts';

const TOPIC = 'topic';
const TOPIC_NAME = `projects/project/topics/${TOPIC}`;

const open = (emulatorHost: string, options: Partial<PubSubBrokerOptions> = {}): Promise<Broker> =>
  openPubSubBroker({ projectId: 'project', emulatorHost, publishTimeoutMs: 30_000, ...options });

const recordOf = (number: number, key = 'one key'): OutgoingRecord => ({
  topic: TOPIC,
  key,
  value: Buffer.from(String(number)),
  headers: [{ name: 'ce_id', value: `id of ${number}` }],
});

const codesOf = (results: readonly PublishResult[]): readonly string[] =>
  results.map((result) => (result.kind === 'failed' ? (result.error as SluiceError).code : 'published'));

async function withProxy(
  test: (context: ProxiedEmulator & { readonly broker: Broker }) => Promise<void>,
  options: Partial<PubSubBrokerOptions> = {},
): Promise<void> {
  await using proxied = await proxiedEmulator();
  await using broker = await open(proxied.proxy.address, options);
  await broker.admin.ensureTopics([{ name: TOPIC, partitions: 1 }]);
  await test({ ...proxied, broker });
}

describe('publishing while things go wrong', { concurrency: 4 }, () => {
  it('sends again what was not confirmed, in the order of the key', async () => {
    await withProxy(async ({ emulator, broker }) => {
      for (let round = 0; round < 5; round++) {
        emulator.faults.failPublishes(TOPIC_NAME, 'UNAVAILABLE', 2);
        emulator.faults.losePublishReplies(TOPIC_NAME, 1);
        const calls = Array.from({ length: 20 }, (_, index) =>
          broker.publisher.publish([recordOf(round * 20 + index)]),
        );
        assert.ok((await Promise.all(calls)).flat().every(({ kind }) => kind === 'published'));
      }
      // The store's order check: a repeated send comes behind the first, and changes nothing.
      await using run = new Run(broker, [TOPIC]);
      await run.untilHas(100);
      assert.ok(run.store.repeated > 0);
    });
  });

  it('keeps the order of a key while connections break', async () => {
    await withProxy(async ({ proxy, broker }) => {
      const calls: Promise<readonly PublishResult[]>[] = [];
      for (let round = 0; round < 10; round++) {
        for (let index = 0; index < 20; index++) calls.push(broker.publisher.publish([recordOf(round * 20 + index)]));
        await new Promise((resolve) => setImmediate(resolve));
        proxy.cutAll(round % 2 === 0 ? 'reset' : 'end');
      }
      assert.ok((await Promise.all(calls)).flat().every(({ kind }) => kind === 'published'));
      await using run = new Run(broker, [TOPIC]);
      await run.untilHas(200);
    });
  });

  it('fails what is behind a failed message of its key, nothing of other keys, and nothing that comes later', async () => {
    await withProxy(
      async ({ emulator, broker }) => {
        emulator.faults.failPublishes(TOPIC_NAME, 'PERMISSION_DENIED', 1);
        const first = broker.publisher.publish([recordOf(0), recordOf(1)]);
        await new Promise((resolve) => setImmediate(resolve));
        const behind = broker.publisher.publish([recordOf(2)]);
        assert.deepEqual(codesOf(await first), ['unauthorized', 'unauthorized']);
        const [result] = await behind;
        assert.ok(result?.kind === 'failed' && result.error instanceof SluiceError);
        assert.equal(result.error.code, 'unavailable');
        assert.match(result.error.message, /in front of this one, under the same ordering key/);
        assert.deepEqual(codesOf(await broker.publisher.publish([recordOf(3), recordOf(4, 'another key')])), [
          'published',
          'published',
        ]);
      },
      { publishTimeoutMs: 5_000 },
    );
  });

  it('finds the one message that is refused in a request of many', async () => {
    await withProxy(async ({ emulator, broker }) => {
      const many = Array.from({ length: 9 }, (_, number) => recordOf(number, `id of ${number}`));
      // The whole, its first half, and the quarters until one is alone: that one is the culprit.
      emulator.faults.failPublishes(TOPIC_NAME, 'INVALID_ARGUMENT', 4);
      const codes = codesOf(await broker.publisher.publish(many));
      assert.deepEqual(codes, ['invalid-data', ...Array.from({ length: 8 }, () => 'published')]);
    });
  });

  it('says in bounded time that the broker is out of reach, and goes on when it is back', async () => {
    await using emulator = await startEmulatorProcess();
    await using broker = await open(emulator.address, { publishTimeoutMs: 1_000 });
    await broker.admin.ensureTopics([{ name: TOPIC, partitions: 1 }]);
    assert.deepEqual(codesOf(await broker.publisher.publish([recordOf(0)])), ['published']);
    await emulator.kill();
    const begun = performance.now();
    const codes = codesOf(await broker.publisher.publish([recordOf(1), recordOf(2, 'id of 2')]));
    assert.deepEqual(codes, ['unavailable', 'unavailable']);
    assert.ok(performance.now() - begun < 3_000);
    await emulator.start();
    await waitFor('a receipt', async () => codesOf(await broker.publisher.publish([recordOf(3)]))[0] === 'published');
  });

  it('goes on after its connection died silently', async () => {
    await withProxy(async ({ proxy, broker }) => {
      assert.deepEqual(codesOf(await broker.publisher.publish([recordOf(0)])), ['published']);
      proxy.strand();
      assert.deepEqual(codesOf(await broker.publisher.publish([recordOf(1)])), ['published']);
    });
  });

  it('waits for a topic that is not made yet, and names what is missing', async () => {
    await using emulator = await startPubSubEmulator();
    await using broker = await open(emulator.address, { publishTimeoutMs: 500 });
    const [result] = await broker.publisher.publish([recordOf(0)]);
    assert.ok(result?.kind === 'failed' && result.error instanceof SluiceError);
    assert.equal(result.error.code, 'unavailable');
    assert.match(result.error.message, /within 500 ms \(.*topic/i);
    await broker.admin.ensureTopics([{ name: TOPIC, partitions: 1 }]);
    assert.deepEqual(codesOf(await broker.publisher.publish([recordOf(1)])), ['published']);
  });

  it('sends a message that is alone at once', async () => {
    await withProxy(async ({ broker }) => {
      const times: number[] = [];
      for (let number = 0; number < 50; number++) {
        const begun = performance.now();
        await broker.publisher.publish([recordOf(number)]);
        times.push(performance.now() - begun);
      }
      // The client's own batching would wait for 10 ms each time.
      assert.ok(Math.min(...times) < 8, `${Math.min(...times)} ms at best`);
    });
  });
});
