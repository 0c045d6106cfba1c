import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AckLog } from '../storage/storage.ts';
import { Rig, settle, texts } from './testing/rig.ts';

const settings = { isExactlyOnce: true };

/** Acknowledgements that wait, or fail, as the test says. */
function gated(behaviour: { add: (add: () => Promise<void>) => Promise<void> }): (acks: AckLog) => AckLog {
  return (acks) => ({
    state: () => acks.state(),
    has: (offset) => acks.has(offset),
    add: (offsets) => behaviour.add(() => acks.add(offsets)),
    replace: (state) => acks.replace(state),
    [Symbol.asyncDispose]: () => acks[Symbol.asyncDispose](),
  });
}

test('an id is good while its lease lasts, and not after', async () => {
  await using rig = await Rig.open({ settings });
  await rig.publish('a', 'b');
  const [a, b] = await rig.pull();
  assert(a && b);
  rig.clock.advance(9_999);
  assert.deepEqual(await rig.ack(a), ['done']);
  rig.clock.advance(1);
  assert.deepEqual(await rig.ack(b), ['invalid']);
  assert.deepEqual(rig.extend(10_000, b), ['invalid']);
  assert.deepEqual(await rig.pullTexts(), ['b']);
});

test('only the id of the latest delivery is good', async () => {
  await using rig = await Rig.open({ settings });
  await rig.publish('a');
  const [first] = await rig.pull();
  assert(first);
  rig.nack(first);
  const [second] = await rig.pull();
  assert(second);
  assert.deepEqual(await rig.ack(first), ['invalid']);
  assert.deepEqual(rig.nack(first), ['invalid']);
  assert.deepEqual(await rig.ack(second), ['done']);
  assert.deepEqual(await rig.ack(first), ['invalid'], 'also when another one confirmed the message');
});

test('the id that was confirmed may be acknowledged again', async () => {
  await using rig = await Rig.open({ settings });
  await rig.publish('a');
  const [a] = await rig.pull();
  assert(a);
  assert.deepEqual(await rig.ack(a, a), ['done', 'done']);
  assert.deepEqual(await rig.ack(a), ['done']);
});

test('ids that are none of this subscription are invalid', async () => {
  await using rig = await Rig.open({ settings });
  await rig.publish('a');
  const [a] = await rig.pull();
  assert(a);
  const foreign = ['', a.ackId.replace('sub-1', 'sub-2'), a.ackId.replace(/\.0\./, '.7.')];
  assert.deepEqual(await rig.delivery.acknowledge(foreign), ['invalid', 'invalid', 'invalid']);
  assert.deepEqual(rig.delivery.modifyAckDeadline(foreign, 10_000), ['invalid', 'invalid', 'invalid']);
});

test('an id from before a restart is invalid, and its message comes again', async () => {
  await using rig = await Rig.open({ settings });
  await rig.publish('a');
  const [a] = await rig.pull();
  assert(a);
  await rig.restart();
  assert.deepEqual(await rig.ack(a), ['invalid']);
  assert.deepEqual(await rig.pullTexts(), ['a']);
});

test('an acknowledgement is confirmed once it is durable, and its lease lasts until then', async () => {
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  await using rig = await Rig.open({ settings, wrapAcks: gated({ add: (add) => gate.then(add) }) });
  await rig.publish('a');
  const [a] = await rig.pull();
  assert(a);
  const outcomes: unknown[] = [];
  const acked = rig.ack(a).then((outcome) => outcomes.push(...outcome));
  rig.clock.advance(3_600_000);
  await settle();
  assert.deepEqual(outcomes, []);
  assert.deepEqual(await rig.pullTexts(), [], 'not delivered again meanwhile');
  open();
  await acked;
  assert.deepEqual(outcomes, ['done']);
  assert.deepEqual(await rig.pullTexts(), []);
});

