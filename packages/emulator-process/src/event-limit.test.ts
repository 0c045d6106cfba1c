import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '@sluice/durable-log';
import { limitEvents } from './event-limit.ts';

type Event =
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unread' }
  | { readonly kind: 'recovered' }
  | { readonly kind: 'left-out'; readonly of: string; readonly count: number };

const refused = (reason: string): Event => ({ kind: 'refused', reason });

function limited(): { log: (event: Event) => void; clock: ManualClock; take: () => Event[] } {
  const clock = new ManualClock();
  const events: Event[] = [];
  const log = limitEvents<Event>((event) => events.push(event), {
    clock,
    always: new Set(['recovered']),
    leftOut: (of, count) => ({ kind: 'left-out', of, count }),
  });
  return { log, clock, take: () => events.splice(0) };
}

test('the first events of a second are told in full, the rest as a number when it is over', () => {
  const { log, clock, take } = limited();
  for (let each = 0; each < 100; each += 1) log(refused(`${each}`));
  assert.deepEqual(take(), ['0', '1', '2', '3', '4'].map(refused));
  clock.advance(999);
  assert.deepEqual(take(), []);
  clock.advance(1);
  assert.deepEqual(take(), [{ kind: 'left-out', of: 'refused', count: 95 }]);
});

test('a flood that goes on is a few lines a second, and all of it is counted', () => {
  const { log, clock, take } = limited();
  for (let second = 0; second < 10; second += 1) {
    for (let each = 0; each < 1000; each += 1) {
      log(refused('x'));
      clock.advance(1);
    }
  }
  clock.advance(1000);
  const events = take();
  assert.ok(events.length <= 66, `${events.length} events`);
  const told = events.reduce((sum, event) => sum + (event.kind === 'left-out' ? event.count : 1), 0);
  assert.equal(told, 10_000);
});

test('events in their own time all pass, and nothing is left over', () => {
  const { log, clock, take } = limited();
  for (let each = 0; each < 20; each += 1) {
    log(refused(`${each}`));
    clock.advance(250);
  }
  assert.equal(take().length, 20);
  assert.equal(clock.pending, 0);
});

test('a flood of one kind hides no other', () => {
  const { log, take } = limited();
  for (let each = 0; each < 100; each += 1) log(refused('x'));
  take();
  const unread: Event = { kind: 'unread' };
  const removed: Event = { kind: 'recovered' };
  log(unread);
  for (let each = 0; each < 10; each += 1) log(removed);
  assert.deepEqual(take(), [unread, ...Array.from({ length: 10 }, () => removed)]);
});
