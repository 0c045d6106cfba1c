import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageLog } from '../storage/storage.ts';
import { Rig, settle, texts } from './testing/rig.ts';

const settings = { deadLetter: { maxDeliveryAttempts: 2 } };

test('delivery attempts are counted from 1 by failures, and are 0 without a dead-letter policy', async () => {
  await using rig = await Rig.open({ settings: { deadLetter: { maxDeliveryAttempts: 5 } } });
  await rig.publish('a');
  const attempts: number[] = [];
  for (let pull = 0; pull < 4; pull += 1) {
    const [a] = await rig.pull();
    assert(a);
    attempts.push(a.deliveryAttempt);
    if (pull % 2 === 0) rig.nack(a);
    else rig.clock.advance(10_000);
  }
  assert.deepEqual(attempts, [1, 2, 3, 4]);
  rig.update({ deadLetter: null });
  assert.equal((await rig.pull())[0]?.deliveryAttempt, 0);
});

test('after so many failed deliveries a message is forwarded, and acknowledged', async () => {
  await using rig = await Rig.open({ settings });
  await rig.publish('a', 'b');
  const [first] = await rig.pull(1);
  assert(first);
  rig.nack(first);
  await settle();
  assert.deepEqual(rig.forwarded, []);
  const [second] = await rig.pull(1);
  assert.equal(second?.message.data.toString(), 'a');
  rig.nack(second);
  await settle();
  assert.deepEqual(rig.forwarded, [{ text: 'a', attempts: 2 }]);
  assert(rig.acks.has(0));
  assert.deepEqual(await rig.pullTexts(), ['b']);
});

test('a message that cannot be forwarded is delivered again, and forwarding is tried at its next failure', async () => {
  let isTaken = false;
  await using rig = await Rig.open({
    settings: { ...settings, retry: { minimumBackoffMs: 1_000, maximumBackoffMs: 10_000 } },
    forward: async () => isTaken,
  });
  await rig.publish('a');
  rig.nack(...(await rig.pull()));
  rig.clock.advance(1_000);
  rig.nack(...(await rig.pull()));
  await settle();
  assert.deepEqual(
    rig.events.map(({ type }) => type),
    ['forward-failed'],
  );
  assert(!rig.acks.has(0));
  rig.clock.advance(1_999);
  assert.deepEqual(await rig.pullTexts(), [], 'it rests as after any failure');
  rig.clock.advance(1);
  const [third] = await rig.pull();
  assert.equal(third?.deliveryAttempt, 3);
  isTaken = true;
  rig.nack(third);
  await settle();
  assert.deepEqual(rig.forwarded, [{ text: 'a', attempts: 3 }]);
  rig.clock.advance(3_600_000);
  assert.deepEqual(await rig.pullTexts(), []);
});

test('a key goes on once its first message was forwarded, and not before', async () => {
  let take = (_isTaken: boolean) => {};
  await using rig = await Rig.open({
    settings: { isOrdered: true, deadLetter: { maxDeliveryAttempts: 1 } },
    forward: () =>
      new Promise((resolve) => {
        take = resolve;
      }),
  });
  await rig.publish('k:1', 'k:2');
  const [k1] = await rig.pull();
  assert(k1);
  rig.nack(k1);
  await settle();
  assert.deepEqual(await rig.pullTexts(), []);
  take(true);
  await settle();
  assert.deepEqual(await rig.pullTexts(), ['k:2']);
});

test('dead letters are forwarded in the order of the log, however long each takes to be read', async () => {
  let reads = 0;
  const slowAtFirst = (log: MessageLog): MessageLog => ({
    startOffset: 0,
    endOffset: 3,
    append: (messages) => log.append(messages),
    appendEncoded: (messages) => log.appendEncoded(messages),
    read: async (offset, limits) => {
      reads += 1;
      await settle(reads === 1 ? 5 : 0);
      return log.read(offset, limits);
    },
    readNow: (offset, limits) => log.readNow(offset, limits),
    offsetAt: (time) => log.offsetAt(time),
    onAppended: (listener) => log.onAppended(listener),
    trimBefore: (offset) => log.trimBefore(offset),
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  });
  await using rig = await Rig.open({
    settings: { isOrdered: true, deadLetter: { maxDeliveryAttempts: 1 } },
    wrapLog: slowAtFirst,
  });
  await rig.publish('k:1', 'k:2', 'k:3');
  rig.nack(...[...(await rig.pull())].reverse());
  await settle(20);
  assert.deepEqual(
    rig.forwarded.map(({ text }) => text),
    ['k:1', 'k:2', 'k:3'],
  );
});

test('a message that was forwarded does not come again when that could not be kept, while it is known', async () => {
  await using rig = await Rig.open({
    settings: { deadLetter: { maxDeliveryAttempts: 1 } },
    wrapAcks: (acks) => ({
      state: () => acks.state(),
      has: (offset) => acks.has(offset),
      add: async (offsets) => {
        await acks.add(offsets);
        throw new Error('no space');
      },
      replace: (state) => acks.replace(state),
      [Symbol.asyncDispose]: () => acks[Symbol.asyncDispose](),
    }),
  });
  await rig.publish('a');
  rig.nack(...(await rig.pull()));
  await settle();
  assert.deepEqual(
    rig.events.map(({ type }) => type),
    ['ack-failed'],
  );
  assert.deepEqual(await rig.pullTexts(), []);
});

test('a message that a seek brings back is not acknowledged because it was being forwarded before', async () => {
  let take = (_isTaken: boolean) => {};
  await using rig = await Rig.open({
    settings: { deadLetter: { maxDeliveryAttempts: 1 } },
    forward: () =>
      new Promise((resolve) => {
        take = resolve;
      }),
  });
  await rig.publish('a');
  rig.nack(...(await rig.pull()));
  await settle();
  await rig.delivery.seekTo({ below: 0, ranges: [] });
  take(true);
  await settle();
  assert.deepEqual(texts(await rig.pull()), ['a']);
  assert(!rig.acks.has(0));
});
