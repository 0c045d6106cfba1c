import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '@sluice/durable-log';
import type { PubSubEmulatorOptions } from '../../options.ts';
import {
  PROJECT,
  snapshotName,
  subscriptionName,
  type TestEmulator,
  testEmulator,
  topicName,
} from '../../testing/emulator.ts';

const topic = topicName('orders');
const subscription = subscriptionName('sub');
const snapshot = snapshotName('snap');
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

interface World extends TestEmulator {
  readonly clock: ManualClock;
}

async function setUp(
  context: Parameters<typeof testEmulator>[0],
  { settings = {}, topicSettings = {} }: { settings?: object; topicSettings?: object } = {},
  options: PubSubEmulatorOptions = {},
): Promise<World> {
  const clock = new ManualClock(Date.now());
  const clients = await testEmulator(context, { ...options, clock });
  await clients.publisher.createTopic({ name: topic, ...topicSettings });
  await clients.subscriber.createSubscription({ name: subscription, topic, ...settings });
  return Object.assign(clients, { clock });
}

const publish = ({ publisher }: World, ...texts: string[]) =>
  publisher.publish({ topic, messages: texts.map((text) => ({ data: Buffer.from(text) })) });

/** Takes and acknowledges all that there is. */
async function drain({ subscriber }: World, from = subscription): Promise<string[]> {
  const texts: string[] = [];
  for (;;) {
    const [{ receivedMessages }] = await subscriber.pull({
      subscription: from,
      maxMessages: 100,
      returnImmediately: true,
    });
    if (!receivedMessages?.length) return texts;
    texts.push(...receivedMessages.map(({ message }) => String(message?.data)));
    await subscriber.acknowledge({ subscription: from, ackIds: receivedMessages.map(({ ackId }) => ackId ?? '') });
  }
}

const at = (ms: number) => ({ seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 });

test('a seek back in time brings back what was acknowledged and retained, with bodies; one ahead skips', async (context) => {
  const world = await setUp(context, { settings: { retainAckedMessages: true } });
  await publish(world, 'a');
  world.clock.advance(MINUTE_MS);
  const between = world.clock.now();
  await publish(world, 'b');
  assert.deepEqual(await drain(world), ['a', 'b']);
  await world.subscriber.seek({ subscription, time: at(between) });
  assert.deepEqual(await drain(world), ['b']);
  await world.subscriber.seek({ subscription, time: at(between - DAY_MS) });
  assert.deepEqual(await drain(world), ['a', 'b']);
  await publish(world, 'c');
  await world.subscriber.seek({ subscription, time: at(world.clock.now() + DAY_MS) });
  assert.deepEqual(await drain(world), []);
});

test('what a topic retains, a new subscription can seek back to', async (context) => {
  const world = await setUp(context, { topicSettings: { messageRetentionDuration: { seconds: 86_400 } } });
  await publish(world, 'a', 'b');
  const late = subscriptionName('late');
  await world.subscriber.createSubscription({ name: late, topic });
  assert.deepEqual(await drain(world, late), []);
  await world.subscriber.seek({ subscription: late, time: at(world.clock.now() - MINUTE_MS) });
  assert.deepEqual(await drain(world, late), ['a', 'b']);
});

test('a topic that begins to retain lets its subscriptions seek back; deleted, it does no more', async (context) => {
  const world = await setUp(context);
  const { publisher, subscriber, clock } = world;
  const back = () => subscriber.seek({ subscription, time: at(clock.now() - MINUTE_MS) });
  await publisher.updateTopic({
    topic: { name: topic, messageRetentionDuration: { seconds: 86_400 } },
    updateMask: { paths: ['message_retention_duration'] },
  });
  await publish(world, 'a');
  assert.deepEqual(await drain(world), ['a']);
  await back();
  assert.deepEqual(await drain(world), ['a']);
  await publisher.deleteTopic({ topic });
  await back();
  assert.deepEqual(await drain(world), []);
  const [got] = await subscriber.getSubscription({ subscription });
  assert.equal(got.topicMessageRetentionDuration, null);
});

