import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROJECT, subscriptionName, testEmulator, topicName } from '../../testing/emulator.ts';

const DAY = { seconds: 86_400 };

test('a topic keeps what it was made with, and answers what the service fills in', async (context) => {
  const { publisher } = await testEmulator(context);
  const name = topicName('orders');
  const kmsKeyName = 'projects/p/locations/l/keyRings/r/cryptoKeys/k';
  const [created] = await publisher.createTopic({
    name,
    labels: { team: 'a' },
    messageRetentionDuration: DAY,
    kmsKeyName,
    messageStoragePolicy: { allowedPersistenceRegions: ['europe-west1'] },
    ingestionDataSourceSettings: { awsKinesis: { streamArn: 'arn' } },
    tags: { 'a/b': 'c' },
    satisfiesPzs: true,
  });
  const [got] = await publisher.getTopic({ topic: name });
  assert.deepEqual(got, created);
  assert.equal(got.name, name);
  assert.deepEqual(got.labels, { team: 'a' });
  assert.equal(got.kmsKeyName, kmsKeyName);
  assert.equal(Number(got.messageRetentionDuration?.seconds), 86_400);
  assert.equal(got.ingestionDataSourceSettings?.awsKinesis?.streamArn, 'arn');
  assert.equal(got.state, 'ACTIVE');
  assert.deepEqual(got.tags, {});
  assert.equal(got.satisfiesPzs, false);
});

test('a topic is there once; one that is not there is named', async (context) => {
  const { publisher } = await testEmulator(context);
  await publisher.createTopic({ name: topicName('orders') });
  await assert.rejects(publisher.createTopic({ name: topicName('orders') }), {
    code: 6,
    details: 'Resource already exists in the project (resource=orders).',
  });
  const missing = { code: 5, details: 'Resource not found (resource=others).' };
  await assert.rejects(publisher.getTopic({ topic: topicName('others') }), missing);
  await assert.rejects(publisher.deleteTopic({ topic: topicName('others') }), missing);
  await assert.rejects(
    publisher.publish({ topic: topicName('others'), messages: [{ data: Buffer.from('a') }] }),
    missing,
  );
});

test('two that create the same topic at once: one of them does', async (context) => {
  const { publisher } = await testEmulator(context);
  const results = await Promise.allSettled([1, 2, 3].map(() => publisher.createTopic({ name: topicName('orders') })));
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
});

test('an update changes what its mask names, clears what it has not, and leaves the rest', async (context) => {
  const { publisher } = await testEmulator(context);
  const name = topicName('orders');
  await publisher.createTopic({ name, labels: { team: 'a' }, messageRetentionDuration: DAY });
  const [relabelled] = await publisher.updateTopic({
    topic: { name, labels: { team: 'b' }, messageRetentionDuration: { seconds: 3600 } },
    updateMask: { paths: ['labels'] },
  });
  assert.deepEqual(relabelled.labels, { team: 'b' });
  assert.equal(Number(relabelled.messageRetentionDuration?.seconds), 86_400);
  const [cleared] = await publisher.updateTopic({
    topic: { name },
    updateMask: { paths: ['message_retention_duration'] },
  });
  assert.equal(cleared.messageRetentionDuration, null);
  assert.deepEqual(cleared.labels, { team: 'b' });
});

test('the retention of a topic is part of its subscriptions', async (context) => {
  const { publisher, subscriber } = await testEmulator(context);
  const name = topicName('orders');
  await publisher.createTopic({ name });
  await subscriber.createSubscription({ name: subscriptionName('sub'), topic: name });
  await publisher.updateTopic({
    topic: { name, messageRetentionDuration: DAY },
    updateMask: { paths: ['message_retention_duration'] },
  });
  const [subscription] = await subscriber.getSubscription({ subscription: subscriptionName('sub') });
  assert.equal(Number(subscription.topicMessageRetentionDuration?.seconds), 86_400);
});

test('lists come in pages, in order, of one project alone', async (context) => {
  const { publisher } = await testEmulator(context);
  const ids = ['aaa', 'bbb', 'ccc', 'ddd', 'eee'];
  await Promise.all(ids.toReversed().map((id) => publisher.createTopic({ name: topicName(id) })));
  await publisher.createTopic({ name: 'projects/test-project-2/topics/aaa' });
  const found: string[] = [];
  let pageToken = '';
  do {
    const [, , answer] = await publisher.listTopics(
      { project: PROJECT, pageSize: 2, pageToken },
      { autoPaginate: false },
    );
    assert.ok((answer.topics?.length ?? 0) <= 2);
    found.push(...(answer.topics ?? []).map(({ name }) => name ?? ''));
    pageToken = answer.nextPageToken ?? '';
  } while (pageToken !== '');
  assert.deepEqual(found, ids.map(topicName));
});

test('a deleted topic leaves its subscriptions, with what they have to deliver', async (context) => {
  const { publisher, subscriber } = await testEmulator(context);
  const name = topicName('orders');
  const subscription = subscriptionName('sub');
  await publisher.createTopic({ name });
  await subscriber.createSubscription({ name: subscription, topic: name });
  assert.deepEqual((await publisher.listTopicSubscriptions({ topic: name }))[0], [subscription]);
  await publisher.publish({ topic: name, messages: [{ data: Buffer.from('left') }] });
  await publisher.deleteTopic({ topic: name });
  assert.equal((await subscriber.getSubscription({ subscription }))[0].topic, '_deleted-topic_');
  const [pulled] = await subscriber.pull({ subscription, maxMessages: 10 });
  assert.equal(pulled.receivedMessages?.[0]?.message?.data?.toString(), 'left');
  await publisher.createTopic({ name });
  assert.deepEqual((await publisher.listTopicSubscriptions({ topic: name }))[0], []);
  await publisher.publish({ topic: name, messages: [{ data: Buffer.from('of the new topic') }] });
  const [empty] = await subscriber.pull({ subscription, maxMessages: 10, returnImmediately: true });
  assert.deepEqual(empty.receivedMessages, []);
});

test('a detached subscription is listed no more, has nothing left, and is not pulled from', async (context) => {
  const { publisher, subscriber } = await testEmulator(context);
  const topic = topicName('orders');
  const subscription = subscriptionName('sub');
  await publisher.createTopic({ name: topic });
  await subscriber.createSubscription({ name: subscription, topic });
  await publisher.detachSubscription({ subscription });
  await publisher.detachSubscription({ subscription });
  assert.deepEqual((await publisher.listTopicSubscriptions({ topic }))[0], []);
  const [got] = await subscriber.getSubscription({ subscription });
  assert.deepEqual([got.detached, got.topic], [true, topic]);
  await assert.rejects(subscriber.pull({ subscription, maxMessages: 1 }), { code: 9 });
  await assert.rejects(subscriber.seek({ subscription, time: { seconds: 1 } }), { code: 9 });
});
