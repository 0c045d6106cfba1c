import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '@sluice/durable-log';
import { limitEvents } from './event-limit.ts';
import type { EmulatorEvent } from './events.ts';

const failed: EmulatorEvent = { kind: 'push-failed', subscription: 's', reason: 'r' };

test('of what clients bring about, five events of a kind pass in a second, and then how many more there were', () => {
  const clock = new ManualClock();
  const passed: EmulatorEvent[] = [];
  const log = limitEvents((event) => passed.push(event), clock);
  for (let each = 0; each < 12; each += 1) log(failed);
  assert.equal(passed.length, 5);
  log({ kind: 'retention-failed', error: 'another kind' });
  assert.equal(passed.length, 6);
  clock.advance(1000);
  assert.deepEqual(passed.at(-1), { kind: 'left-out', of: 'push-failed', count: 7 });
  log(failed);
  assert.equal(passed.length, 8);
});

test('what clients cannot bring about passes always', () => {
  const passed: EmulatorEvent[] = [];
  const log = limitEvents((event) => passed.push(event), new ManualClock());
  for (let each = 0; each < 12; each += 1) log({ kind: 'subscription-expired', subscription: `s${each}` });
  assert.equal(passed.length, 12);
});
