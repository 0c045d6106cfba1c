import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  assignOffset,
  checkBatch,
  clearLogAppendTime,
  HEADER_BYTES,
  readBatchHeader,
  stampLogAppendTime,
} from './record-batch.ts';
import { type BatchSpec, buildBatch } from './testing/batches.ts';

const MAX_BYTES = 1000;
const VERSION = 7;

const errorOf = (records: Buffer, version = VERSION): string => {
  const checked = checkBatch(records, MAX_BYTES, version);
  return checked.kind === 'valid' ? 'NONE' : checked.error;
};

test('a well-formed batch passes, with its header read', () => {
  const checked = checkBatch(
    buildBatch({ values: ['a', 'b'], producerId: 7, epoch: 1, sequence: 3, timestampMs: 5, timestampDeltas: [0, 9] }),
    MAX_BYTES,
    VERSION,
  );
  assert.equal(checked.kind, 'valid');
  assert.deepEqual(checked.kind === 'valid' && checked.header, {
    baseOffset: 0,
    lastOffsetDelta: 1,
    compression: 'none',
    logAppendTime: false,
    transactional: false,
    baseTimestampMs: 5,
    maxTimestampMs: 14,
    producerId: 7,
    producerEpoch: 1,
    baseSequence: 3,
    recordCount: 2,
  });
});

// What Apache Kafka 4.1 answered to the same bytes.
const refusals: readonly (readonly [string, BatchSpec, string])[] = [
  ['format 0', { magic: 0 }, 'INVALID_RECORD'],
  ['format 1', { magic: 1 }, 'INVALID_RECORD'],
  ['format 3', { magic: 3 }, 'CORRUPT_MESSAGE'],
  ['format -1', { magic: -1 }, 'CORRUPT_MESSAGE'],
  ['a wrong checksum', { crc: 1 }, 'CORRUPT_MESSAGE'],
  ['a length of 10', { length: 10 }, 'CORRUPT_MESSAGE'],
  ['a negative length', { length: -5 }, 'CORRUPT_MESSAGE'],
  ['a length beyond the request', { length: 1_000_000 }, 'INVALID_RECORD'],
  ['a base offset', { baseOffset: 5 }, 'INVALID_RECORD'],
  ['no records', { recordCount: 0 }, 'INVALID_RECORD'],
  ['a negative count', { recordCount: -1 }, 'INVALID_RECORD'],
  ['more records than offsets', { recordCount: 2 }, 'INVALID_RECORD'],
  ['more offsets than records', { lastOffsetDelta: 3 }, 'INVALID_RECORD'],
  ['a control batch', { attributes: 0x20 }, 'INVALID_RECORD'],
  ['a compression that does not exist', { attributes: 5 }, 'UNKNOWN_SERVER_ERROR'],
  ['a producer without sequence number', { producerId: 1, epoch: 0, sequence: -1 }, 'INVALID_RECORD'],
  ['too many bytes', { values: ['x'.repeat(MAX_BYTES)] }, 'MESSAGE_TOO_LARGE'],
  ['too many bytes and a wrong checksum', { values: ['x'.repeat(MAX_BYTES)], crc: 1 }, 'MESSAGE_TOO_LARGE'],
];

for (const [what, spec, error] of refusals) {
  test(`${what}: ${error}`, () => assert.equal(errorOf(buildBatch(spec)), error));
}

test('there must be exactly one whole batch; the beginning of another is left out', () => {
  const batch = buildBatch();
  assert.equal(errorOf(Buffer.alloc(0)), 'INVALID_RECORD');
  assert.equal(errorOf(Buffer.concat([batch, batch])), 'INVALID_RECORD');
  assert.equal(errorOf(Buffer.concat([batch, Buffer.alloc(13)])), 'CORRUPT_MESSAGE');
  for (let length = 0; length < batch.length; length += 1) {
    assert.equal(errorOf(batch.subarray(0, length)), 'INVALID_RECORD', `cut to ${length} bytes`);
  }
  const checked = checkBatch(Buffer.concat([batch, Buffer.alloc(11)]), MAX_BYTES, VERSION);
  assert.ok(checked.kind === 'valid' && checked.bytes.equals(batch));
});

test('the size limit counts the whole batch', () => {
  const ofSize = (bytes: number) => {
    const overhead = buildBatch({ values: ['x'.repeat(100)] }).length - 100;
    return buildBatch({ values: ['x'.repeat(bytes - overhead)] });
  };
  assert.equal(ofSize(MAX_BYTES).length, MAX_BYTES);
  assert.equal(errorOf(ofSize(MAX_BYTES)), 'NONE');
  assert.equal(errorOf(ofSize(MAX_BYTES + 1)), 'MESSAGE_TOO_LARGE');
});

test('zstd needs version 7 of the request', () => {
  assert.equal(errorOf(buildBatch({ attributes: 4 }), 6), 'UNSUPPORTED_COMPRESSION_TYPE');
  assert.equal(errorOf(buildBatch({ attributes: 4 }), 7), 'NONE');
});

test('no single flipped bit behind the header of the log passes', () => {
  const batch = buildBatch({ values: ['some', 'values'], producerId: 1, epoch: 0, sequence: 0 });
  for (let bit = 17 * 8; bit < batch.length * 8; bit += 1) {
    const flipped = Buffer.from(batch);
    flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    assert.notEqual(errorOf(flipped), 'NONE', `bit ${bit}`);
  }
});

test('bytes of any kind are judged, never thrown at', () => {
  const garbage = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .tuple(fc.nat(120), fc.nat(255))
      .map(([at, byte]) => Uint8Array.from(buildBatch(), (each, index) => (index === at ? byte : each))),
  );
  fc.assert(
    fc.property(garbage, (bytes) => {
      const before = buildBatch();
      if (!before.equals(bytes)) assert.equal(typeof errorOf(Buffer.from(bytes)), 'string');
    }),
    { numRuns: 2000 },
  );
});

test('the place in the log is set without touching the checksum', () => {
  const batch = buildBatch();
  assignOffset(batch, 2 ** 40 + 5, 3);
  assert.equal(readBatchHeader(batch).baseOffset, 2 ** 40 + 5);
  assert.equal(batch.readInt32BE(12), 3);
  assignOffset(batch, 0, -1);
  assert.ok(batch.equals(buildBatch()));
});

test("the broker's time is stamped and taken away with a checksum to match", () => {
  const batch = buildBatch({ timestampMs: 5 });
  stampLogAppendTime(batch, 1_800_000_000_000);
  const checked = checkBatch(batch, MAX_BYTES, VERSION);
  assert.equal(checked.kind, 'valid');
  assert.equal(readBatchHeader(batch).maxTimestampMs, 1_800_000_000_000);
  assert.equal(readBatchHeader(batch).logAppendTime, true);
  clearLogAppendTime(batch);
  assert.equal(checkBatch(batch, MAX_BYTES, VERSION).kind, 'valid');
  assert.equal(readBatchHeader(batch).logAppendTime, false);
});

test('a header alone is the smallest batch', () => {
  assert.equal(buildBatch({ transform: () => Buffer.alloc(0) }).length, HEADER_BYTES);
});
