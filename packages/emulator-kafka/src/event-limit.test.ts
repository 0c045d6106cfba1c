import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ManualClock } from '@sluice/durable-log';
import { limitEvents } from './event-limit.ts';
import type { BrokerEvent } from './events.ts';
import { testBroker } from './testing/broker.ts';

const refused = (reason: string): BrokerEvent => ({ kind: 'frame-refused', client: 'c', reason });

function limited(): { log: (event: BrokerEvent) => void; clock: ManualClock; take: () => BrokerEvent[] } {
  const clock = new ManualClock();
  const events: BrokerEvent[] = [];
  return { log: limitEvents((event) => events.push(event), clock), clock, take: () => events.splice(0) };
}

test('the first events of a second are told in full, the rest as a number when it is over', () => {
  const { log, clock, take } = limited();
  for (let each = 0; each < 100; each += 1) log(refused(`${each}`));
  assert.deepEqual(take(), ['0', '1', '2', '3', '4'].map(refused));
  clock.advance(999);
  assert.deepEqual(take(), []);
  clock.advance(1);
  assert.deepEqual(take(), [{ kind: 'left-out', of: 'frame-refused', count: 95 }]);
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
  const unread: BrokerEvent = { kind: 'answer-unread', client: 'c', unreadMs: 1 };
  const removed: BrokerEvent = { kind: 'log', name: 't', event: { kind: 'index-rebuilt', segment: 's' } };
  log(unread);
  for (let each = 0; each < 10; each += 1) log(removed);
  assert.deepEqual(take(), [unread, ...Array.from({ length: 10 }, () => removed)]);
});

test('a client that sends rubbish in a loop does not flood the log', async (context) => {
  const clock = new ManualClock();
  const events: BrokerEvent[] = [];
  const { connect } = await testBroker(context, { clock, onEvent: (event) => events.push(event) });
  for (let each = 0; each < 50; each += 1) {
    const client = await connect();
    client.socket.write('GET / HTTP/1.1\r\n\r\n');
    await client.closed();
  }
  await turn();
  clock.advance(1000);
  assert.deepEqual(
    events.map(({ kind }) => kind),
    [...Array.from({ length: 5 }, () => 'frame-refused'), 'left-out'],
  );
});
