import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newMessage, Rig, settle, texts } from './testing/rig.ts';

const numbers = (count: number) => Array.from({ length: count }, (_, index) => `${index}`);

test('a stream gets what is published, together what is published together', async () => {
  await using rig = await Rig.open();
  using stream = rig.stream();
  await settle();
  await rig.publish('a', 'b');
  await settle();
  await rig.publish('c');
  await settle();
  assert.deepEqual(stream.lots.map(texts), [['a', 'b'], ['c']]);
});

test('an answer holds up to 1,000 messages or about 1 MiB', async () => {
  await using rig = await Rig.open();
  await rig.publish(...numbers(2_500));
  assert.deepEqual([(await rig.pull(5_000)).length, (await rig.pull(700)).length], [1_000, 700]);
  const big = { ...newMessage('big'), data: Buffer.alloc(400_000) };
  await rig.log.append([big, big, big, big]);
  assert.equal((await rig.pull(800)).length, 800);
  assert.deepEqual([(await rig.pull()).length, (await rig.pull()).length], [3, 1]);
});

test('no more messages are outstanding on a stream than its limit', async () => {
  await using rig = await Rig.open();
  using stream = rig.stream({ maxMessages: 3 });
  await rig.publish(...numbers(10));
  await settle();
  assert.deepEqual(stream.texts, ['0', '1', '2']);
  await rig.ack(...stream.received.slice(0, 2));
  await settle();
  assert.deepEqual(stream.texts, ['0', '1', '2', '3', '4']);
  const [, , third] = stream.received;
  assert(third);
  rig.nack(third);
  await settle();
  assert.equal(stream.received.length, 6);
});

test('a lease that ends makes room in its stream', async () => {
  await using rig = await Rig.open();
  using stream = rig.stream({ maxMessages: 1 });
  await rig.publish('a');
  await settle();
  rig.clock.advance(10_000);
  await settle();
  assert.deepEqual(stream.texts, ['a', 'a']);
});

test('a stream gets nothing while its limit of bytes or more is outstanding', async () => {
  await using rig = await Rig.open();
  using stream = rig.stream({ maxBytes: 250 });
  const message = { ...newMessage('x'), data: Buffer.alloc(200) };
  await rig.log.append([message, message, message]);
  await settle();
  assert.equal(stream.received.length, 2);
  const [first] = stream.received;
  assert(first);
  await rig.ack(first);
  await settle();
  assert.equal(stream.received.length, 3);
});

test('streams share what there is, in lots', async () => {
  await using rig = await Rig.open();
  using first = rig.stream();
  using second = rig.stream();
  await settle();
  await rig.publish(...numbers(10));
  await settle();
  assert.deepEqual([first.lots.map((lot) => lot.length), second.lots.map((lot) => lot.length)], [[5], [5]]);
  await rig.publish(...numbers(20_000));
  await settle(40);
  assert.deepEqual([first.received.length, second.received.length], [10_005, 10_005]);
});

test('a stream that has no room takes nothing from the others', async () => {
  await using rig = await Rig.open();
  using stalled = rig.stream({ maxMessages: 1 });
  await rig.publish('a');
  await settle();
  using other = rig.stream();
  await rig.publish(...numbers(3_000));
  await settle(20);
  assert.equal(stalled.received.length, 1);
  assert.equal(other.received.length, 3_000);
});

test('a stream that closes leaves its leases as they are', async () => {
  await using rig = await Rig.open();
  const stream = rig.stream();
  await rig.publish('a', 'b');
  await settle();
  stream[Symbol.dispose]();
  await stream.ended;
  assert.deepEqual(await rig.pullTexts(), []);
  const [a] = stream.received;
  assert(a);
  assert.deepEqual(await rig.ack(a), ['done']);
  rig.clock.advance(10_000);
  assert.deepEqual(await rig.pullTexts(), ['b']);
});

test('a pull waits for a message until it is aborted', async () => {
  await using rig = await Rig.open();
  const waiting = rig.delivery.pull({ maxMessages: 5, returnImmediately: false, signal: new AbortController().signal });
  await settle();
  await rig.publish('a');
  assert.deepEqual(texts(await waiting), ['a']);
  const abort = new AbortController();
  const aborted = rig.delivery.pull({ maxMessages: 5, returnImmediately: false, signal: abort.signal });
  await settle();
  abort.abort();
  assert.deepEqual(await aborted, []);
  await rig.publish('b');
  await settle();
  assert.deepEqual(await rig.pullTexts(), ['b'], 'not lost to the one that is gone');
  assert.deepEqual(
    await rig.delivery.pull({ maxMessages: 5, returnImmediately: false, signal: abort.signal }),
    [],
    'aborted before it began',
  );
});

test('the end of the delivery answers all that wait with none', async () => {
  const rig = await Rig.open();
  const stream = rig.stream();
  const pull = rig.delivery.pull({ maxMessages: 5, returnImmediately: false, signal: new AbortController().signal });
  await settle();
  await rig[Symbol.asyncDispose]();
  await stream.ended;
  assert.deepEqual(await pull, []);
  assert.deepEqual(await rig.pull(), []);
  assert.equal(rig.clock.pending, 0);
});

test('a stream that asks again and again lets the event loop turn', async () => {
  await using rig = await Rig.open();
  await rig.publish(...numbers(20_000));
  using stream = rig.stream();
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  assert(stream.received.length <= 2_000, `${stream.received.length}`);
  await settle(40);
  assert.equal(stream.received.length, 20_000);
});
