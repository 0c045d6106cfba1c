import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type PublishResult, SluiceError } from '@sluice/core';
import { Lane } from './lane.ts';
import { PendingMessage } from './pending-message.ts';

const LIMITS = { messages: 3, bytes: 100 };
const down = new SluiceError('unavailable', 'down');

function messageOf(bytes: number, results: PublishResult[] = []): PendingMessage {
  const message = { topic: 't', orderingKey: 'k', bytes: Buffer.alloc(bytes) };
  return new PendingMessage(message, (result) => results.push(result));
}

function laneOf(orderingKey: string, ...messages: readonly PendingMessage[]): Lane {
  const lane = new Lane('t', orderingKey, 2);
  for (const message of messages) lane.add(message);
  return lane;
}

it('takes messages in order, as many as a request may have, and one at least', () => {
  const small = [messageOf(1), messageOf(1), messageOf(1), messageOf(1)];
  const large = [messageOf(500), messageOf(1)];
  const lane = laneOf('', ...small, ...large);
  assert.deepEqual(lane.take(LIMITS).messages, small.slice(0, 3));
  assert.deepEqual(lane.take(LIMITS).messages, small.slice(3));
  assert.deepEqual(lane.take(LIMITS).messages, large.slice(0, 1));
  assert.deepEqual(lane.take(LIMITS).messages, large.slice(1));
});

it('has one request under way with an ordering key, and several without', () => {
  for (const [key, more] of [
    ['k', false],
    ['', true],
  ] as const) {
    const lane = laneOf(key, messageOf(1), messageOf(1), messageOf(1));
    const one = { ...LIMITS, messages: 1 };
    const batch = lane.take(one);
    assert.equal(lane.canSend, more);
    if (more) lane.take(one);
    assert.equal(lane.canSend, false);
    lane.done(batch);
    assert.equal(lane.canSend, true);
  }
});

it('fails what waits behind a failed message of a key, and gives up what is under way', () => {
  const results: PublishResult[] = [];
  const lane = laneOf('k', messageOf(1, results), messageOf(1, results));
  const batch = lane.take({ ...LIMITS, messages: 1 });
  lane.failBehind(down);
  assert.deepEqual(
    results.map((result) => result.kind === 'failed' && (result.error as SluiceError).code),
    ['unavailable', 'unavailable'],
  );
  assert.ok(batch.givenUp.signal.aborted);
  lane.done(batch);
  assert.ok(lane.isIdle);
});

it('fails nothing behind a message without a key', () => {
  const results: PublishResult[] = [];
  const lane = laneOf('', messageOf(1, results));
  lane.failBehind(down);
  assert.deepEqual(results, []);
});

it('gives a request up only when none of its messages is waited for', () => {
  const [a, b] = [messageOf(1), messageOf(1)];
  const lane = laneOf('', a, b);
  const batch = lane.take(LIMITS);
  a.failed(down);
  lane.sweep();
  assert.equal(batch.givenUp.signal.aborted, false);
  b.failed(down);
  lane.sweep();
  assert.equal(batch.givenUp.signal.aborted, true);
});
