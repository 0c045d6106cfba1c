import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { decompressLz4 } from './lz4.ts';
import { decompressSnappy } from './snappy.ts';

/**
 * The most that the records of one batch may be when they are decompressed: sixty times what a broker takes as a batch by
 * default. It bounds what few bytes can make this process hold.
 */
export const MAX_BATCH_BYTES = 64 * 2 ** 20;

const CODECS: readonly { readonly name: string; readonly decompress: (packed: Buffer, maxBytes: number) => Buffer }[] =
  [
    { name: 'none', decompress: (bytes) => bytes },
    { name: 'gzip', decompress: (packed, maxOutputLength) => gunzipSync(packed, { maxOutputLength }) },
    { name: 'snappy', decompress: decompressSnappy },
    { name: 'lz4', decompress: decompressLz4 },
    { name: 'zstd', decompress: (packed, maxOutputLength) => zstdDecompressSync(packed, { maxOutputLength }) },
  ];

/**
 * A batch's records, decompressed by the codec that its attributes name.
 * @throws RangeError, with the codec and what is wrong
 */
export function decompress(codec: number, packed: Buffer): Buffer {
  const known = CODECS[codec];
  if (!known) throw new RangeError(`are compressed with codec ${codec}, which is unknown`);
  try {
    return known.decompress(packed, MAX_BATCH_BYTES);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RangeError(`cannot be decompressed as ${known.name}: ${reason}`, { cause });
  }
}
