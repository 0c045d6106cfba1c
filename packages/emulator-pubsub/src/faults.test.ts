import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rig, settle, texts } from './delivery/testing/rig.ts';
import { Faults } from './faults.ts';

test('deadlines expire on demand, as by themselves', async () => {
  await using rig = await Rig.open({
    settings: { deadLetter: { maxDeliveryAttempts: 5 }, retry: { minimumBackoffMs: 1_000, maximumBackoffMs: 1_000 } },
  });
  await rig.publish('a', 'b');
  const [, b] = await rig.pull();
  assert(b);
  await rig.ack(b);
  rig.faults.expire();
  assert.deepEqual(await rig.pull(), []);
  rig.clock.advance(1_000);
  const [again] = await rig.pull();
  assert.equal(again?.deliveryAttempt, 2);
});

test('the next messages are delivered twice, whether the first was acknowledged or not', async () => {
  await using rig = await Rig.open();
  rig.faults.duplicates = 2;
  await rig.publish('a', 'b', 'c');
  const [a] = await rig.pull(1);
  assert(a);
  await rig.ack(a);
  const rest = await rig.pull();
  assert.deepEqual(texts(rest).sort(), ['a', 'b', 'b', 'c']);
  assert.equal(new Set(rest.map(({ ackId }) => ackId)).size, 4);
  await rig.ack(...rest);
  rig.clock.advance(10_000);
  assert.deepEqual(await rig.pullTexts(), []);
});

test('a second delivery is no attempt of its own, and nothing comes of its failure once the first was acknowledged', async () => {
  await using rig = await Rig.open({ settings: { deadLetter: { maxDeliveryAttempts: 1 } } });
  rig.faults.duplicates = 1;
  await rig.publish('a');
  const [first] = await rig.pull(1);
  assert(first);
  await rig.ack(first);
  const [second] = await rig.pull(1);
  assert.equal(second?.deliveryAttempt, 1);
  rig.nack(second);
  await settle();
  assert.deepEqual(rig.forwarded, []);
  assert.deepEqual(await rig.pullTexts(), []);
});

test('of a key, a message and its copy come before the next', async () => {
  await using rig = await Rig.open({ settings: { isOrdered: true } });
  rig.faults.duplicates = 1;
  await rig.publish('k:1', 'k:2');
  assert.deepEqual(await rig.pullTexts(), ['k:1', 'k:1', 'k:2']);
});

test('with exactly-once, the first id of what is delivered twice is invalid', async () => {
  await using rig = await Rig.open({ settings: { isExactlyOnce: true } });
  rig.faults.duplicates = 1;
  await rig.publish('a');
  const [first] = await rig.pull(1);
  assert(first);
  assert.deepEqual(await rig.ack(first), ['invalid']);
  const [second] = await rig.pull(1);
  assert(second);
  assert.deepEqual(await rig.ack(second), ['done']);
});

test('the next messages are delivered backwards, as far as they come together', async () => {
  await using rig = await Rig.open({ settings: { isOrdered: true } });
  rig.faults.reorders = 3;
  await rig.publish('k:1');
  assert.deepEqual(await rig.pullTexts(), ['k:1']);
  rig.nack();
  await rig.publish('a', 'b', 'c', 'd');
  assert.deepEqual(await rig.pullTexts(), ['c', 'b', 'a', 'd']);
  await rig.publish('e', 'f');
  assert.deepEqual(await rig.pullTexts(), ['e', 'f']);
});

test('acknowledgements are forgotten without exactly-once', async () => {
  await using rig = await Rig.open();
  rig.faults.failedAcks = 1;
  await rig.publish('a', 'b');
  assert.deepEqual(await rig.ack(...(await rig.pull())), ['done', 'done']);
  rig.clock.advance(10_000);
  assert.deepEqual(await rig.pullTexts(), ['a']);
});

test('acknowledgements fail for the time being with exactly-once', async () => {
  await using rig = await Rig.open({ settings: { isExactlyOnce: true } });
  rig.faults.failedAcks = 1;
  await rig.publish('a', 'b');
  const received = await rig.pull();
  assert.deepEqual(await rig.ack(...received), ['temporary-failure', 'done']);
  assert.deepEqual(await rig.ack(...received), ['done', 'done']);
});

test('stalled streams deliver nothing until they are resumed, while pulls go on', async () => {
  await using rig = await Rig.open();
  using stream = rig.stream();
  await settle();
  rig.faults.isStalled = true;
  await rig.publish('a', 'b');
  await settle();
  assert.deepEqual(await rig.pullTexts(1), ['a']);
  assert.deepEqual(stream.texts, []);
  rig.faults.resume();
  await settle();
  assert.deepEqual(stream.texts, ['b']);
});

test('dead letters are published twice', async () => {
  await using rig = await Rig.open({ settings: { deadLetter: { maxDeliveryAttempts: 1 } } });
  rig.faults.doubledDeadLetters = 1;
  await rig.publish('a', 'b');
  rig.nack(...(await rig.pull()));
  await settle();
  assert.deepEqual(
    rig.forwarded.map(({ text }) => text),
    ['a', 'a', 'b'],
  );
  assert.deepEqual(rig.delivery.state(), { below: 2, ranges: [] });
});

test('faults are arranged by the name of a subscription or topic, and add up', () => {
  const faults = new Faults();
  const subscription = 'projects/p/subscriptions/s';
  faults.deliverTwice(subscription);
  faults.deliverTwice(subscription, 2);
  faults.reorder(subscription, 4);
  faults.failAcks(subscription, 5);
  faults.deadLetterTwice(subscription, 6);
  faults.stallStreams(subscription);
  const arranged = faults.ofSubscription(subscription);
  assert.deepEqual(
    [arranged.duplicates, arranged.reorders, arranged.failedAcks, arranged.doubledDeadLetters, arranged.isStalled],
    [3, 4, 5, 6, true],
  );
  faults.resumeStreams(subscription);
  assert.equal(arranged.isStalled, false);
  assert.equal(faults.ofSubscription('projects/p/subscriptions/t').duplicates, 0);
  const topic = 'projects/p/topics/t';
  faults.failPublishes(topic, 'UNAVAILABLE', 2);
  faults.losePublishReplies(topic);
  assert.equal(faults.takePublish('projects/p/topics/u'), undefined);
  assert.deepEqual(
    [1, 2, 3, 4].map(() => faults.takePublish(topic)?.type),
    ['fail', 'fail', 'lose-reply', undefined],
  );
  faults.failPublishes(topic, 'INTERNAL');
  faults.clear();
  assert.equal(faults.takePublish(topic), undefined);
  assert.equal(arranged.duplicates, 0);
  assert.throws(() => faults.failAcks(subscription, -1), /times must be a whole number, got -1/);
});
