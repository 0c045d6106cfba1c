import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentMap } from './recent-map.ts';

test('no more entries are kept than allowed, and those that were set last', () => {
  const entries = new RecentMap<number>(2);
  for (const [key, value] of [
    ['a', 1],
    ['b', 2],
    ['a', 3],
    ['c', 4],
  ] as const) {
    entries.set(key, value);
  }
  assert.deepEqual(
    ['a', 'b', 'c'].map((key) => entries.get(key)),
    [3, undefined, 4],
  );
  entries.delete('a');
  assert.equal(entries.get('a'), undefined);
});
