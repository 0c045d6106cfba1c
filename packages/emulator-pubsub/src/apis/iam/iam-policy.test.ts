import assert from 'node:assert/strict';
import { test } from 'node:test';
import { subscriptionName, testEmulator, topicName } from '../../testing/emulator.ts';

test('a policy is kept with an etag of its own; a stale one is refused, and it goes with its resource', async (context) => {
  const { pubsub, publisher } = await testEmulator(context);
  const [topic] = await pubsub.createTopic('orders');
  const [subscription] = await topic.createSubscription('sub');
  const bindings = [
    {
      role: 'roles/pubsub.publisher',
      members: ['user:a@example.com'],
      condition: { title: 't', expression: 'true', description: '', location: '' },
    },
  ];
  for (const { iam } of [topic, subscription]) {
    const [empty] = await iam.getPolicy();
    assert.deepEqual([empty.bindings, Buffer.from(empty.etag as Buffer).toString('base64')], [[], 'ACAB']);
    const [set] = await iam.setPolicy({ bindings, version: 3 } as never);
    const [got] = await iam.getPolicy();
    assert.deepEqual(got, set);
    assert.deepEqual(JSON.parse(JSON.stringify(got.bindings)), bindings);
    assert.equal(got.version, 3);
    const [again] = await iam.setPolicy({ bindings: [], etag: got.etag } as never);
    assert.notDeepEqual(again.etag, got.etag);
    await assert.rejects(iam.setPolicy({ bindings, etag: got.etag } as never), {
      code: 10,
      details: /^There were concurrent policy changes\./,
    });
    await iam.setPolicy({ bindings } as never);
  }
  await topic.delete();
  await publisher.createTopic({ name: topicName('orders') });
  assert.deepEqual((await topic.iam.getPolicy())[0].bindings, []);
});

test('every permission is there; a resource that is not has no policy', async (context) => {
  const { pubsub } = await testEmulator(context);
  const [topic] = await pubsub.createTopic('orders');
  const [permitted] = await topic.iam.testPermissions(['pubsub.topics.publish', 'pubsub.topics.delete']);
  assert.deepEqual(permitted, { 'pubsub.topics.publish': true, 'pubsub.topics.delete': true });
  await assert.rejects(topic.iam.testPermissions(['pubsub.topics.*']), { code: 3 });
  await assert.rejects(pubsub.topic('others').iam.getPolicy(), {
    code: 5,
    details: 'Resource not found (resource=others).',
  });
  await assert.rejects(pubsub.subscription(subscriptionName('x')).iam.getPolicy(), { code: 3 });
});
