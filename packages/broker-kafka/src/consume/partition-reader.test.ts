import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeBody, mostBatchBytes, writeBatch } from '../records/record-writer.ts';
import { PartitionReader } from './partition-reader.ts';

const PLACE = { topic: 't', partition: 0 };

/** What a fetch brings: `count` records from `offset` on, each of so many bytes. */
function fetched(offset: number, count: number, bytes = 10) {
  const record = { topic: 't', key: 'k', value: Buffer.alloc(bytes), headers: [] };
  const records = Array.from({ length: count }, () => ({ body: encodeBody(record), timestampMs: 0 }));
  const room = Buffer.alloc(mostBatchBytes(records));
  const end = writeBatch(room, 0, records, { producerId: -1n, producerEpoch: -1, baseSequence: -1 });
  const batch = room.subarray(0, end);
  batch.writeBigInt64BE(BigInt(offset), 0);
  const nextOffset = offset + count;
  return { kind: 'records', set: { ...PLACE, bytes: batch, aborted: [] }, nextOffset, endOffset: 1_000 } as const;
}

function readerAt(offset: number, ...fetches: ReturnType<typeof fetched>[]): PartitionReader {
  const reader = new PartitionReader(PLACE);
  reader.startAt(offset);
  for (const each of fetches) reader.push(each);
  return reader;
}

const offsets = (reader: PartitionReader): number[] =>
  (reader.take()?.records ?? []).map(({ position }) => (position.kind === 'offset' ? position.offset : -1));

describe('PartitionReader', () => {
  it('hands small fetches over together, up to two megabytes', () => {
    const reader = readerAt(0, fetched(0, 2), fetched(2, 3), fetched(5, 1, 1_500_000), fetched(6, 1, 1_500_000));
    assert.deepEqual(offsets(reader), [0, 1, 2, 3, 4, 5]);
    assert.deepEqual(offsets(reader), [6]);
    assert.deepEqual([reader.queuedBytes, reader.hasPortion, reader.take()], [0, false, undefined]);
  });

  it('hands a large fetch over as it came', () => {
    const reader = readerAt(0, fetched(0, 3, 2_000_000));
    assert.deepEqual(offsets(reader), [0, 1, 2]);
  });

  it('begins where it was told to, in the middle of a batch', () => {
    assert.deepEqual(offsets(readerAt(3, fetched(0, 5))), [3, 4]);
  });

  it('keeps the rest of a portion for the next, and what was fetched meanwhile after it', () => {
    const reader = readerAt(0, fetched(0, 5));
    const portion = reader.take();
    assert.ok(portion);
    reader.push(fetched(5, 1));
    assert.equal(reader.settle(portion, { count: 2 }), undefined);
    assert.deepEqual(offsets(reader), [2, 3, 4]);
    assert.deepEqual(offsets(reader), [5]);
  });

  it('forgets what it has when it is to read on from elsewhere', () => {
    const reader = readerAt(0, fetched(0, 5), fetched(5, 1, 2_000_000));
    const portion = reader.take();
    assert.ok(portion);
    assert.equal(reader.settle(portion, { count: 0, resumeAt: 2 }), 2);
    assert.deepEqual([reader.hasPortion, reader.queuedBytes, reader.fetchFrom], [false, 0, 2]);
  });

  it('honours nothing that comes after it was revoked', () => {
    const reader = readerAt(0, fetched(0, 5));
    const portion = reader.take();
    assert.ok(portion);
    reader.revoke();
    assert.equal(reader.signal.aborted, true);
    assert.equal(reader.settle(portion, { count: 1, resumeAt: 4 }), undefined);
    assert.deepEqual([reader.isReading, reader.hasPortion], [false, false]);
  });
});
