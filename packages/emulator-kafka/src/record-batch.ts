import { crc32c } from '@node-rs/crc32';
import type { ErrorName } from './protocol/errors.ts';
import { checkRecords } from './records.ts';

/*
 * A record batch of format 2, the only one there is since Kafka 4. Its header is
 *
 *     base_offset int64, batch_length int32 (of what follows), partition_leader_epoch int32, magic int8, crc uint32
 *     (CRC-32C of what follows), attributes int16, last_offset_delta int32, base_timestamp int64, max_timestamp int64,
 *     producer_id int64, producer_epoch int16, base_sequence int32, record_count int32, records
 *
 * so the broker may set base offset and leader epoch without touching the checksum.
 */
const AT = {
  baseOffset: 0,
  batchLength: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
} as const;

export const HEADER_BYTES = 61;

/** What `batch_length` does not count: the base offset and itself. */
const LENGTH_OVERHEAD = 12;

const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd' | 'unknown';

const COMPRESSIONS: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

export interface BatchHeader {
  readonly baseOffset: number;
  readonly lastOffsetDelta: number;
  readonly compression: Compression;
  readonly logAppendTime: boolean;
  readonly transactional: boolean;
  readonly baseTimestampMs: number;
  readonly maxTimestampMs: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly recordCount: number;
}

export function readBatchHeader(batch: Buffer): BatchHeader {
  const attributes = batch.readInt16BE(AT.attributes);
  return {
    baseOffset: readInt64(batch, AT.baseOffset),
    lastOffsetDelta: batch.readInt32BE(AT.lastOffsetDelta),
    compression: COMPRESSIONS[attributes & 0x07] ?? 'unknown',
    logAppendTime: (attributes & LOG_APPEND_TIME) !== 0,
    transactional: (attributes & TRANSACTIONAL) !== 0,
    baseTimestampMs: readInt64(batch, AT.baseTimestamp),
    maxTimestampMs: readInt64(batch, AT.maxTimestamp),
    producerId: readInt64(batch, AT.producerId),
    producerEpoch: batch.readInt16BE(AT.producerEpoch),
    baseSequence: batch.readInt32BE(AT.baseSequence),
    recordCount: batch.readInt32BE(AT.recordCount),
  };
}

export interface ValidBatch {
  readonly kind: 'valid';
  readonly bytes: Buffer;
  readonly header: BatchHeader;
}

/** A batch that may be appended, or why not. */
export type CheckedBatch =
  | ValidBatch
  | { readonly kind: 'refused'; readonly error: ErrorName; readonly message: string };

const refused = (error: ErrorName, message: string): CheckedBatch => ({ kind: 'refused', error, message });

/**
 * Holds a partition's part of a produce request against the rules of Apache Kafka 4.1, with its errors: exactly one batch
 * of format 2, not too large, with a checksum that matches, and offsets, count and producer fields that fit each other
 * and, where nothing is compressed, the records.
 */
export function checkBatch(records: Buffer, maxBatchBytes: number, requestVersion: number): CheckedBatch {
  const first = nextBatch(records, 0);
  if (first.kind === 'corrupt') return refused('CORRUPT_MESSAGE', first.message);
  if (first.kind === 'none') return refused('INVALID_RECORD', 'a partition needs one whole record batch');
  if (first.magic !== 2) return refused('INVALID_RECORD', `record batches must be of format 2, got ${first.magic}`);
  const second = nextBatch(records, first.bytes);
  if (second.kind === 'corrupt') return refused('CORRUPT_MESSAGE', second.message);
  if (second.kind === 'batch') return refused('INVALID_RECORD', 'a partition may have one record batch only');
  const { bytes } = first;
  if (bytes < HEADER_BYTES)
    return refused('CORRUPT_MESSAGE', `a record batch of ${bytes} bytes has no room for its header`);
  const batch = records.subarray(0, bytes);
  const header = readBatchHeader(batch);
  if (header.compression === 'zstd' && requestVersion < ZSTD_SINCE) {
    return refused('UNSUPPORTED_COMPRESSION_TYPE', `zstd needs produce requests of version ${ZSTD_SINCE}`);
  }
  if (bytes > maxBatchBytes) {
    return refused('MESSAGE_TOO_LARGE', `the record batch has ${bytes} bytes, max.message.bytes is ${maxBatchBytes}`);
  }
  if (crc32c(batch.subarray(AT.attributes)) !== batch.readUInt32BE(AT.crc)) {
    return refused('CORRUPT_MESSAGE', 'the record batch does not match its checksum');
  }
  return checkHeader(batch, header);
}

