import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { protos, v1 } from '@google-cloud/pubsub';
import { type Broker, SluiceError } from '@sluice/core';
import { type PubSubEmulator, startPubSubEmulator } from '@sluice/emulator-pubsub';
import { waitFor } from '@sluice/testing';
import { newPublisherClient, newSubscriberClient, once } from './client/client.ts';
import { openPubSubBroker, type PubSubBrokerOptions } from './index.ts';
import { NumberStore, publishNumbers, Run } from './testing/index.ts';

const TOPIC = 'topic';
const PROJECT = 'projects/project';
const TOPIC_NAME = `${PROJECT}/topics/${TOPIC}`;
const SUBSCRIPTION = `${PROJECT}/subscriptions/group.${TOPIC}`;
const SETTINGS = once(5_000);

type Subscription = protos.google.pubsub.v1.ISubscription;

interface Context {
  readonly broker: Broker;
  readonly subscriber: v1.SubscriberClient;
  readonly publisher: v1.PublisherClient;
  readonly warnings: readonly string[];
  /** Opens the same once more. */
  again(): Promise<Broker>;
}

const open = ({ address }: PubSubEmulator, options: Partial<PubSubBrokerOptions> = {}): Promise<Broker> =>
  openPubSubBroker({ projectId: 'project', emulatorHost: address, ...options });

async function withTopic(
  test: (context: Context) => Promise<void>,
  options: Partial<PubSubBrokerOptions> = {},
): Promise<void> {
  await using emulator = await startPubSubEmulator();
  const warnings: string[] = [];
  const log: PubSubBrokerOptions['log'] = ({ level, message }) => void (level === 'warn' && warnings.push(message));
  await using broker = await open(emulator, { ...options, log });
  await broker.admin.ensureTopics([{ name: TOPIC, partitions: 1 }]);
  const other = { projectId: 'project', emulatorHost: emulator.address, clientId: 'other', log: () => {} };
  const [subscriber, publisher] = [newSubscriberClient, newPublisherClient].map((make) =>
    make({ ...other, requestTimeoutMs: 5_000 }),
  ) as [ReturnType<typeof newSubscriberClient>, ReturnType<typeof newPublisherClient>];
  const apis = { subscriber: await subscriber.api(), publisher: await publisher.api() };
  await test({ broker, warnings, again: () => open(emulator, options), ...apis });
  subscriber.close();
  publisher.close();
}

const misconfigured =
  (text: RegExp) =>
  (error: unknown): boolean =>
    error instanceof SluiceError && error.code === 'misconfigured' && text.test(error.message);

const ensure = (broker: Broker): Promise<void> => broker.admin.ensureSubscriptions({ group: 'group', topics: [TOPIC] });

