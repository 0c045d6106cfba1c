import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Broker, SubscriptionOptions } from '../broker.ts';
import { runProjection } from './run.ts';
import { batchOf, echoStream, FakeAdmin, FakeObserver, FakeStore, GROUP, recordsFrom, TOPIC } from './test-doubles.ts';

it('runProjection subscribes the group to the streams’ topics, and projects what comes', async () => {
  const { signal } = new AbortController();
  const store = new FakeStore();
  const admin = new FakeAdmin(2);
  const seen: Omit<SubscriptionOptions, 'handler'>[] = [];
  const broker: Broker = {
    capabilities: { offsets: true, orderedBy: 'partition', replay: 'offset' },
    publisher: { publish: async () => [], refusal: () => undefined },
    admin,
    subscriber: {
      async run({ handler, ...options }) {
        seen.push(options);
        await handler.assigned([admin.found()]);
        await handler.handle(batchOf(recordsFrom(0, 2), 2), options.signal);
      },
    },
    async [Symbol.asyncDispose]() {},
  };
  const options = { broker, group: GROUP, streams: [echoStream], writer: store, observer: new FakeObserver(), signal };
  await runProjection({ ...options, maxConcurrency: 7 });
  await runProjection(options);
  assert.deepEqual(
    seen.map(({ group, topics, maxConcurrency }) => [group, topics, maxConcurrency]),
    [7, 4].map((concurrency) => [GROUP, [TOPIC], concurrency]),
  );
  assert.ok(seen.every((given) => given.signal === signal));
  assert.deepEqual(
    store.kept.map(({ id }) => id),
    ['c0', 'c1'],
  );
});
