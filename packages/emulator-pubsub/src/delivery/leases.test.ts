import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rig, settle, texts } from './testing/rig.ts';

test('a message is outstanding until its deadline passes, and then comes again', async () => {
  await using rig = await Rig.open();
  await rig.publish('a');
  assert.deepEqual(await rig.pullTexts(), ['a']);
  rig.clock.advance(9_999);
  assert.deepEqual(await rig.pullTexts(), []);
  rig.clock.advance(1);
  assert.deepEqual(await rig.pullTexts(), ['a']);
});

test('a message that is given back comes again at once', async () => {
  await using rig = await Rig.open();
  await rig.publish('a', 'b');
  const [a] = await rig.pull();
  assert(a);
  assert.deepEqual(rig.nack(a), ['done']);
  assert.deepEqual(await rig.pullTexts(), ['a']);
});

test('an acknowledged message does not come again', async () => {
  await using rig = await Rig.open();
  await rig.publish('a', 'b', 'c');
  const [, b] = await rig.pull();
  assert(b);
  assert.deepEqual(await rig.ack(b), ['done']);
  rig.clock.advance(10_000);
  assert.deepEqual(await rig.pullTexts(), ['a', 'c']);
});

test('a deadline is set anew from now, to be longer or shorter', async () => {
  await using rig = await Rig.open();
  await rig.publish('a', 'b');
  const [a, b] = await rig.pull();
  assert(a && b);
  rig.clock.advance(5_000);
  rig.extend(60_000, a);
  rig.extend(2_000, b);
  rig.clock.advance(2_000);
  assert.deepEqual(await rig.pullTexts(), ['b']);
  rig.clock.advance(57_999);
  const again = await rig.pull();
  assert.deepEqual(texts(again), ['b']);
  rig.clock.advance(1);
  assert.deepEqual(await rig.pullTexts(), ['a']);
});

test('one deadline that was moved does not disturb the others of its lot', async () => {
  await using rig = await Rig.open();
  await rig.publish('a', 'b', 'c');
  const [, b] = await rig.pull();
  assert(b);
  rig.extend(20_000, b);
  rig.clock.advance(10_000);
  assert.deepEqual(await rig.pullTexts(), ['a', 'c']);
});

test('a stream may change the deadline of what it takes from then on', async () => {
  await using rig = await Rig.open();
  using stream = rig.stream({ ackDeadlineMs: 20_000 });
  await rig.publish('a');
  await settle();
  stream.setAckDeadline(5_000);
  await rig.publish('b');
  await settle();
  rig.clock.advance(5_000);
  await settle();
  assert.deepEqual(stream.texts, ['a', 'b', 'b']);
  rig.clock.advance(15_000);
  await settle();
  assert.deepEqual(stream.texts.slice(3).sort(), ['a', 'b']);
});

test('one timer stands for all that is outstanding', async () => {
  await using rig = await Rig.open();
  await rig.publish(...Array.from({ length: 500 }, (_, index) => `${index}`));
  for (let pull = 0; pull < 50; pull += 1) {
    await rig.pull(10);
    rig.clock.advance(1);
  }
  assert.equal(rig.clock.pending, 1);
});

test('without exactly-once, the id of a lease that has ended still acknowledges', async () => {
  await using rig = await Rig.open();
  await rig.publish('a', 'b');
  const [a, b] = await rig.pull();
  assert(a && b);
  rig.clock.advance(10_000);
  assert.deepEqual(await rig.ack(a), ['done']);
  assert.deepEqual(await rig.pullTexts(), ['b']);
  assert.deepEqual(await rig.ack(b), ['done'], 'of the lease before');
  rig.clock.advance(10_000);
  assert.deepEqual(await rig.pullTexts(), []);
});

test('a lease that has ended can be neither prolonged nor ended by its id', async () => {
  await using rig = await Rig.open();
  await rig.publish('a');
  const [first] = await rig.pull();
  assert(first);
  rig.clock.advance(10_000);
  const [second] = await rig.pull();
  assert(second);
  assert.notEqual(second.ackId, first.ackId);
  assert.deepEqual(rig.nack(first), ['done']);
  assert.deepEqual(await rig.pullTexts(), []);
});

test('after a restart what is not acknowledged comes again, and old ids still acknowledge', async () => {
  await using rig = await Rig.open();
  await rig.publish('a', 'b', 'c');
  const [a, b] = await rig.pull();
  assert(a && b);
  await rig.ack(a);
  await rig.restart();
  assert.deepEqual(await rig.ack(b), ['done']);
  assert.deepEqual(await rig.pullTexts(), ['c']);
});

test('ids that are none of this subscription are ignored', async () => {
  await using rig = await Rig.open();
  await rig.publish('a');
  const [a] = await rig.pull();
  assert(a);
  const foreign = ['', 'nonsense', a.ackId.replace('sub-1', 'sub-2'), `${a.ackId}0x`, a.ackId.replace(/\.0\./, '.7.')];
  assert.deepEqual(
    await rig.delivery.acknowledge(foreign),
    foreign.map(() => 'done'),
  );
  rig.clock.advance(10_000);
  assert.deepEqual(await rig.pullTexts(), ['a']);
  await rig.publish('1', '2', '3', '4', '5', '6', '7');
  assert.equal((await rig.pullTexts()).at(-1), '7', 'not acknowledged before it was there');
});

test('acknowledging twice is no error', async () => {
  await using rig = await Rig.open();
  await rig.publish('a');
  const [a] = await rig.pull();
  assert(a);
  assert.deepEqual(await rig.ack(a, a), ['done', 'done']);
  assert.deepEqual(await rig.ack(a), ['done']);
});

test('what a failing disk did not keep comes again, and the acknowledgement rejects', async () => {
  let isFailing = true;
  await using rig = await Rig.open({
    wrapAcks: (acks) => ({
      state: () => acks.state(),
      has: (offset) => acks.has(offset),
      add: async (offsets) => {
        if (isFailing) throw new Error('no space');
        await acks.add(offsets);
      },
      replace: (state) => acks.replace(state),
      [Symbol.asyncDispose]: () => acks[Symbol.asyncDispose](),
    }),
  });
  await rig.publish('a');
  const [a] = await rig.pull();
  assert(a);
  await assert.rejects(rig.ack(a), /no space/);
  assert.deepEqual(await rig.pullTexts(), ['a']);
  isFailing = false;
  assert.deepEqual(await rig.ack(a), ['done']);
});