test('a snapshot gives back what was not acknowledged when it was made, to any subscription of its topic', async (context) => {
  const world = await setUp(context);
  const { subscriber, publisher } = world;
  await publish(world, 'a', 'b', 'c');
  const [{ receivedMessages }] = await subscriber.pull({ subscription, maxMessages: 3 });
  await subscriber.acknowledge({ subscription, ackIds: [receivedMessages?.[1]?.ackId ?? ''] });
  const [made] = await subscriber.createSnapshot({ name: snapshot, subscription, labels: { a: 'b' } });
  assert.deepEqual([made.topic, made.labels], [topic, { a: 'b' }]);
  assert.equal(Number(made.expireTime?.seconds), Math.floor((world.clock.now() + 7 * DAY_MS) / 1000));
  await assert.rejects(subscriber.createSnapshot({ name: snapshot, subscription }), { code: 6 });
  await publish(world, 'd');
  world.clock.advance(11_000);
  await drain(world);
  await subscriber.seek({ subscription, snapshot });
  assert.deepEqual(await drain(world), ['a', 'c', 'd']);
  const other = subscriptionName('other');
  await subscriber.createSubscription({ name: other, topic });
  await subscriber.seek({ subscription: other, snapshot });
  assert.deepEqual(await drain(world, other), ['a', 'c', 'd']);
  const elsewhere = subscriptionName('elsewhere');
  await publisher.createTopic({ name: topicName('elsewhere') });
  await subscriber.createSubscription({ name: elsewhere, topic: topicName('elsewhere') });
  await assert.rejects(subscriber.seek({ subscription: elsewhere, snapshot }), { code: 9 });
});

test('snapshots are listed, of a topic too, changed and deleted', async (context) => {
  const { subscriber, publisher, clock } = await setUp(context);
  await subscriber.createSnapshot({ name: snapshot, subscription });
  const [unnamed] = await subscriber.createSnapshot({ subscription });
  const names = [snapshot, unnamed.name ?? ''].sort();
  assert.deepEqual(
    (await subscriber.listSnapshots({ project: PROJECT }))[0].map(({ name }) => name),
    names,
  );
  assert.deepEqual((await publisher.listTopicSnapshots({ topic }))[0], names);
  const expireTime = at(clock.now() + DAY_MS);
  const [changed] = await subscriber.updateSnapshot({
    snapshot: { name: snapshot, labels: { c: 'd' }, expireTime },
    updateMask: { paths: ['labels', 'expire_time'] },
  });
  assert.deepEqual([changed.labels, Number(changed.expireTime?.seconds)], [{ c: 'd' }, expireTime.seconds]);
  assert.deepEqual((await subscriber.getSnapshot({ snapshot }))[0], changed);
  const tooFar = { name: snapshot, expireTime: at(clock.now() + 8 * DAY_MS) };
  await assert.rejects(subscriber.updateSnapshot({ snapshot: tooFar, updateMask: { paths: ['expire_time'] } }), {
    code: 3,
  });
  await subscriber.deleteSnapshot({ snapshot });
  await assert.rejects(subscriber.getSnapshot({ snapshot }), {
    code: 5,
    details: 'Resource not found (resource=snap).',
  });
});

test('a snapshot lasts 7 days less the age of its backlog; less than an hour is refused', async (context) => {
  const world = await setUp(context, { settings: { messageRetentionDuration: { seconds: 31 * 86_400 } } });
  const { subscriber, clock } = world;
  await publish(world, 'a');
  clock.advance(3 * DAY_MS);
  const [made] = await subscriber.createSnapshot({ name: snapshot, subscription });
  assert.ok(Math.abs(Number(made.expireTime?.seconds) - (clock.now() + 4 * DAY_MS) / 1000) <= 1);
  clock.advance(3.97 * DAY_MS);
  await assert.rejects(subscriber.createSnapshot({ name: snapshotName('late'), subscription }), { code: 9 });
});

test('a snapshot that has expired goes, and so does a subscription that nobody used', async (context) => {
  const events: string[] = [];
  const onEvent = ({ kind }: { kind: string }) => events.push(kind);
  const settings = { expirationPolicy: { ttl: { seconds: 10 * 86_400 } } };
  const { subscriber, clock } = await setUp(context, { settings }, { retentionIntervalMs: MINUTE_MS, onEvent });
  await subscriber.createSnapshot({ name: snapshot, subscription });
  const { waitFor } = await import('@sluice/testing');
  clock.advance(7 * DAY_MS);
  await waitFor('its end', () =>
    subscriber.getSnapshot({ snapshot }).then(
      () => false,
      () => true,
    ),
  );
  assert.equal(events.length, 0);
  clock.advance(4 * DAY_MS);
  await waitFor('its end', () => events.includes('subscription-expired'));
  await assert.rejects(subscriber.getSubscription({ subscription }), { code: 5 });
});