test('what a failing disk did not keep is a temporary failure, and can be acknowledged while the lease lasts', async () => {
  let isFailing = true;
  const add = (keep: () => Promise<void>) => (isFailing ? Promise.reject(new Error('no space')) : keep());
  await using rig = await Rig.open({ settings, wrapAcks: gated({ add }) });
  await rig.publish('a', 'b');
  const [a, b] = await rig.pull();
  assert(a && b);
  assert.deepEqual(await rig.delivery.acknowledge([a.ackId, 'nonsense', b.ackId]), [
    'temporary-failure',
    'invalid',
    'temporary-failure',
  ]);
  assert.deepEqual(
    rig.events.map(({ type }) => type),
    ['ack-failed'],
  );
  isFailing = false;
  assert.deepEqual(await rig.ack(a), ['done']);
  rig.clock.advance(10_000);
  assert.deepEqual(await rig.ack(b), ['invalid']);
  assert.deepEqual(await rig.pullTexts(), ['b']);
});

test('what was answered as a failure comes again, though the acks have it in memory', async () => {
  let isFailing = true;
  const add = async (keep: () => Promise<void>) => {
    await keep();
    if (isFailing) throw new Error('no space');
  };
  for (const isOrdered of [false, true]) {
    isFailing = true;
    await using rig = await Rig.open({ settings: { ...settings, isOrdered }, wrapAcks: gated({ add }) });
    await rig.publish('k:1', 'k:2');
    assert.deepEqual(await rig.ack(...(await rig.pull())), ['temporary-failure', 'temporary-failure']);
    isFailing = false;
    rig.clock.advance(10_000);
    const again = await rig.pull();
    assert.deepEqual(texts(again), ['k:1', 'k:2']);
    assert.deepEqual(await rig.ack(...again), ['done', 'done']);
    rig.clock.advance(10_000);
    assert.deepEqual(await rig.pullTexts(), []);
  }
});

test('with ordering, an acknowledgement ahead of an earlier outstanding message is refused for now', async () => {
  await using rig = await Rig.open({ settings: { ...settings, isOrdered: true } });
  await rig.publish('k:1', 'k:2', 'j:1', 'k:3');
  const [k1, k2, j1, k3] = await rig.pull();
  assert(k1 && k2 && j1 && k3);
  assert.deepEqual(await rig.ack(k2, j1), ['unordered', 'done']);
  assert.deepEqual(await rig.ack(k3, k2, k1), ['done', 'done', 'done'], 'in one call, the order is that of the log');
  rig.clock.advance(10_000);
  assert.deepEqual(await rig.pullTexts(), []);
});

test('with ordering, ids of what has to come again after an earlier message are invalid', async () => {
  await using rig = await Rig.open({ settings: { ...settings, isOrdered: true } });
  await rig.publish('k:1', 'k:2');
  const [k1, k2] = await rig.pull();
  assert(k1 && k2);
  rig.nack(k1);
  assert.deepEqual(await rig.ack(k2), ['invalid']);
  const again = await rig.pull();
  assert.deepEqual(texts(again), ['k:1', 'k:2']);
  assert.deepEqual(await rig.ack(...again), ['done', 'done']);
});

test('with ordering, a message whose acknowledgement failed is again ahead of the later ones', async () => {
  let fail = () => {};
  let isFirst = true;
  const add = (keep: () => Promise<void>) => {
    if (!isFirst) return keep();
    isFirst = false;
    return new Promise<void>((_, reject) => {
      fail = () => reject(new Error('no space'));
    });
  };
  await using rig = await Rig.open({ settings: { ...settings, isOrdered: true }, wrapAcks: gated({ add }) });
  await rig.publish('k:1', 'k:2', 'k:3');
  const [k1, k2, k3] = await rig.pull();
  assert(k1 && k2 && k3);
  const failing = rig.ack(k1);
  fail();
  assert.deepEqual(await failing, ['temporary-failure']);
  assert.deepEqual(await rig.ack(k2), ['unordered']);
  assert.deepEqual(await rig.ack(k1, k2, k3), ['done', 'done', 'done']);
});

test('with ordering, a key stays with its holder until the acknowledgement is durable', async () => {
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const wrapAcks = gated({ add: (add) => gate.then(add) });
  await using rig = await Rig.open({ settings: { ...settings, isOrdered: true }, wrapAcks });
  await rig.publish('k:1', 'k:2');
  const [k1] = await rig.pull(1);
  assert(k1);
  const acked = rig.ack(k1);
  assert.deepEqual(await rig.pullTexts(), []);
  open();
  assert.deepEqual(await acked, ['done']);
  assert.deepEqual(await rig.pullTexts(), ['k:2']);
});
