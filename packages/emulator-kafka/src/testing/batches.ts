import { crc32c } from '@node-rs/crc32';
import { Reader } from '../protocol/reader.ts';
import { Writer } from '../protocol/writer.ts';

/** What a test says of a batch; everything else fits, unless it says otherwise. */
export interface BatchSpec {
  readonly values?: readonly string[];
  /** By record; null for none, which is also what records get that are not named. */
  readonly keys?: readonly (string | null)[];
  readonly timestampMs?: number;
  /** By record, relative to `timestampMs`. */
  readonly timestampDeltas?: readonly number[];
  readonly maxTimestampMs?: number;
  readonly producerId?: number;
  readonly epoch?: number;
  readonly sequence?: number;
  readonly attributes?: number;
  readonly magic?: number;
  readonly baseOffset?: number;
  readonly lastOffsetDelta?: number;
  readonly recordCount?: number;
  readonly length?: number;
  readonly crc?: number;
  /** Turns the records' bytes into others, such as compressed ones. */
  readonly transform?: (records: Buffer) => Buffer;
}

/** Builds a record batch of format 2, well-formed or not. */
export function buildBatch(spec: BatchSpec = {}): Buffer {
  const { values = ['value'], keys = [], timestampMs = 1_700_000_000_000, timestampDeltas = [], transform } = spec;
  const plain = Buffer.concat(
    values.map((value, index) => buildRecord(value, keys[index] ?? null, index, timestampDeltas[index] ?? 0)),
  );
  const records = transform === undefined ? plain : transform(plain);
  const batch = new Writer();
  batch.int64(spec.baseOffset ?? 0);
  batch.int32(spec.length ?? 49 + records.length);
  batch.int32(-1);
  batch.int8(spec.magic ?? 2);
  batch.int32(0);
  batch.int16(spec.attributes ?? 0);
  batch.int32(spec.lastOffsetDelta ?? values.length - 1);
  batch.int64(timestampMs);
  batch.int64(spec.maxTimestampMs ?? timestampMs + Math.max(0, ...timestampDeltas));
  batch.int64(spec.producerId ?? -1);
  batch.int16(spec.epoch ?? -1);
  batch.int32(spec.sequence ?? -1);
  batch.int32(spec.recordCount ?? values.length);
  batch.raw(records);
  const bytes = Buffer.concat(batch.finish());
  bytes.writeUInt32BE(spec.crc ?? crc32c(bytes.subarray(21)), 17);
  return bytes;
}

function buildRecord(value: string, key: string | null, offsetDelta: number, timestampDelta: number): Buffer {
  const record = new Writer();
  record.int8(0);
  record.varlong(timestampDelta);
  record.varint(offsetDelta);
  if (key === null) record.varint(-1);
  else writeField(record, key);
  writeField(record, value);
  record.varint(0);
  const body = Buffer.concat(record.finish());
  const framed = new Writer();
  framed.varint(body.length);
  framed.raw(body);
  return Buffer.concat(framed.finish());
}

function writeField(record: Writer, text: string): void {
  const bytes = Buffer.from(text);
  record.varint(bytes.length);
  record.raw(bytes);
}

export interface ReadRecord {
  readonly offset: number;
  readonly value: string;
}

/** The records of uncompressed batches, one after the other. */
export function readRecords(batches: Buffer): ReadRecord[] {
  const reader = new Reader(batches);
  const records: ReadRecord[] = [];
  while (reader.remaining > 0) {
    const baseOffset = reader.int64();
    reader.skip(49);
    for (let left = reader.int32(); left > 0; left -= 1) {
      reader.varint();
      reader.int8();
      reader.varlong();
      const offset = baseOffset + reader.varint();
      reader.skip(Math.max(0, reader.varint()));
      const length = reader.varint();
      const at = batches.length - reader.remaining;
      reader.skip(length);
      records.push({ offset, value: batches.toString('utf8', at, at + length) });
      reader.varint();
    }
  }
  return records;
}
