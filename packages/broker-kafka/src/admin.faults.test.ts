import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SluiceError } from '@sluice/core';
import { waitFor } from '@sluice/testing';
import { openKafkaBroker } from './index.ts';
import { proxiedEmulator } from './testing/index.ts';

const isUnavailable = (error: unknown): boolean => error instanceof SluiceError && error.code === 'unavailable';

describe('asking while things go wrong', { concurrency: true }, () => {
  for (const [what, direction] of [
    ['swallows questions', 'up'],
    ['swallows answers', 'down'],
  ] as const) {
    it(`says in bounded time that a broker that ${what} is out of reach`, async () => {
      await using proxied = await proxiedEmulator();
      await using broker = await openKafkaBroker({ brokers: [proxied.proxy.address], requestTimeoutMs: 500 });
      await broker.admin.ping();
      proxied.proxy.blackhole(direction);
      const begun = performance.now();
      await assert.rejects(broker.admin.ping(), isUnavailable);
      await assert.rejects(broker.admin.ends(['topic']), isUnavailable);
      await assert.rejects(broker.admin.ensureTopics([{ name: 'topic', partitions: 1 }]), isUnavailable);
      assert.ok(performance.now() - begun < 30_000);
      proxied.proxy.heal();
      await waitFor('an answer', () => broker.admin.ping().then(() => true));
      await broker.admin.ensureTopics([{ name: 'topic', partitions: 1 }]);
      assert.equal((await broker.admin.ends(['topic'])).length, 1);
    });
  }

  it('says so where nobody listens, and where the connection breaks in the middle of an answer', async () => {
    await using proxied = await proxiedEmulator();
    const { proxy } = proxied;
    await using broker = await openKafkaBroker({ brokers: [proxy.address] });
    proxy.refuse();
    await assert.rejects(broker.admin.ping(), isUnavailable);
    proxy.heal();
    await broker.admin.ensureTopics([{ name: 'topic', partitions: 1 }]);
    for (const bytes of [1, 4, 20]) {
      proxy.cutAfter('down', bytes);
      await assert.rejects(broker.admin.ends(['topic']), isUnavailable);
      assert.equal((await broker.admin.ends(['topic'])).length, 1);
    }
  });

  it('refuses a topic that no broker takes', async () => {
    await using proxied = await proxiedEmulator();
    await using broker = await openKafkaBroker({ brokers: [proxied.proxy.address] });
    await assert.rejects(
      broker.admin.ensureTopics([{ name: 'not a name', partitions: 1 }]),
      (error) => error instanceof SluiceError && error.code === 'misconfigured',
    );
    await broker.admin.ensureTopics([{ name: 'a-name', partitions: 1 }]);
  });

  it('is closed after it was closed', async () => {
    await using proxied = await proxiedEmulator();
    const broker = await openKafkaBroker({ brokers: [proxied.proxy.address] });
    await broker[Symbol.asyncDispose]();
    const isClosed = (error: unknown): boolean => error instanceof SluiceError && error.code === 'closed';
    await assert.rejects(broker.admin.ping(), isClosed);
    const { signal } = new AbortController();
    const handler = { assigned: async () => [], handle: async () => ({ count: 0 }) };
    await assert.rejects(broker.subscriber.run({ group: 'g', topics: ['t'], handler, signal }), isClosed);
  });
});
