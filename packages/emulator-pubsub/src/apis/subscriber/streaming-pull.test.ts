import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '@sluice/durable-log';
import { waitFor } from '@sluice/testing';
import { encoded, pubsub } from '../../grpc/protos.ts';
import type { PubSubEmulatorOptions } from '../../options.ts';
import { subscriptionName, type TestEmulator, testEmulator, topicName } from '../../testing/emulator.ts';

const topic = topicName('orders');
const subscription = subscriptionName('sub');
const METHOD = 'google.pubsub.v1.Subscriber/StreamingPull';

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

type Request = Parameters<typeof pubsub.StreamingPullRequest.encode>[0];
type Answer = ReturnType<typeof pubsub.StreamingPullResponse.toObject>;

/** How it ended. */
const statusOf = (stream: ReturnType<TestEmulator['raw']['stream']>): Promise<{ code: number; details: string }> =>
  new Promise((resolve) => stream.once('status', ({ code, details }) => resolve({ code, details })));

/** A streaming pull without a library that does anything by itself. */
function open({ raw }: TestEmulator, first: Request = {}) {
  const stream = raw.stream(METHOD);
  const answers: Answer[] = [];
  stream.on('data', (bytes: Buffer) =>
    answers.push(pubsub.StreamingPullResponse.toObject(pubsub.StreamingPullResponse.decode(bytes))),
  );
  stream.on('error', () => undefined);
  const status = statusOf(stream);
  const send = (request: Request) => stream.write(encoded(pubsub.StreamingPullRequest, request));
  const received = () => answers.flatMap(({ receivedMessages }) => receivedMessages ?? []);
  const texts = () => received().map(({ message }) => String(message.data));
  send({ subscription, streamAckDeadlineSeconds: 10, ...first });
  return { stream, answers, status, send, received, texts };
}

test('a stream says at once how to acknowledge, and gives what is published, also later', async (context) => {
  const clients = await setUp(context, { enableMessageOrdering: true });
  await publish(clients, 'a');
  const { answers, texts, stream } = open(clients);
  await waitFor('the first', () => texts().length === 1);
  assert.deepEqual(answers[0], {
    subscriptionProperties: { exactlyOnceDeliveryEnabled: false, messageOrderingEnabled: true },
  });
  await publish(clients, 'b');
  await waitFor('the second', () => texts().length === 2);
  assert.deepEqual(texts(), ['a', 'b']);
  stream.cancel();
});

test('a stream holds no more than its flow control says, until something is acknowledged', async (context) => {
  const clients = await setUp(context);
  await publish(clients, 'a', 'b', 'c');
  const { received, send, stream, texts } = open(clients, { maxOutstandingMessages: 2 });
  await waitFor('two', () => received().length === 2);
  send({ ackIds: [received()[0].ackId] });
  await waitFor('the third', () => received().length === 3);
  assert.deepEqual(texts(), ['a', 'b', 'c']);
  stream.cancel();
});

test('exactly once: what became of each id is confirmed on the stream', async (context) => {
  const clients = await setUp(context, { enableExactlyOnceDelivery: true });
  await publish(clients, 'a', 'b');
  const { answers, received, send, stream } = open(clients);
  await waitFor('both', () => received().length === 2);
  const [a, b] = received().map(({ ackId }) => ackId);
  send({ ackIds: [a, 'foreign'], modifyDeadlineAckIds: [b, 'other'], modifyDeadlineSeconds: [20, 30] });
  await waitFor('the confirmations', () =>
    answers.some(({ modifyAckDeadlineConfirmation }) => modifyAckDeadlineConfirmation),
  );
  assert.deepEqual(
    answers.flatMap(({ acknowledgeConfirmation }) => acknowledgeConfirmation ?? []),
    [{ ackIds: [a], invalidAckIds: ['foreign'] }],
  );
  assert.deepEqual(
    answers.flatMap(({ modifyAckDeadlineConfirmation }) => modifyAckDeadlineConfirmation ?? []),
    [{ ackIds: [b], invalidAckIds: ['other'] }],
  );
  stream.cancel();
});

test('the deadline of the stream is that of what it gives, and can be changed on the way', async (context) => {
  const clock = new ManualClock(Date.now());
  const clients = await setUp(context, {}, { clock });
  const { answers, received, send, stream } = open(clients, { streamAckDeadlineSeconds: 60, protocolVersion: 1 });
  await publish(clients, 'a');
  await waitFor('the first', () => received().length === 1);
  clock.advance(59_000);
  const before = answers.length;
  send({ streamAckDeadlineSeconds: 30 });
  await waitFor('the answer', () => answers.length > before);
  assert.equal(received().length, 1);
  clock.advance(2_000);
  await waitFor('it again', () => received().length === 2);
  clock.advance(31_000);
  await waitFor('it once more', () => received().length === 3);
  stream.cancel();
});

