import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '@sluice/durable-log';
import { openMemoryStorage } from '../storage/memory-storage.ts';
import { attach } from './attach.ts';
import { openService } from './open-service.ts';
import { removeSnapshot, removeSubscription, removeTopic } from './remove.ts';
import { retain } from './retention.ts';
import { Subscription, type SubscriptionProto } from './subscription.ts';
import type { TopicProto } from './topic.ts';

const DAY_MS = 86_400_000;
const TOPIC = 'projects/p/topics/orders';
const seconds = (ms: number) => ({ seconds: ms / 1000 });

/** A topic on a service whose time stands still, without a server. */
async function setUp(topicProto: TopicProto = {}) {
  const clock = new ManualClock();
  const storage = openMemoryStorage({ clock });
  const stopping = new AbortController().signal;
  const service = await openService({ storage, clock, log: () => undefined, pullWaitMs: 1, stopping });
  const messagesId = 'orders';
  const log = await service.logs.hold(messagesId, TOPIC);
  const topic = { name: TOPIC, messagesId, log, proto: { ...topicProto, name: TOPIC } };
  service.topics.set(TOPIC, topic);
  const subscribe = async (id: string, proto: SubscriptionProto = {}): Promise<Subscription> => {
    const name = `projects/p/subscriptions/${id}`;
    const stored = { acksId: id, firstOffset: log.endOffset, proto: { ...proto, name, topic: TOPIC } };
    const subscription = new Subscription(stored, clock.now());
    await attach(service, subscription, messagesId);
    service.subscriptions.set(name, subscription);
    return subscription;
  };
  // Of a size that none shares a piece of memory with another: pieces go whole.
  const data = Buffer.alloc(300_000);
  const publish = (count: number) =>
    log.append(Array.from({ length: count }, () => ({ data, attributes: {}, orderingKey: '' })));
  const drain = async (subscription: Subscription): Promise<number> => {
    const { delivery } = subscription.attached();
    let taken = 0;
    for (;;) {
      const { signal } = new AbortController();
      const messages = await delivery.pull({ maxMessages: 100, returnImmediately: true, signal });
      if (messages.length === 0) return taken;
      taken += messages.length;
      await delivery.acknowledge(messages.map(({ ackId }) => ackId));
    }
  };
  return { service, topic, log, clock, subscribe, publish, drain };
}

test('messages that nobody reads go; those that a subscription has not acknowledged stay', async () => {
  const { service, log, subscribe, publish, drain } = await setUp();
  await publish(5);
  await retain(service);
  assert.equal(log.startOffset, 5);
  const [fast, slow] = [await subscribe('fast'), await subscribe('slow')];
  await publish(5);
  assert.equal(await drain(fast), 5);
  await retain(service);
  assert.equal(log.startOffset, 5);
  await drain(slow);
  await retain(service);
  assert.equal(log.startOffset, 10);
});

test('what a subscription retains of acknowledged messages stays as long as it says', async () => {
  const { service, log, subscribe, publish, drain, clock } = await setUp();
  const proto = { retainAckedMessages: true, messageRetentionDuration: seconds(DAY_MS) };
  const subscription = await subscribe('sub', proto);
  await publish(5);
  await drain(subscription);
  clock.advance(DAY_MS / 2);
  await retain(service);
  assert.equal(log.startOffset, 0);
  clock.advance(DAY_MS);
  await retain(service);
  assert.equal(log.startOffset, 5);
});

test('what a topic retains stays, with no subscription at all', async () => {
  const { service, log, publish, clock } = await setUp({ messageRetentionDuration: seconds(DAY_MS) });
  await publish(5);
  clock.advance(DAY_MS - 1000);
  await publish(5);
  await retain(service);
  assert.equal(log.startOffset, 0);
  clock.advance(2000);
  await retain(service);
  assert.equal(log.startOffset, 5);
});

test('a snapshot keeps what was not acknowledged when it was made, until it goes', async () => {
  const { service, topic, log, subscribe, publish, drain } = await setUp();
  const subscription = await subscribe('sub');
  await publish(5);
  const name = 'projects/p/snapshots/snap';
  const { messagesId, delivery } = subscription.attached();
  await service.logs.hold(messagesId, name);
  const proto = { name, topic: topic.name };
  const snapshot = { name, messagesId, state: delivery.state(), createdMs: 0, proto };
  service.snapshots.set(name, snapshot);
  await drain(subscription);
  await retain(service);
  assert.equal(log.startOffset, 0);
  await removeSnapshot(service, snapshot);
  await retain(service);
  assert.equal(log.startOffset, 5);
});

test('the messages of a deleted topic are there until the last that reads them is gone', async () => {
  const { service, topic, subscribe, publish, drain } = await setUp();
  const subscription = await subscribe('sub');
  await publish(5);
  await removeTopic(service, topic);
  assert.equal([...service.logs.entries()].length, 1);
  assert.equal(await drain(subscription), 5);
  await removeSubscription(service, subscription);
  assert.equal([...service.logs.entries()].length, 0);
});
