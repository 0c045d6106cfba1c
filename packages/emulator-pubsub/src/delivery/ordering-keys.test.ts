import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rig, settle, texts } from './testing/rig.ts';

const settings = { isOrdered: true };

test('messages of one key come in the order of their publishing, several at once', async () => {
  await using rig = await Rig.open({ settings });
  await rig.publish('k:1', 'j:1', 'k:2', 'k:3', 'j:2');
  assert.deepEqual(await rig.pullTexts(), ['k:1', 'j:1', 'k:2', 'k:3', 'j:2']);
});

test('a message that is given back brings those after it again, and none before it', async () => {
  await using rig = await Rig.open({ settings });
  await rig.publish('k:1', 'k:2', 'k:3', 'j:1');
  const [k1, k2] = await rig.pull();
  assert(k1 && k2);
  rig.nack(k2);
  assert.deepEqual(await rig.pullTexts(), [], 'k:1 is outstanding with another pull');
  await rig.ack(k1);
  assert.deepEqual(await rig.pullTexts(), ['k:2', 'k:3']);
});

test('what was acknowledged out of order stays so when an earlier one comes again', async () => {
  await using rig = await Rig.open({ settings });
  await rig.publish('k:1', 'k:2', 'k:3');
  const [k1, k2] = await rig.pull();
  assert(k1 && k2);
  await rig.ack(k2);
  rig.nack(k1);
  assert.deepEqual(await rig.pullTexts(), ['k:1', 'k:3']);
});

test('a deadline that passes brings the later ones again too', async () => {
  await using rig = await Rig.open({ settings });
  await rig.publish('k:1', 'k:2');
  const [k1, k2] = await rig.pull();
  assert(k1 && k2);
  rig.extend(60_000, k2);
  rig.clock.advance(10_000);
  assert.deepEqual(await rig.pullTexts(), ['k:1', 'k:2']);
});

test('later messages of a key are not given to another while earlier ones are outstanding', async () => {
  await using rig = await Rig.open({ settings });
  await rig.publish('k:1', 'j:1', 'k:2');
  const [k1] = await rig.pull(1);
  assert(k1);
  assert.deepEqual(await rig.pullTexts(), ['j:1']);
  await rig.publish('k:3');
  assert.deepEqual(await rig.pullTexts(), []);
  await rig.ack(k1);
  assert.deepEqual(await rig.pullTexts(), ['k:2', 'k:3']);
});

test('a stream that holds a key gets all of it', async () => {
  await using rig = await Rig.open({ settings });
  using first = rig.stream();
  using second = rig.stream();
  await rig.publish('k:1');
  await settle();
  const [holder, other] = first.received.length > 0 ? [first, second] : [second, first];
  for (let index = 2; index < 10; index += 1) {
    await rig.publish(`k:${index}`);
    await settle();
  }
  assert.equal(holder.received.length, 9);
  assert.deepEqual(other.texts, []);
});

test('streams of one client share its keys, and a client that connects again goes on with them', async () => {
  await using rig = await Rig.open({ settings });
  const first = rig.stream({ clientId: 'c', maxMessages: 1 });
  await rig.publish('k:1', 'k:2', 'k:3');
  await settle();
  assert.deepEqual(first.texts, ['k:1']);
  using stranger = rig.stream();
  using second = rig.stream({ clientId: 'c' });
  await settle();
  assert.deepEqual(second.texts, ['k:2', 'k:3']);
  second[Symbol.dispose]();
  first[Symbol.dispose]();
  await rig.publish('k:4');
  using again = rig.stream({ clientId: 'c' });
  await settle();
  assert.deepEqual(again.texts, ['k:4']);
  assert.deepEqual(stranger.texts, []);
});

test('a key that nobody has outstanding may go to anybody', async () => {
  await using rig = await Rig.open({ settings });
  const stream = rig.stream();
  await rig.publish('k:1', 'k:2');
  await settle();
  stream[Symbol.dispose]();
  await rig.publish('k:3');
  assert.deepEqual(await rig.pullTexts(), []);
  await rig.ack(...stream.received);
  assert.deepEqual(await rig.pullTexts(), ['k:3']);
});

test('a key that waits for its back-off holds up no other', async () => {
  await using rig = await Rig.open({
    settings: { ...settings, retry: { minimumBackoffMs: 1_000, maximumBackoffMs: 1_000 } },
  });
  await rig.publish('k:1', 'k:2');
  const [k1] = await rig.pull();
  assert(k1);
  rig.nack(k1);
  await rig.publish('j:1', 'k:3', 'x');
  assert.deepEqual(await rig.pullTexts(), ['j:1', 'x']);
  rig.clock.advance(999);
  assert.deepEqual(await rig.pullTexts(), []);
  rig.clock.advance(1);
  assert.deepEqual(await rig.pullTexts(), ['k:1', 'k:2', 'k:3']);
});

test('only what failed itself counts a delivery attempt', async () => {
  await using rig = await Rig.open({ settings: { ...settings, deadLetter: { maxDeliveryAttempts: 5 } } });
  await rig.publish('k:1', 'k:2', 'k:3');
  const [k1, , k3] = await rig.pull();
  assert(k1 && k3);
  rig.nack(k3, k1);
  const again = await rig.pull();
  assert.deepEqual(texts(again), ['k:1', 'k:2', 'k:3']);
  assert.deepEqual(
    again.map(({ deliveryAttempt }) => deliveryAttempt),
    [2, 1, 2],
  );
});

test('a late acknowledgement of what a key waits for lets the key go on', async () => {
  await using rig = await Rig.open({
    settings: { ...settings, retry: { minimumBackoffMs: 60_000, maximumBackoffMs: 60_000 } },
  });
  await rig.publish('k:1', 'k:2');
  const [k1] = await rig.pull();
  assert(k1);
  rig.nack(k1);
  assert.deepEqual(await rig.pullTexts(), []);
  await rig.ack(k1);
  assert.deepEqual(await rig.pullTexts(), ['k:2']);
});

test('without ordering, keys mean nothing', async () => {
  await using rig = await Rig.open();
  await rig.publish('k:1', 'k:2');
  const [k1] = await rig.pull(1);
  assert(k1);
  assert.deepEqual(await rig.pullTexts(), ['k:2']);
  rig.nack(k1);
  assert.deepEqual(await rig.pullTexts(), ['k:1']);
});
