import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '@sluice/durable-log';
import { Deadlines } from './deadlines.ts';

interface Thing {
  readonly name: string;
  dueMs: number;
}

function open() {
  const clock = new ManualClock(1_000);
  const due: string[] = [];
  const deadlines = new Deadlines<Thing>(clock, (things) => due.push(things.map(({ name }) => name).join('+')));
  return { clock, due, deadlines };
}

const thing = (name: string): Thing => ({ name, dueMs: 0 });

test('what is due at one time is due together, and in the order of the times', () => {
  const { clock, due, deadlines } = open();
  deadlines.set(thing('late'), 1_300);
  deadlines.set(thing('a'), 1_100);
  deadlines.set(thing('soon'), 1_050);
  deadlines.set(thing('b'), 1_100);
  assert.equal(clock.pending, 1);
  clock.advance(99);
  assert.deepEqual(due, ['soon']);
  clock.advance(1);
  assert.deepEqual(due, ['soon', 'a+b']);
  clock.advance(1_000);
  assert.deepEqual(due, ['soon', 'a+b', 'late']);
  assert.equal(clock.pending, 0);
});

test('what was moved or removed is not due at its old time', () => {
  const { clock, due, deadlines } = open();
  const [moved, removed] = [thing('moved'), thing('removed')];
  deadlines.set(moved, 1_100);
  deadlines.set(removed, 1_100);
  deadlines.set(moved, 1_200);
  deadlines.remove(removed);
  clock.advance(199);
  assert.deepEqual(due, []);
  clock.advance(1);
  assert.deepEqual(due, ['moved']);
});

test('what is due already is due at the next turn of the clock', () => {
  const { clock, due, deadlines } = open();
  deadlines.set(thing('past'), 500);
  clock.advance(0);
  assert.deepEqual(due, ['past']);
});

test('times at which nothing is due any more take no memory', () => {
  const { deadlines } = open();
  const moving = thing('moving');
  for (let atMs = 0; atMs < 100_000; atMs += 1) deadlines.set(moving, 1_000_000 + atMs);
  assert(deadlines.times < 1_100, `${deadlines.times}`);
});
