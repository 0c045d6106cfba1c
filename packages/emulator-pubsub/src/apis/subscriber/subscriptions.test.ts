import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROJECT, subscriptionName, type TestEmulator, testEmulator, topicName } from '../../testing/emulator.ts';

const topic = topicName('orders');
const name = subscriptionName('sub');

const withTopic = async (clients: TestEmulator): Promise<TestEmulator> => {
  await clients.publisher.createTopic({ name: topic });
  return clients;
};

const seconds = (duration: { seconds?: unknown } | null | undefined): number => Number(duration?.seconds);

test('a subscription answers with the defaults of the service', async (context) => {
  const { subscriber } = await withTopic(await testEmulator(context));
  const [created] = await subscriber.createSubscription({ name, topic });
  assert.deepEqual((await subscriber.getSubscription({ subscription: name }))[0], created);
  assert.equal(created.ackDeadlineSeconds, 10);
  assert.equal(seconds(created.messageRetentionDuration), 7 * 86_400);
  assert.equal(seconds(created.expirationPolicy?.ttl), 31 * 86_400);
  assert.equal(created.state, 'ACTIVE');
  assert.deepEqual([created.detached, created.enableExactlyOnceDelivery, created.filter], [false, false, '']);
  assert.deepEqual([created.retryPolicy, created.deadLetterPolicy], [null, null]);
});

test('what a subscription is made with is kept; what it leaves out of a policy is filled in', async (context) => {
  const { subscriber } = await withTopic(await testEmulator(context));
  const [created] = await subscriber.createSubscription({
    name,
    topic,
    ackDeadlineSeconds: 600,
    retainAckedMessages: true,
    messageRetentionDuration: { seconds: 31 * 86_400 },
    labels: { team: 'a' },
    enableMessageOrdering: true,
    expirationPolicy: {},
    filter: 'attributes.kind = "x"',
    deadLetterPolicy: { deadLetterTopic: topic },
    retryPolicy: { minimumBackoff: { seconds: 0, nanos: 5e8 } },
    enableExactlyOnceDelivery: true,
  });
  assert.deepEqual(created.expirationPolicy, { ttl: null });
  assert.deepEqual(created.deadLetterPolicy, { deadLetterTopic: topic, maxDeliveryAttempts: 5 });
  assert.equal(created.retryPolicy?.minimumBackoff?.nanos, 5e8);
  assert.equal(seconds(created.retryPolicy?.maximumBackoff), 600);
  assert.deepEqual([created.enableMessageOrdering, created.retainAckedMessages], [true, true]);
  assert.equal(created.filter, 'attributes.kind = "x"');
});

test('a subscription without a name gets one in the project of its topic', async (context) => {
  const { subscriber } = await withTopic(await testEmulator(context));
  const [created] = await subscriber.createSubscription({ topic });
  assert.match(created.name ?? '', new RegExp(`^${PROJECT}/subscriptions/[a-z][a-z0-9-]+$`));
  assert.equal((await subscriber.getSubscription({ subscription: created.name ?? '' }))[0].topic, topic);
});

test('a subscription gets what is published after it was made, and only that', async (context) => {
  const { subscriber, publisher } = await withTopic(await testEmulator(context));
  await publisher.publish({ topic, messages: [{ data: Buffer.from('before') }] });
  await subscriber.createSubscription({ name, topic });
  await publisher.publish({ topic, messages: [{ data: Buffer.from('after') }] });
  const [{ receivedMessages }] = await subscriber.pull({ subscription: name, maxMessages: 10 });
  assert.deepEqual(
    receivedMessages?.map(({ message }) => message?.data?.toString()),
    ['after'],
  );
});

