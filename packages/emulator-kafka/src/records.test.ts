import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HEADER_BYTES } from './record-batch.ts';
import { checkRecords } from './records.ts';
import { buildBatch } from './testing/batches.ts';

const recordsOf = (spec: Parameters<typeof buildBatch>[0]): Buffer => buildBatch(spec).subarray(HEADER_BYTES);
const verdictOn = (bytes: readonly number[], count = 1): string => checkRecords(Buffer.from(bytes), count).kind;

test('records are taken as they are built, and those without a key are found', () => {
  const records = recordsOf({ values: ['a', '', 'c'.repeat(70_000), 'd'], keys: ['k', null, '', null] });
  assert.deepEqual(checkRecords(records, 4), { kind: 'valid', withoutKey: [1, 3] });
});

test('what else a record may be', () => {
  assert.equal(verdictOn([14, 0, 0, 0, 1, 2, 97, 0]), 'valid');
  // Apache Kafka takes any negative length for null.
  assert.equal(verdictOn([14, 0, 0, 0, 3, 2, 97, 0]), 'valid');
  const header = [2, 2, 104, 1];
  assert.equal(verdictOn([20, 0, 0, 0, 1, 2, 97, ...header]), 'valid');
  const widestTime = Array.from({ length: 9 }, () => 0xff);
  assert.equal(verdictOn([32, 0, ...widestTime, 1, 0, 1, 2, 97, 0]), 'valid');
});

// Each was refused by Apache Kafka 4.1 as INVALID_RECORD, or is its kind.
const broken: Readonly<Record<string, readonly number[]>> = {
  nothing: [],
  rubbish: [1, 2, 3, 4, 5],
  'a negative length': [1],
  'a length beyond the end': [16, 0, 0, 0, 1, 2, 97, 0],
  'a length that is too short': [12, 0, 0, 0, 1, 2, 97, 0],
  'a length that does not end': [0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  'a key beyond the end': [14, 0, 0, 0, 100, 2, 97, 0],
  'a value beyond the end': [14, 0, 0, 0, 1, 100, 97, 0],
  'a negative number of headers': [14, 0, 0, 0, 1, 2, 97, 1],
  'more headers than there are': [22, 0, 0, 0, 1, 2, 97, 0xfe, 0xff, 0xff, 0xff, 0x0f],
  'a header without a key': [20, 0, 0, 0, 1, 2, 97, 2, 1, 2, 104],
  'a time of eleven bytes': [34, 0, ...Array.from({ length: 10 }, () => 0xff), 1, 0, 1, 2, 97, 0],
};

for (const [what, bytes] of Object.entries(broken)) {
  test(`${what} is no record`, () => assert.equal(verdictOn(bytes), 'broken'));
}

test('there are exactly as many records as the batch says', () => {
  const records = recordsOf({ values: ['a', 'b'] });
  for (const count of [0, 1, 3, 2 ** 31 - 1]) assert.equal(checkRecords(records, count).kind, 'broken', `${count}`);
});

test('no cut and no byte too many passes', () => {
  const records = recordsOf({ values: ['some', 'values'], keys: ['k'] });
  for (let length = 0; length < records.length; length += 1) {
    assert.equal(checkRecords(records.subarray(0, length), 2).kind, 'broken', `cut to ${length} bytes`);
  }
  assert.equal(checkRecords(Buffer.concat([records, Buffer.alloc(1)]), 2).kind, 'broken');
});

test('bytes of any kind are judged, never thrown at', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(5), (bytes, count) => {
      assert.match(checkRecords(bytes, count).kind, /^(valid|broken)$/);
    }),
    { numRuns: 5000 },
  );
});
