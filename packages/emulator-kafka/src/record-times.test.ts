import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { assignOffset, stampLogAppendTime } from './record-batch.ts';
import { offsetOfTimestamp } from './record-times.ts';
import { type BatchSpec, buildBatch } from './testing/batches.ts';

const batchAt = (offset: number, spec: BatchSpec): Buffer => {
  const batch = buildBatch(spec);
  assignOffset(batch, offset, 0);
  return batch;
};

const unordered: BatchSpec = { values: ['a', 'b', 'c', 'd'], timestampMs: 1000, timestampDeltas: [0, 50, 20, 90] };

const encodings = {
  'not compressed': { ...unordered },
  gzip: { ...unordered, attributes: 1, transform: (records: Buffer) => gzipSync(records) },
  zstd: { ...unordered, attributes: 4, transform: (records: Buffer) => zstdCompressSync(records) },
};

for (const [name, spec] of Object.entries(encodings)) {
  test(`the first record that is not older is found, ${name}`, async () => {
    const batch = batchAt(100, spec);
    assert.deepEqual(await offsetOfTimestamp(batch, 0, 0), { offset: 100, timestampMs: 1000 });
    assert.deepEqual(await offsetOfTimestamp(batch, 1001, 0), { offset: 101, timestampMs: 1050 });
    assert.deepEqual(await offsetOfTimestamp(batch, 1051, 0), { offset: 103, timestampMs: 1090 });
    assert.equal(await offsetOfTimestamp(batch, 1091, 0), undefined);
    assert.deepEqual(await offsetOfTimestamp(batch, 1001, 102), { offset: 102, timestampMs: 1020 });
    assert.equal(await offsetOfTimestamp(batch, 1000, 104), undefined);
  });
}

test('what cannot be looked into answers with its first offset', async () => {
  for (const attributes of [2, 3, 1]) {
    const batch = batchAt(100, { ...unordered, attributes });
    assert.deepEqual(await offsetOfTimestamp(batch, 1051, 0), { offset: 100, timestampMs: 1051 });
    assert.deepEqual(await offsetOfTimestamp(batch, 1051, 102), { offset: 102, timestampMs: 1051 });
  }
});

test('records that are no records answer with their first offset', async () => {
  const batch = batchAt(7, { ...unordered, transform: () => Buffer.from('not records') });
  assert.deepEqual(await offsetOfTimestamp(batch, 1051, 0), { offset: 7, timestampMs: 1051 });
});

test('a batch that the broker stamped has one time', async () => {
  const batch = batchAt(10, unordered);
  stampLogAppendTime(batch, 5000);
  assert.deepEqual(await offsetOfTimestamp(batch, 3000, 0), { offset: 10, timestampMs: 5000 });
  assert.equal(await offsetOfTimestamp(batch, 5001, 0), undefined);
});
