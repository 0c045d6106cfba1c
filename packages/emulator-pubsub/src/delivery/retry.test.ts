import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs } from './retry.ts';
import { Rig, settle } from './testing/rig.ts';

test('the back-off doubles from the minimum to the maximum', () => {
  const retry = { minimumBackoffMs: 10_000, maximumBackoffMs: 60_000 };
  assert.deepEqual(
    [1, 2, 3, 4, 5, 1_000_000].map((failures) => backoffMs(retry, failures)),
    [10_000, 20_000, 40_000, 60_000, 60_000, 60_000],
  );
  assert.equal(backoffMs({ minimumBackoffMs: 0, maximumBackoffMs: 600_000 }, 5_000), 0);
  assert.equal(backoffMs(null, 3), 0);
});

test('a message that failed comes again exactly when its back-off has passed, whoever waits', async () => {
  await using rig = await Rig.open({ settings: { retry: { minimumBackoffMs: 1_000, maximumBackoffMs: 3_000 } } });
  using stream = rig.stream();
  await rig.publish('a');
  await settle();
  for (const [count, restMs] of [
    [1, 1_000],
    [2, 2_000],
    [3, 3_000],
    [4, 3_000],
  ] as const) {
    const latest = stream.received.at(-1);
    assert(latest);
    rig.nack(latest);
    rig.clock.advance(restMs - 1);
    await settle();
    assert.equal(stream.received.length, count);
    rig.clock.advance(1);
    await settle();
    assert.equal(stream.received.length, count + 1);
  }
});

test('a deadline that passes begins a back-off', async () => {
  await using rig = await Rig.open({ settings: { retry: { minimumBackoffMs: 1_000, maximumBackoffMs: 3_000 } } });
  await rig.publish('a');
  await rig.pull();
  rig.clock.advance(10_999);
  assert.deepEqual(await rig.pullTexts(), []);
  rig.clock.advance(1);
  assert.deepEqual(await rig.pullTexts(), ['a']);
});

test('a message that rests holds up no other', async () => {
  await using rig = await Rig.open({ settings: { retry: { minimumBackoffMs: 1_000, maximumBackoffMs: 3_000 } } });
  await rig.publish('a', 'b');
  const [a] = await rig.pull(1);
  assert(a);
  rig.nack(a);
  assert.deepEqual(await rig.pullTexts(), ['b']);
});

test('what is given back again and again does not starve what is new', async () => {
  await using rig = await Rig.open();
  await rig.publish('poison', 'a', 'b');
  const got: string[] = [];
  for (let pull = 0; pull < 8; pull += 1) {
    const [received] = await rig.pull(1);
    assert(received);
    got.push(received.message.data.toString());
    if (got.at(-1) === 'poison') rig.nack(received);
    else await rig.ack(received);
  }
  assert(got.includes('a') && got.includes('b'), got.join());
});
