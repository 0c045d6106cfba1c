import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ERROR_CODES, type ErrorCode, isRetryable, SluiceError, wantsReassignment } from './errors.ts';

/** What becomes of a subscription that met the error: wait and try again, look at the store anew, or end. */
const FATES: Readonly<Record<ErrorCode, 'waits' | 'asks anew' | 'ends'>> = {
  unavailable: 'waits',
  contention: 'waits',
  overloaded: 'waits',
  'position-conflict': 'asks anew',
  'generation-changed': 'asks anew',
  'invalid-data': 'ends',
  'log-mismatch': 'ends',
  'log-truncated': 'ends',
  'too-large': 'ends',
  unauthorized: 'ends',
  misconfigured: 'ends',
  closed: 'ends',
};

describe('SluiceError', () => {
  for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
    it(`${code}: ${FATES[code]}`, () => {
      const error = new SluiceError(code, 'why', { cause: 'driver' });
      assert.equal(isRetryable(error), FATES[code] === 'waits');
      assert.equal(wantsReassignment(error), FATES[code] !== 'ends');
      assert.deepEqual([error.code, error.message, error.cause, error.name], [code, 'why', 'driver', 'SluiceError']);
    });
  }

  it('is the only kind of error that is waited for: one of unknown origin may be a bug', () => {
    for (const error of [new Error('ECONNREFUSED'), { code: 'unavailable', retryable: true }, undefined]) {
      assert.equal(isRetryable(error), false);
      assert.equal(wantsReassignment(error), false);
    }
  });
});
