import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SluiceError } from '@sluice/core';
import { waitFor } from '@sluice/testing';
import { openPubSubBroker } from './index.ts';
import { proxiedEmulator } from './testing/index.ts';

const hasCode =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof SluiceError && error.code === code;

const TOPICS = [{ name: 'topic', partitions: 1 }];

describe('asking while things go wrong', { concurrency: true }, () => {
  for (const [what, direction] of [
    ['swallows questions', 'up'],
    ['swallows answers', 'down'],
  ] as const) {
    it(`says in bounded time that a broker that ${what} is out of reach`, async () => {
      await using proxied = await proxiedEmulator();
      const options = { projectId: 'project', emulatorHost: proxied.proxy.address, requestTimeoutMs: 500 };
      await using broker = await openPubSubBroker(options);
      await broker.admin.ping();
      proxied.proxy.blackhole(direction);
      const begun = performance.now();
      await assert.rejects(broker.admin.ping(), hasCode('unavailable'));
      await assert.rejects(broker.admin.ensureTopics(TOPICS), hasCode('unavailable'));
      await assert.rejects(broker.admin.ensureSubscriptions({ group: 'g', topics: ['t'] }), hasCode('unavailable'));
      assert.ok(performance.now() - begun < 15_000);
      proxied.proxy.heal();
      await waitFor('an answer', () => broker.admin.ping().then(() => true), { timeoutMs: 30_000 });
      await broker.admin.ensureTopics(TOPICS);
    });
  }

  it('says so where nobody listens', async () => {
    await using proxied = await proxiedEmulator();
    await using broker = await openPubSubBroker({ projectId: 'project', emulatorHost: proxied.proxy.address });
    proxied.proxy.refuse();
    await assert.rejects(broker.admin.ping(), hasCode('unavailable'));
    proxied.proxy.heal();
    await waitFor('an answer', () => broker.admin.ping().then(() => true));
  });

  it('refuses names that Pub/Sub does not take, and an emulator without a port', async () => {
    await using proxied = await proxiedEmulator();
    await using broker = await openPubSubBroker({ projectId: 'project', emulatorHost: proxied.proxy.address });
    await assert.rejects(
      broker.admin.ensureTopics([...TOPICS, { name: 'not a name', partitions: 1 }]),
      hasCode('misconfigured'),
    );
    await broker.admin.ensureTopics(TOPICS);
    await assert.rejects(openPubSubBroker({ projectId: 'p', emulatorHost: 'localhost' }), hasCode('misconfigured'));
  });

  it('is closed after it was closed', async () => {
    await using proxied = await proxiedEmulator();
    const broker = await openPubSubBroker({ projectId: 'project', emulatorHost: proxied.proxy.address });
    await broker[Symbol.asyncDispose]();
    await assert.rejects(broker.admin.ping(), hasCode('closed'));
    await assert.rejects(broker.admin.ensureTopics(TOPICS), hasCode('closed'));
    const { signal } = new AbortController();
    const handler = { assigned: async () => [], handle: async () => ({ count: 0 }) };
    await assert.rejects(broker.subscriber.run({ group: 'g', topics: ['t'], handler, signal }), hasCode('closed'));
  });
});