describe('a subscription', { concurrency: 4 }, () => {
  for (const exactlyOnce of [false, true]) {
    it(`is made to keep order, and all it had, for as long as can be${exactlyOnce ? ', exactly once' : ''}`, async () => {
      await withTopic(
        async ({ broker, subscriber, publisher }) => {
          await ensure(broker);
          const [found] = await subscriber.getSubscription({ subscription: SUBSCRIPTION }, SETTINGS);
          assert.equal(found.topic, TOPIC_NAME);
          assert.equal(found.enableMessageOrdering, true);
          assert.equal(found.enableExactlyOnceDelivery, exactlyOnce);
          assert.equal(found.retainAckedMessages, true);
          assert.equal(Number(found.messageRetentionDuration?.seconds), 31 * 86_400);
          // Present and without a time: never.
          assert.ok(found.expirationPolicy && !Number(found.expirationPolicy.ttl?.seconds ?? 0));
          assert.equal(found.deadLetterPolicy?.deadLetterTopic ?? '', '');
          const [topic] = await publisher.getTopic({ topic: TOPIC_NAME }, SETTINGS);
          assert.equal(Number(topic.messageRetentionDuration?.seconds), 31 * 86_400);
        },
        { exactlyOnce },
      );
    });
  }

  it('begins at the beginning where the process died between making it and seeking it back', async () => {
    await withTopic(async ({ broker, subscriber }) => {
      await publishNumbers(broker, TOPIC, 10);
      const half: Subscription = {
        name: SUBSCRIPTION,
        topic: TOPIC_NAME,
        enableMessageOrdering: true,
        labels: { 'sluice-place': 'unset', theirs: 'kept' },
      };
      await subscriber.createSubscription(half, SETTINGS);
      await using run = new Run(broker, [TOPIC]);
      await run.untilHas(10);
      const [found] = await subscriber.getSubscription({ subscription: SUBSCRIPTION }, SETTINGS);
      assert.deepEqual(found.labels, { 'sluice-place': 'beginning', theirs: 'kept' });
    });
  });

  it('is sought back once: who opens it later reads on', async () => {
    await withTopic(async ({ broker, again }) => {
      const store = new NumberStore();
      await using first = new Run(broker, [TOPIC], { store });
      await publishNumbers(broker, TOPIC, 10);
      await first.untilHas(10);
      await first.stop();
      await using other = await again();
      await using next = new Run(other, [TOPIC], { store });
      await publishNumbers(broker, TOPIC, 10, 10);
      await next.untilHas(20);
      assert.equal(store.repeated, 0);
    });
  });

  it('of somebody else is left where it is', async () => {
    await withTopic(async ({ broker, subscriber, warnings }) => {
      await publishNumbers(broker, TOPIC, 8);
      const filter = 'NOT attributes:other';
      await subscriber.createSubscription({ name: SUBSCRIPTION, topic: TOPIC_NAME, filter }, SETTINGS);
      const values: string[] = [];
      const abort = new AbortController();
      const handler = {
        assigned: async () => [],
        handle: async ({ records }: { readonly records: readonly { readonly value: Buffer | null }[] }) => {
          values.push(...records.map(({ value }) => String(value)));
          return { count: records.length };
        },
      };
      const run = broker.subscriber.run({ group: 'group', topics: [TOPIC], handler, signal: abort.signal });
      await publishNumbers(broker, TOPIC, 1, 8);
      await waitFor('the next number', () => values.length > 0);
      abort.abort();
      await run;
      assert.deepEqual(values, ['8']);
      for (const what of ['no message ordering', 'a filter']) assert.ok(warnings.some((text) => text.includes(what)));
    });
  });

  it('is read from the beginning by many members that start at once', async () => {
    await withTopic(async ({ broker, again }) => {
      await publishNumbers(broker, TOPIC, 200);
      const store = new NumberStore();
      await using stack = new AsyncDisposableStack();
      const members = await Promise.all(Array.from({ length: 4 }, async () => stack.use(await again())));
      const runs = members.map((member) => stack.use(new Run(member, [TOPIC], { store })));
      await waitFor('all of them', () => new Set(store.numbers).size === 200, { timeoutMs: 60_000 });
      assert.ok(runs.every(({ error }) => error === undefined));
    });
  });

  it('has the name that it is given', async () => {
    await withTopic(
      async ({ broker, subscriber }) => {
        await broker.admin.ensureTopics([{ name: 'other', partitions: 1 }]);
        await broker.admin.ensureSubscriptions({ group: 'group', topics: [TOPIC, 'other'] });
        const [found] = await subscriber.listSubscriptions({ project: PROJECT }, SETTINGS);
        const names = found.map(({ name }) => name?.split('/').at(-1));
        assert.deepEqual(names.sort(), ['db-sub', 'group.other']);
      },
      { subscriptionId: (group, topic) => (group === 'group' && topic === TOPIC ? 'db-sub' : undefined) },
    );
  });

  it('is not read from where it is of another topic, detached, pushed, or of a topic that is gone', async () => {
    await withTopic(async ({ broker, subscriber, publisher, warnings }) => {
      await publisher.createTopic({ name: `${PROJECT}/topics/another` }, SETTINGS);
      await subscriber.createSubscription({ name: SUBSCRIPTION, topic: `${PROJECT}/topics/another` }, SETTINGS);
      await assert.rejects(ensure(broker), misconfigured(/must be a subscription to topic/));
      await subscriber.deleteSubscription({ subscription: SUBSCRIPTION }, SETTINGS);

      const deadLetterPolicy = { deadLetterTopic: `${PROJECT}/topics/another`, maxDeliveryAttempts: 5 };
      const pushConfig = { pushEndpoint: 'http://127.0.0.1:9/' };
      await subscriber.createSubscription({ name: SUBSCRIPTION, topic: TOPIC_NAME, pushConfig }, SETTINGS);
      await assert.rejects(ensure(broker), misconfigured(/push endpoint/));
      await subscriber.deleteSubscription({ subscription: SUBSCRIPTION }, SETTINGS);

      await subscriber.createSubscription({ name: SUBSCRIPTION, topic: TOPIC_NAME, deadLetterPolicy }, SETTINGS);
      await ensure(broker);
      assert.ok(warnings.some((text) => text.includes('dead-letter policy')));
      await publisher.detachSubscription({ subscription: SUBSCRIPTION }, SETTINGS);
      await assert.rejects(ensure(broker), misconfigured(/detached/));
      await subscriber.deleteSubscription({ subscription: SUBSCRIPTION }, SETTINGS);

      await ensure(broker);
      await publisher.deleteTopic({ topic: TOPIC_NAME }, SETTINGS);
      await assert.rejects(ensure(broker), misconfigured(/deleted/));
    });
  });

  it('of a topic that is not there is waited for', async () => {
    await withTopic(async ({ broker }) => {
      await assert.rejects(
        broker.admin.ensureSubscriptions({ group: 'group', topics: ['missing'] }),
        (error) => error instanceof SluiceError && error.code === 'unavailable' && /missing/.test(error.message),
      );
    });
  });
});
