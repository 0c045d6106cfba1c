import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idempotencyKeyOf } from './idempotency.ts';

test('a key is 1 to 255 printable ASCII characters', () => {
  assert.deepEqual(idempotencyKeyOf({}), { kind: 'absent' });
  for (const key of ['a', '~', 'with space', 'x'.repeat(255)]) {
    assert.deepEqual(idempotencyKeyOf({ 'idempotency-key': key }), { kind: 'key', key });
  }
  for (const key of ['', 'x'.repeat(256), 'é', 'a\tb', '\u007f']) {
    const result = idempotencyKeyOf({ 'idempotency-key': key });
    assert.ok(result.kind === 'refused');
    assert.equal(result.reply.status, 400);
    assert.match(result.reply.body, /header Idempotency-Key must be 1 to 255 printable ASCII characters, got /);
  }
});
