import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { HEADER_BYTES, type ValidBatch } from './record-batch.ts';
import { MAX_DECOMPRESSED_BYTES } from './record-times.ts';
import { type CheckedRecords, checkRecords } from './records.ts';

/** What cannot be looked into is taken to have keys. */
const ALL_WITH_KEYS: CheckedRecords = { kind: 'valid', withoutKey: [] };

/**
 * Which records of a batch have no key, as a topic that is compacted does not take them. In one turn, since a batch may
 * not be overtaken by one that is looked into sooner. Records compressed with snappy or lz4 are not looked into, nor
 * those that become larger than {@link MAX_DECOMPRESSED_BYTES}.
 */
export function checkKeys({ bytes, header }: ValidBatch): CheckedRecords {
  const { compression, recordCount } = header;
  const records = bytes.subarray(HEADER_BYTES);
  switch (compression) {
    case 'none':
      return checkRecords(records, recordCount);
    case 'gzip':
      return checkDecompressed(() => gunzipSync(records, { maxOutputLength: MAX_DECOMPRESSED_BYTES }), recordCount);
    case 'zstd':
      return checkDecompressed(
        () => zstdDecompressSync(records, { maxOutputLength: MAX_DECOMPRESSED_BYTES }),
        recordCount,
      );
    case 'snappy':
    case 'lz4':
    case 'unknown':
      return ALL_WITH_KEYS;
    default:
      return compression satisfies never;
  }
}

function checkDecompressed(decompress: () => Buffer, count: number): CheckedRecords {
  try {
    return checkRecords(decompress(), count);
  } catch (error) {
    if (error instanceof RangeError) return ALL_WITH_KEYS;
    return { kind: 'broken', message: 'the records cannot be decompressed' };
  }
}
