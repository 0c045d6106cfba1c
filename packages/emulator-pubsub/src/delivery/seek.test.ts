import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rig, texts } from './testing/rig.ts';

/** Publishes each a second after the one before, and returns the time of the given one in µs. */
async function publishApart(rig: Rig, names: readonly string[]): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for (const name of names) {
    rig.clock.advance(1_000);
    times.set(name, rig.clock.now() * 1_000);
    await rig.publish(name);
  }
  return times;
}

const at = (times: Map<string, number>, name: string) => times.get(name) as number;

test('a seek ahead acknowledges all before the time', async () => {
  await using rig = await Rig.open();
  const times = await publishApart(rig, ['a', 'b', 'c']);
  await rig.pull(1);
  await rig.delivery.seekToTime(at(times, 'c'));
  assert.deepEqual(await rig.pullTexts(), ['c']);
  assert.deepEqual(rig.delivery.state(), { below: 2, ranges: [] });
});

test('a seek into the future purges all that is published', async () => {
  await using rig = await Rig.open();
  await rig.publish('a', 'b');
  await rig.delivery.seekToTime((rig.clock.now() + 1_000) * 1_000);
  assert.deepEqual(await rig.pullTexts(), []);
  await rig.publish('c');
  assert.deepEqual(await rig.pullTexts(), ['c']);
});

test('a seek back brings acknowledged messages again where they are retained', async () => {
  await using rig = await Rig.open({ settings: { retainAcked: true } });
  const times = await publishApart(rig, ['a', 'b', 'c']);
  await rig.ack(...(await rig.pull()));
  await rig.delivery.seekToTime(at(times, 'b'));
  assert.deepEqual(await rig.pullTexts(), ['b', 'c']);
});

test('a seek back brings only what was not acknowledged where acknowledged messages are not retained', async () => {
  await using rig = await Rig.open();
  const times = await publishApart(rig, ['a', 'b', 'c', 'd']);
  const [, b] = await rig.pull(3);
  assert(b);
  await rig.ack(b);
  await rig.delivery.seekToTime(at(times, 'a'));
  assert.deepEqual(await rig.pullTexts(), ['a', 'c', 'd']);
  await rig.delivery.seekToTime(at(times, 'd'));
  await rig.delivery.seekToTime(at(times, 'a'));
  assert.deepEqual(await rig.pullTexts(), ['d'], 'what a seek acknowledged is acknowledged');
});

test('no seek brings back what is older than the retention, or was never the subscription’s', async () => {
  await using rig = await Rig.open({ settings: { retainAcked: true, retentionMs: 600_000, firstOffset: 1 } });
  const times = await publishApart(rig, ['before', 'a', 'b']);
  await rig.delivery.seekToTime(at(times, 'before'));
  await rig.ack(...(await rig.pull()));
  rig.clock.advance(600_000);
  await rig.publish('c');
  await rig.delivery.seekToTime(0);
  assert.deepEqual(await rig.pullTexts(), ['b', 'c']);
});

test('a seek to a state puts it in place of what was acknowledged', async () => {
  await using rig = await Rig.open();
  await rig.publish('a', 'b', 'c');
  const [, b] = await rig.pull();
  assert(b);
  await rig.ack(b);
  const state = rig.delivery.state();
  await rig.publish('d');
  await rig.delivery.seekToTime((rig.clock.now() + 1_000) * 1_000);
  assert.deepEqual(await rig.pullTexts(), []);
  await rig.delivery.seekTo(state);
  assert.deepEqual(await rig.pullTexts(), ['a', 'c', 'd']);
});

test('leases of before a seek end, and their ids mean nothing after it', async () => {
  for (const isExactlyOnce of [false, true]) {
    await using rig = await Rig.open({ settings: { isExactlyOnce, retainAcked: true } });
    await rig.publish('a', 'b');
    const before = await rig.pull();
    await rig.delivery.seekToTime(0);
    const outcome = isExactlyOnce ? 'invalid' : 'done';
    assert.deepEqual(await rig.ack(...before), [outcome, outcome]);
    const after = await rig.pull();
    assert.deepEqual(texts(after), ['a', 'b']);
    assert.deepEqual(rig.nack(...before), [outcome, outcome]);
    assert.deepEqual(await rig.ack(...after), ['done', 'done']);
    assert.deepEqual(await rig.pullTexts(), []);
  }
});

test('ids of before a restart mean nothing after a seek', async () => {
  await using rig = await Rig.open();
  await rig.publish('a');
  const before = await rig.pull();
  await rig.restart();
  await rig.delivery.seekTo({ below: 0, ranges: [] });
  assert.deepEqual(await rig.ack(...before), ['done']);
  assert.deepEqual(await rig.pullTexts(), ['a']);
});

test('a seek gives streams room, and wakes those who wait', async () => {
  await using rig = await Rig.open({ settings: { retainAcked: true } });
  await rig.publish('a', 'b');
  using stream = rig.stream({ maxMessages: 1 });
  while (stream.received.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await rig.delivery.seekToTime(0);
  while (stream.received.length === 1) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(stream.texts, ['a', 'a']);
});

test('the log is needed from what is not acknowledged, as far as it is retained', async () => {
  await using rig = await Rig.open({ settings: { retentionMs: 600_000 } });
  await publishApart(rig, ['a', 'b', 'c']);
  const [a] = await rig.pull(1);
  assert(a);
  await rig.ack(a);
  assert.equal(await rig.delivery.neededFrom(rig.clock.now()), 1);
  assert.equal(await rig.delivery.neededFrom(rig.clock.now() + 600_000), 2);
  rig.update({ retainAcked: true });
  assert.equal(await rig.delivery.neededFrom(rig.clock.now()), 0);
  assert.equal(await rig.delivery.neededFrom(rig.clock.now() + 599_000), 1);
});
