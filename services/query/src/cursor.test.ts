import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { instantFromMs } from '@sluice/core';
import fc from 'fast-check';
import { decodeCursor, encodeCursor } from './cursor.ts';

test('a cursor comes back as the page’s end that it was made of, and needs no escaping in a URL', () => {
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 45), max: 2 ** 45 }), fc.uuid(), (ms, id) => {
      const end = { createdAt: instantFromMs(ms), id };
      const cursor = encodeCursor(end);
      assert.equal(encodeURIComponent(cursor), cursor);
      assert.deepEqual(decodeCursor(cursor), end);
    }),
  );
});

test('what was not given out is no cursor', () => {
  const good = `2026-01-02T15:04:05.123456Z ${randomUUID()}`;
  const encoded = (text: string): string => Buffer.from(text).toString('base64url');
  assert.ok(decodeCursor(encoded(good)));
  for (const text of [
    '',
    ' ',
    'x',
    good,
    encoded(''),
    encoded(`${good} `),
    encoded(good.toUpperCase()),
    encoded(good.replace('.123456', '')),
    encoded(good.replace('2026', '2026é')),
    encoded(good.slice(0, -1)),
    encoded(`${good}\0`),
    `${encoded(good)}=`,
    'A'.repeat(10_000),
  ]) {
    assert.equal(decodeCursor(text), undefined, text.slice(0, 60));
  }
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void decodeCursor(text)));
});
