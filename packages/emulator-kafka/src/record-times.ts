import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import { Reader } from './protocol/reader.ts';
import { MalformedFrameError } from './protocol/types.ts';
import { HEADER_BYTES, readBatchHeader } from './record-batch.ts';

export interface TimestampedOffset {
  readonly offset: number;
  readonly timestampMs: number;
}

/** No batch becomes larger than this when decompressed here: it is only to find times or keys in it. */
export const MAX_DECOMPRESSED_BYTES = 64 * 1024 * 1024;

const gunzipAsync = promisify(gunzip);
const zstdDecompressAsync = promisify(zstdDecompress);

/**
 * The first record of a batch with a timestamp of at least `timestampMs` and an offset of at least `fromOffset`.
 *
 * Records compressed with snappy or lz4 are not looked into, nor those that do not decompress: their batch answers with
 * its first offset, which can only make a reader start earlier.
 */
export async function offsetOfTimestamp(
  batch: Buffer,
  timestampMs: number,
  fromOffset: number,
): Promise<TimestampedOffset | undefined> {
  const { baseOffset, lastOffsetDelta, baseTimestampMs, maxTimestampMs, logAppendTime, recordCount } =
    readBatchHeader(batch);
  const first = Math.max(baseOffset, fromOffset);
  if (maxTimestampMs < timestampMs || baseOffset + lastOffsetDelta < fromOffset) return undefined;
  if (logAppendTime) return { offset: first, timestampMs: maxTimestampMs };
  const records = await decompress(batch);
  if (records === undefined) return { offset: first, timestampMs: Math.max(baseTimestampMs, timestampMs) };
  try {
    for (let left = recordCount; left > 0; left -= 1) {
      const { offsetDelta, timestampDelta } = nextRecord(records);
      const record = { offset: baseOffset + offsetDelta, timestampMs: baseTimestampMs + timestampDelta };
      if (record.timestampMs >= timestampMs && record.offset >= fromOffset) return record;
    }
  } catch (error) {
    if (!(error instanceof MalformedFrameError)) throw error;
    return { offset: first, timestampMs: Math.max(baseTimestampMs, timestampMs) };
  }
  return undefined;
}

/** length varint, attributes int8, timestamp_delta varlong, offset_delta varint, and what is of no interest here. */
function nextRecord(records: Reader): { offsetDelta: number; timestampDelta: number } {
  const length = records.varint();
  const next = records.remaining - length;
  if (length < 0 || next < 0) throw new MalformedFrameError(`a record says ${length} bytes`);
  records.int8();
  const timestampDelta = records.varlong();
  const offsetDelta = records.varint();
  records.skip(records.remaining - next);
  return { offsetDelta, timestampDelta };
}

async function decompress(batch: Buffer): Promise<Reader | undefined> {
  const records = batch.subarray(HEADER_BYTES);
  const { compression } = readBatchHeader(batch);
  const options = { maxOutputLength: MAX_DECOMPRESSED_BYTES };
  try {
    switch (compression) {
      case 'none':
        return new Reader(records);
      case 'gzip':
        return new Reader(await gunzipAsync(records, options));
      case 'zstd':
        return new Reader(await zstdDecompressAsync(records, options));
      case 'snappy':
      case 'lz4':
      case 'unknown':
        return undefined;
      default:
        return compression satisfies never;
    }
  } catch {
    return undefined;
  }
}
