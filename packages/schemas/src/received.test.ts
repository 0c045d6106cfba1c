import assert from 'node:assert/strict';
import { it } from 'node:test';
import { received } from './received.ts';

it('names any value in a few characters', () => {
  assert.equal(received(undefined), 'nothing');
  assert.equal(received(null), 'null');
  assert.equal(received(false), 'false');
  assert.equal(received(1e21), '1e+21');
  assert.equal(received('a"\n'), String.raw`"a\"\u000a"`);
  assert.equal(received('x'.repeat(1_000_000)), `"${'x'.repeat(80)}…"`);
  assert.equal(received([1, [2]]), 'an array of 2');
  assert.equal(received({ a: 1 }), 'an object');
});