test('a client that pings is answered with nothing', async (context) => {
  const clients = await setUp(context);
  const { answers, send, stream } = open(clients, { protocolVersion: 1 });
  await waitFor('the first answer', () => answers.length === 1);
  send({});
  await waitFor('the second', () => answers.length === 2);
  assert.deepEqual(answers[1], {});
  stream.cancel();
});

test('a stream ends when the client has said all; what it took is still leased', async (context) => {
  const clients = await setUp(context);
  await publish(clients, 'a');
  const { received, status, stream } = open(clients);
  await waitFor('it', () => received().length === 1);
  stream.end();
  assert.deepEqual(await status, { code: 0, details: 'OK' });
  const [{ receivedMessages }] = await clients.subscriber.pull({
    subscription,
    maxMessages: 1,
    returnImmediately: true,
  });
  assert.deepEqual(receivedMessages, []);
});

test('a stream is told when its subscription is deleted, detached or pushed', async (context) => {
  const clients = await setUp(context);
  const { subscriber, publisher } = clients;
  const opened = async () => {
    const stream = open(clients);
    await waitFor('the stream', () => stream.answers.length === 1);
    return stream;
  };
  const pushed = await opened();
  await subscriber.modifyPushConfig({ subscription, pushConfig: { pushEndpoint: 'http://127.0.0.1:9/' } });
  assert.equal((await pushed.status).code, 9);
  await subscriber.modifyPushConfig({ subscription, pushConfig: {} });
  const detached = await opened();
  await publisher.detachSubscription({ subscription });
  assert.equal((await detached.status).code, 9);
  await subscriber.deleteSubscription({ subscription });
  await subscriber.createSubscription({ name: subscription, topic });
  const deleted = await opened();
  await subscriber.deleteSubscription({ subscription });
  assert.deepEqual(await deleted.status, { code: 5, details: 'Resource not found (resource=sub).' });
});

const first: readonly (readonly [string, Request, number])[] = [
  ['no subscription', { subscription: '' }, 3],
  ['one that is not there', { subscription: subscriptionName('none') }, 5],
  ['too short a deadline', { streamAckDeadlineSeconds: 9 }, 3],
  ['too long a deadline', { streamAckDeadlineSeconds: 601 }, 3],
  ['no deadline', { streamAckDeadlineSeconds: 0 }, 3],
  ['deadlines without ids', { modifyDeadlineSeconds: [10] }, 3],
  ['a deadline below 0', { modifyDeadlineSeconds: [-1], modifyDeadlineAckIds: ['a'] }, 3],
  ['an empty id', { ackIds: [''] }, 3],
];

const following: readonly (readonly [string, Request])[] = [
  ['a subscription again', { subscription }],
  ['flow control again', { maxOutstandingMessages: 5 }],
  ['flow control in bytes again', { maxOutstandingBytes: 5 }],
  ['a protocol version again', { protocolVersion: 1 }],
  ['too short a deadline', { streamAckDeadlineSeconds: 5 }],
  ['more ids than deadlines', { modifyDeadlineAckIds: ['a', 'b'], modifyDeadlineSeconds: [1] }],
  ['more than the service takes', { ackIds: Array.from({ length: 1000 }, () => 'x'.repeat(600)) }],
];

test('a stream that begins or goes on wrongly is refused', async (context) => {
  const clients = await setUp(context);
  for (const [what, request, code] of first) assert.equal((await open(clients, request).status).code, code, what);
  for (const [what, request] of following) {
    const { answers, send, status } = open(clients);
    await waitFor('the stream', () => answers.length === 1);
    send(request);
    assert.equal((await status).code, 3, what);
  }
  const garbage = clients.raw.stream(METHOD);
  garbage.on('error', () => undefined);
  garbage.write(Buffer.from([0xff]));
  assert.equal((await statusOf(garbage)).code, 3);
});

test('faults: a stalled stream stays open and gives nothing until it is resumed', async (context) => {
  const clients = await setUp(context);
  clients.emulator.faults.stallStreams(subscription);
  const { answers, send, texts, stream } = open(clients, { protocolVersion: 1 });
  await publish(clients, 'a');
  await waitFor('the stream', () => answers.length === 1);
  send({});
  await waitFor('an answer', () => answers.length === 2);
  assert.deepEqual(texts(), []);
  clients.emulator.faults.resumeStreams(subscription);
  await waitFor('it', () => texts().length === 1);
  stream.cancel();
});

test('many streams are open at once, and each message goes to one of them', async (context) => {
  const clients = await setUp(context);
  const streams = Array.from({ length: 150 }, () => open(clients));
  await waitFor('all of them', () => streams.every(({ answers }) => answers.length === 1));
  const texts = Array.from({ length: 50 }, (_, index) => `m${index}`);
  await publish(clients, ...texts);
  const received = () => streams.flatMap((each) => each.texts());
  await waitFor('all messages', () => received().length >= texts.length);
  assert.deepEqual(received().sort(), texts.sort());
  for (const { stream } of streams) stream.cancel();
});
