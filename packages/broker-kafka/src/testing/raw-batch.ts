import { crc32c } from '@node-rs/crc32';
import { varintSize, writeVarint } from '../records/varint.ts';

/** What a record says of itself, be it so or not. */
export interface RawRecord {
  readonly value: Buffer;
  /** Default: the value's own. */
  readonly valueLength?: number;
  /** No header follows, whatever is said here. Default 0. */
  readonly headerCount?: number;
  /** What stands behind the headers. */
  readonly tail?: Buffer;
}

/** A record without a key, at `offsetDelta` from its batch's first offset. */
export function rawRecord(offsetDelta: number, { value, valueLength, headerCount, tail }: RawRecord): Buffer {
  const record = Buffer.concat([
    Buffer.of(0),
    varint(0),
    varint(offsetDelta),
    varint(-1),
    varint(valueLength ?? value.length),
    value,
    varint(headerCount ?? 0),
    tail ?? Buffer.of(),
  ]);
  return Buffer.concat([varint(record.length), record]);
}

/** What a batch says of itself, be it so or not. */
export interface RawBatch {
  /** Which compression the records are said to have; they are written as they are. Default 0, none. */
  readonly codec?: number;
  /** Default: as many as there are. */
  readonly count?: number;
  readonly lastOffsetDelta?: number;
}

/** A record batch whose checksum fits, whatever else does not. */
export function rawBatch(baseOffset: number, records: readonly Buffer[], given: RawBatch = {}): Buffer {
  const { codec = 0, count = records.length, lastOffsetDelta = count - 1 } = given;
  const batch = Buffer.concat([Buffer.alloc(HEADER_BYTES), ...records]);
  batch.writeBigInt64BE(BigInt(baseOffset), 0);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt32BE(-1, 12);
  batch.writeInt8(2, 16);
  batch.writeInt16BE(codec, 21);
  batch.writeInt32BE(lastOffsetDelta, 23);
  batch.writeBigInt64BE(TIME_MS, 27);
  batch.writeBigInt64BE(TIME_MS, 35);
  batch.writeBigInt64BE(-1n, 43);
  batch.writeInt16BE(-1, 51);
  batch.writeInt32BE(-1, 53);
  batch.writeInt32BE(count, 57);
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

const HEADER_BYTES = 61;
const TIME_MS = 1_000n;

function varint(value: number): Buffer {
  const bytes = Buffer.alloc(varintSize(value));
  writeVarint(bytes, 0, value);
  return bytes;
}
