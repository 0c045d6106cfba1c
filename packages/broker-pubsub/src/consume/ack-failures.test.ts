import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ackFailures } from './ack-failures.ts';

const IDS = ['a', 'b', 'c'];
const named = (errorInfoMetadata: unknown): Error => Object.assign(new Error('some failed'), { errorInfoMetadata });

it('tries again what failed for a passing reason, and nothing that came through', () => {
  const error = named({
    a: 'TRANSIENT_FAILURE_INVALID_ACK_ID',
    b: 'PERMANENT_FAILURE_INVALID_ACK_ID',
    x: 'TRANSIENT_FAILURE_INVALID_ACK_ID',
  });
  assert.deepEqual(ackFailures(error, IDS, false), { again: ['a'], lost: 1 });
});

it('goes by the error where it names no acknowledgement', () => {
  for (const error of [new Error('down'), named({ service: 'pubsub.googleapis.com' }), named(null), named('x'), 'x']) {
    assert.deepEqual(ackFailures(error, IDS, true), { again: IDS, lost: 0 });
    assert.deepEqual(ackFailures(error, IDS, false), { again: [], lost: 3 });
  }
});
