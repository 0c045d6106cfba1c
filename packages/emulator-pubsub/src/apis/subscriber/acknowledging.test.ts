import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '@sluice/durable-log';
import { waitFor } from '@sluice/testing';
import type { PubSubEmulatorOptions } from '../../options.ts';
import { subscriptionName, type TestEmulator, testEmulator, topicName } from '../../testing/emulator.ts';

const topic = topicName('orders');
const subscription = subscriptionName('sub');

async function setUp(
  context: Parameters<typeof testEmulator>[0],
  settings: object = {},
  options: PubSubEmulatorOptions = {},
): Promise<TestEmulator> {
  const clients = await testEmulator(context, options);
  await clients.publisher.createTopic({ name: topic });
  await clients.subscriber.createSubscription({ name: subscription, topic, ...settings });
  return clients;
}

const publish = ({ publisher }: TestEmulator, ...texts: string[]) =>
  publisher.publish({ topic, messages: texts.map((text) => ({ data: Buffer.from(text) })) });

async function take({ subscriber }: TestEmulator, maxMessages = 10): Promise<{ text: string; ackId: string }[]> {
  const [{ receivedMessages }] = await subscriber.pull({ subscription, maxMessages, returnImmediately: true });
  return (receivedMessages ?? []).map(({ message, ackId }) => ({ text: String(message?.data), ackId: ackId ?? '' }));
}

test('what is acknowledged does not come again; what is given back does', async (context) => {
  const clients = await setUp(context);
  const { subscriber } = clients;
  await publish(clients, 'a', 'b');
  const [a, b] = await take(clients);
  assert.ok(a && b);
  assert.deepEqual(await take(clients), []);
  await subscriber.acknowledge({ subscription, ackIds: [a.ackId] });
  await subscriber.modifyAckDeadline({ subscription, ackIds: [b.ackId, a.ackId], ackDeadlineSeconds: 0 });
  assert.deepEqual(
    (await take(clients)).map(({ text }) => text),
    ['b'],
  );
  await subscriber.acknowledge({ subscription, ackIds: [a.ackId, 'nobodys'] });
});

test('what is not acknowledged comes again after the deadline, and an extension moves that', async (context) => {
  const clock = new ManualClock(Date.now());
  const clients = await setUp(context, { ackDeadlineSeconds: 20 }, { clock });
  await publish(clients, 'a');
  const [first] = await take(clients);
  clock.advance(19_000);
  await clients.subscriber.modifyAckDeadline({ subscription, ackIds: [first?.ackId ?? ''], ackDeadlineSeconds: 30 });
  clock.advance(29_000);
  assert.deepEqual(await take(clients), []);
  clock.advance(2_000);
  assert.equal((await take(clients)).length, 1);
});

test('a pull waits for a message, answers none when its time is over, and at most as many as it may', async (context) => {
  const clock = new ManualClock(Date.now());
  const clients = await setUp(context, {}, { clock, pullWaitMs: 5_000 });
  const { subscriber } = clients;
  const idle = clock.pending;
  const waiting = subscriber.pull({ subscription, maxMessages: 1 });
  await waitFor('the pull', () => clock.pending > idle);
  await publish(clients, 'a', 'b');
  assert.equal((await waiting)[0].receivedMessages?.length, 1);
  assert.equal((await take(clients)).length, 1);
  const pending = clock.pending;
  const none = subscriber.pull({ subscription, maxMessages: 1 });
  await waitFor('the pull', () => clock.pending > pending);
  clock.advance(5_000);
  assert.deepEqual((await none)[0].receivedMessages, []);
});

test('a pull that waits is told when its subscription is deleted', async (context) => {
  const clock = new ManualClock(Date.now());
  const { subscriber } = await setUp(context, {}, { clock });
  const pending = clock.pending;
  const waiting = assert.rejects(subscriber.pull({ subscription, maxMessages: 1 }), { code: 5 });
  await waitFor('the pull', () => clock.pending > pending);
  await subscriber.deleteSubscription({ subscription });
  await waiting;
});

test('exactly once: an id whose lease has ended fails, and the answer says which, as the clients read it', async (context) => {
  const clock = new ManualClock(Date.now());
  const clients = await setUp(context, { enableExactlyOnceDelivery: true }, { clock });
  const { subscriber, emulator } = clients;
  await publish(clients, 'a', 'b');
  const expired = await take(clients);
  clock.advance(11_000);
  const [a] = await take(clients, 1);
  const refused = (ids: readonly string[]) => ({
    code: 3,
    details: /^Some acknowledgement ids in the request were invalid\./,
    errorInfoMetadata: Object.fromEntries(ids.map((id) => [id, 'PERMANENT_FAILURE_INVALID_ACK_ID'])),
  });
  const ids = expired.map(({ ackId }) => ackId);
  await assert.rejects(subscriber.acknowledge({ subscription, ackIds: [...ids, a?.ackId ?? ''] }), refused(ids));
  await assert.rejects(
    subscriber.modifyAckDeadline({ subscription, ackIds: ids, ackDeadlineSeconds: 10 }),
    refused(ids),
  );
  const [b] = await take(clients, 1);
  emulator.faults.failAcks(subscription);
  await assert.rejects(subscriber.acknowledge({ subscription, ackIds: [b?.ackId ?? ''] }), {
    errorInfoMetadata: { [b?.ackId ?? '']: 'TRANSIENT_FAILURE_SERVICE_UNAVAILABLE' },
  });
  await subscriber.acknowledge({ subscription, ackIds: [b?.ackId ?? ''] });
  clock.advance(11_000);
  assert.deepEqual(await take(clients), []);
});

test('a thousand ids that failed are named as far as a header holds them, and the call fails as a whole', async (context) => {
  const clients = await setUp(context, { enableExactlyOnceDelivery: true });
  const { subscriber } = clients;
  const ackIds = Array.from({ length: 1000 }, (_, index) => `expired-${index}`);
  await assert.rejects(subscriber.acknowledge({ subscription, ackIds }), (error: object) => {
    const { errorInfoMetadata } = error as { errorInfoMetadata: object };
    const named = Object.keys(errorInfoMetadata);
    return named.length > 50 && named.length < 1000;
  });
});
