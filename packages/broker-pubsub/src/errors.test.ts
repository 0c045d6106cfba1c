import assert from 'node:assert/strict';
import { it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { SluiceError } from '@sluice/core';
import { fromGrpc, fromPublish } from './errors.ts';

const grpcError = (code: status, details = 'what the server says'): Error =>
  Object.assign(new Error(`${code} ${status[code]}: ${details}`), { code, details });

for (const [code, meaning] of [
  [status.UNAVAILABLE, 'unavailable'],
  [status.DEADLINE_EXCEEDED, 'unavailable'],
  [status.ABORTED, 'unavailable'],
  [status.INTERNAL, 'unavailable'],
  [status.NOT_FOUND, 'unavailable'],
  [status.RESOURCE_EXHAUSTED, 'unavailable'],
  [status.PERMISSION_DENIED, 'unauthorized'],
  [status.UNAUTHENTICATED, 'unauthorized'],
  [status.INVALID_ARGUMENT, 'misconfigured'],
  [status.FAILED_PRECONDITION, 'misconfigured'],
  [status.UNIMPLEMENTED, 'misconfigured'],
] as const) {
  it(`takes ${status[code]} for ${meaning}, and says what was asked and answered`, () => {
    const cause = grpcError(code);
    const error = fromGrpc(cause, 'asking');
    assert.deepEqual([error.code, error.message, error.cause], [meaning, 'asking: what the server says', cause]);
  });
}

it('has a meaning for every code of gRPC', () => {
  for (const code of Object.values(status)) {
    if (typeof code !== 'number' || code === status.OK) continue;
    // Without one it would be told by its text.
    assert.notEqual(fromGrpc(grpcError(code, 'no credential'), 'x').message, '');
    if (code !== status.PERMISSION_DENIED && code !== status.UNAUTHENTICATED) {
      assert.notEqual(fromGrpc(grpcError(code, 'no credential'), 'x').code, 'unauthorized', status[code]);
    }
  }
});

it('tells a request that is too long from a quota', () => {
  const long = 'Received message larger than max (4194364 vs. 4194304)';
  assert.equal(fromGrpc(grpcError(status.RESOURCE_EXHAUSTED, long), 'x').code, 'too-large');
});

it('takes what is refused of messages for their fault', () => {
  assert.equal(fromPublish(grpcError(status.INVALID_ARGUMENT, 'not of the schema'), 'x').code, 'invalid-data');
  const long = 'The value for request_size is too large. You passed 10000558';
  assert.equal(fromPublish(grpcError(status.INVALID_ARGUMENT, long), 'x').code, 'too-large');
  assert.equal(fromPublish(grpcError(status.UNAVAILABLE), 'x').code, 'unavailable');
});

it('takes missing credentials for that, other errors for what passes, and its own as they are', () => {
  assert.equal(fromGrpc(new Error('Could not load the default credentials.'), 'x').code, 'unauthorized');
  assert.equal(fromGrpc(new Error('socket hang up'), 'x').code, 'unavailable');
  const own = new SluiceError('closed', 'closed');
  assert.equal(fromGrpc(own, 'x'), own);
});