test('an update changes what its mask names, goes back to defaults, and refuses what cannot change', async (context) => {
  const { subscriber } = await withTopic(await testEmulator(context));
  await subscriber.createSubscription({
    name,
    topic,
    ackDeadlineSeconds: 20,
    labels: { a: 'b' },
    filter: 'attributes:x',
  });
  const update = (subscription: object, ...paths: string[]) =>
    subscriber.updateSubscription({ subscription: { name, ...subscription }, updateMask: { paths } });
  const [changed] = await update({ ackDeadlineSeconds: 30, labels: {} }, 'ack_deadline_seconds');
  assert.deepEqual([changed.ackDeadlineSeconds, changed.labels], [30, { a: 'b' }]);
  const [back] = await update({}, 'ack_deadline_seconds', 'expiration_policy', 'labels');
  assert.deepEqual([back.ackDeadlineSeconds, seconds(back.expirationPolicy?.ttl), back.labels], [10, 31 * 86_400, {}]);
  await assert.rejects(update({ filter: '' }, 'labels', 'filter'), {
    code: 3,
    details:
      "Invalid update_mask provided in the UpdateSubscriptionRequest: the 'filter' field in the Subscription is not mutable.",
  });
  await assert.rejects(update({}, 'ackDeadlineSeconds'), {
    code: 3,
    details: /'ackDeadlineSeconds' is not a known Subscription field/,
  });
  await assert.rejects(update({}), {
    code: 3,
    details: 'The update_mask in the UpdateSubscriptionRequest must be set, and must contain a non-empty paths list.',
  });
});

test('a deleted subscription is not found; one made anew has nothing of it', async (context) => {
  const { subscriber, publisher } = await withTopic(await testEmulator(context));
  await subscriber.createSubscription({ name, topic });
  await publisher.publish({ topic, messages: [{ data: Buffer.from('a') }] });
  await subscriber.deleteSubscription({ subscription: name });
  const missing = { code: 5, details: 'Resource not found (resource=sub).' };
  await assert.rejects(subscriber.pull({ subscription: name, maxMessages: 1 }), missing);
  await assert.rejects(subscriber.deleteSubscription({ subscription: name }), missing);
  await subscriber.createSubscription({ name, topic });
  const [{ receivedMessages }] = await subscriber.pull({ subscription: name, maxMessages: 1, returnImmediately: true });
  assert.deepEqual(receivedMessages, []);
});

test('subscriptions of any project may be of a topic; lists show those of one project', async (context) => {
  const { subscriber, publisher } = await withTopic(await testEmulator(context));
  const foreign = 'projects/another/subscriptions/sub';
  await Promise.all([name, foreign].map((each) => subscriber.createSubscription({ name: each, topic })));
  assert.deepEqual((await publisher.listTopicSubscriptions({ topic }))[0], [foreign, name]);
  const [listed] = await subscriber.listSubscriptions({ project: PROJECT });
  assert.deepEqual(
    listed.map((each) => each.name),
    [name],
  );
});

test('a message that was given back often enough goes to the dead-letter topic, and says where from', async (context) => {
  const { subscriber, publisher } = await withTopic(await testEmulator(context));
  const deadLetterTopic = topicName('dead');
  await publisher.createTopic({ name: deadLetterTopic });
  await subscriber.createSubscription({ name: subscriptionName('dead'), topic: deadLetterTopic });
  await subscriber.createSubscription({ name, topic, deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: 5 } });
  await publisher.publish({ topic, messages: [{ data: Buffer.from('poison'), attributes: { a: 'b' } }] });
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    const [{ receivedMessages }] = await subscriber.pull({ subscription: name, maxMessages: 1 });
    assert.equal(receivedMessages?.[0]?.deliveryAttempt, attempt);
    const ackIds = [receivedMessages?.[0]?.ackId ?? ''];
    await subscriber.modifyAckDeadline({ subscription: name, ackIds, ackDeadlineSeconds: 0 });
  }
  const [{ receivedMessages }] = await subscriber.pull({ subscription: subscriptionName('dead'), maxMessages: 1 });
  const message = receivedMessages?.[0]?.message;
  assert.equal(message?.data?.toString(), 'poison');
  const { CloudPubSubDeadLetterSourceTopicPublishTime: time, ...rest } = message?.attributes ?? {};
  assert.match(time ?? '', /^\d{4}-\d\d-\d\dT.*\+00:00$/);
  assert.deepEqual(rest, {
    a: 'b',
    CloudPubSubDeadLetterSourceDeliveryCount: '5',
    CloudPubSubDeadLetterSourceSubscription: 'sub',
    CloudPubSubDeadLetterSourceSubscriptionProject: 'test-project',
  });
  await publisher.deleteTopic({ topic: deadLetterTopic });
  const [got] = await subscriber.getSubscription({ subscription: name });
  assert.equal(got.deadLetterPolicy?.deadLetterTopic, '_deleted-topic_');
  await subscriber.updateSubscription({
    subscription: { name, labels: { a: 'b' } },
    updateMask: { paths: ['labels'] },
  });
});
