import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deadLetterItem } from '@sluice/contract-tests';
import { openProbe } from '../testing/probe.ts';
import { serverForFile } from '../testing/server.ts';
import { bounded } from './dead-letter-bounds.ts';

const { url } = await serverForFile();
const MEBIBYTE = 2 ** 20;

function letterOf({ key = 0, value = 0, headers = [] }: { key?: number; value?: number; headers?: readonly number[] }) {
  const { deadLetter } = deadLetterItem(0, { detail: 'no JSON' });
  const record = {
    ...deadLetter.record,
    key: Buffer.alloc(key, 'k'),
    value: Buffer.alloc(value, 'v'),
    headers: headers.map((size) => ({ name: 'name', value: Buffer.alloc(size, 'h') })),
  };
  return { ...deadLetter, record };
}

test('a dead letter that fits is the same', () => {
  const letter = letterOf({ key: MEBIBYTE, value: 16 * MEBIBYTE, headers: [4 * MEBIBYTE - 4] });
  assert.equal(bounded(letter), letter);
});

test('a larger one is stored with its first bytes, and says so', async () => {
  await using probe = await openProbe({ url });
  const letter = letterOf({ key: MEBIBYTE + 1, value: 400 * MEBIBYTE, headers: [5, 4 * MEBIBYTE, 5] });
  const items = [{ kind: 'dead-letter', deadLetter: letter } as const];
  assert.deepEqual(await probe.store.writer.apply({ group: 'g', items, advance: null }), [{ kind: 'dead-lettered' }]);
  const [kept] = await probe.deadLetters();
  assert.equal(
    kept?.detail,
    'no JSON (of 1048577 bytes of its key, the first 1048576 are kept; ' +
      'of 419430400 bytes of its value, the first 16777216 are kept; of its 3 headers, the first 1 are kept)',
  );
  assert.deepEqual(
    [kept.record.key?.length, kept.record.value?.length, kept.record.headers.length, kept.record.position],
    [MEBIBYTE, 16 * MEBIBYTE, 1, letter.record.position],
  );
  assert.ok(kept.record.value?.equals(letter.record.value.subarray(0, 16 * MEBIBYTE)));
});