const ZSTD_SINCE = 7;

/** No record of any format is smaller. */
const MIN_RECORD_BYTES = 14;

type NextBatch =
  | { readonly kind: 'batch'; readonly bytes: number; readonly magic: number }
  /** Nothing, or the beginning of a batch, which is left out. */
  | { readonly kind: 'none' }
  | { readonly kind: 'corrupt'; readonly message: string };

function nextBatch(records: Buffer, at: number): NextBatch {
  const left = records.length - at;
  if (left < LENGTH_OVERHEAD) return { kind: 'none' };
  const length = records.readInt32BE(at + AT.batchLength);
  if (length < MIN_RECORD_BYTES)
    return { kind: 'corrupt', message: `a record batch cannot have a length of ${length}` };
  if (left <= AT.magic) return { kind: 'none' };
  const magic = records.readInt8(at + AT.magic);
  if (magic < 0 || magic > 2) return { kind: 'corrupt', message: `there is no record format ${magic}` };
  const bytes = length + LENGTH_OVERHEAD;
  return bytes > left ? { kind: 'none' } : { kind: 'batch', bytes, magic };
}

function checkHeader(bytes: Buffer, header: BatchHeader): CheckedBatch {
  const { baseOffset, lastOffsetDelta, recordCount, producerId, baseSequence } = header;
  if (baseOffset !== 0) return refused('INVALID_RECORD', `the base offset must be 0, got ${baseOffset}`);
  if (recordCount <= 0 || lastOffsetDelta !== recordCount - 1) {
    return refused('INVALID_RECORD', `${recordCount} records do not fit a last offset delta of ${lastOffsetDelta}`);
  }
  if ((bytes.readInt16BE(AT.attributes) & CONTROL) !== 0) {
    return refused('INVALID_RECORD', 'clients may not write control records');
  }
  if (header.compression === 'unknown') return refused('UNKNOWN_SERVER_ERROR', 'the compression is not known');
  if (producerId >= 0 && baseSequence < 0) {
    return refused('INVALID_RECORD', `producer ${producerId} sent sequence number ${baseSequence}`);
  }
  if (header.compression === 'none') {
    const records = checkRecords(bytes.subarray(HEADER_BYTES), recordCount);
    if (records.kind === 'broken') return refused('INVALID_RECORD', records.message);
  }
  return { kind: 'valid', bytes, header };
}

/** Puts the batch at its place in the log. The checksum does not cover what is changed. */
export function assignOffset(batch: Buffer, baseOffset: number, leaderEpoch: number): void {
  writeInt64(batch, AT.baseOffset, baseOffset);
  batch.writeInt32BE(leaderEpoch, AT.leaderEpoch);
}

/** For a topic with `message.timestamp.type=LogAppendTime`: one time for all records, and a checksum to match. */
export function stampLogAppendTime(batch: Buffer, nowMs: number): void {
  batch.writeInt16BE(batch.readInt16BE(AT.attributes) | LOG_APPEND_TIME, AT.attributes);
  writeInt64(batch, AT.maxTimestamp, nowMs);
  batch.writeUInt32BE(crc32c(batch.subarray(AT.attributes)), AT.crc);
}

/** For any other topic: a client cannot say that the broker stamped its records. */
export function clearLogAppendTime(batch: Buffer): void {
  batch.writeInt16BE(batch.readInt16BE(AT.attributes) & ~LOG_APPEND_TIME, AT.attributes);
  batch.writeUInt32BE(crc32c(batch.subarray(AT.attributes)), AT.crc);
}

function readInt64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
}

function writeInt64(bytes: Buffer, at: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  bytes.writeInt32BE(high, at);
  bytes.writeUInt32BE(value - high * 0x1_0000_0000, at + 4);
}
