import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentTexts } from './recent-texts.ts';

test('no more texts are kept than allowed, and those that were added last', () => {
  const texts = new RecentTexts(2);
  for (const text of ['a', 'b', 'a', 'c']) texts.add(text);
  assert.deepEqual(
    ['a', 'b', 'c'].map((text) => texts.has(text)),
    [true, false, true],
  );
});
