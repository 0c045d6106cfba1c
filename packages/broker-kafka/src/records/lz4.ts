import { BoundedOutput } from './bounded-output.ts';

/**
 * LZ4 frames (https://github.com/lz4/lz4/blob/v1.10.0/doc/lz4_Frame_format.md), which Kafka's clients write; the checksum of
 * the batch covers what the frame's own would. There is no library for it that is kept up and bounds what it gives.
 *
 *     frame => magic 0x184D2204, flags, block size, [content size 8], [dictionary 4], header checksum,
 *              [block], 0 int32, [content checksum 4]
 *     block => size int32, whose highest bit says that it is not compressed, bytes, [checksum 4]
 *
 * @throws RangeError where the bytes are no such frame, or make more than `maxBytes`
 */
export function decompressLz4(frame: Buffer, maxBytes: number): Buffer {
  const out = new BoundedOutput(frame.length * 4, maxBytes);
  let at = 0;
  const take = (bytes: number): number => {
    at += bytes;
    if (at > frame.length) throw new RangeError('the LZ4 frame ends too early');
    return at - bytes;
  };
  if (frame.readUInt32LE(take(4)) !== MAGIC) throw new RangeError('there is no LZ4 frame');
  const flags = frame.readUInt8(take(2));
  if (flags >>> 6 !== 1) throw new RangeError(`the LZ4 frame is of version ${flags >>> 6}, not 1`);
  if (flags & HAS_DICTIONARY) throw new RangeError('the LZ4 frame needs a dictionary');
  take(flags & HAS_CONTENT_SIZE ? 9 : 1);
  for (let size = frame.readUInt32LE(take(4)); size !== 0; size = frame.readUInt32LE(take(4))) {
    const start = take(size & LENGTH_BITS);
    if (size > LENGTH_BITS) out.append(frame, start, at);
    else decompressBlock(frame, start, at, out);
    if (flags & HAS_BLOCK_CHECKSUMS) take(4);
  }
  return out.bytes;
}

const MAGIC = 0x184d2204;
const HAS_DICTIONARY = 1;
const HAS_CONTENT_SIZE = 8;
const HAS_BLOCK_CHECKSUMS = 16;
const LENGTH_BITS = 0x7fffffff;

/** Sequences of literals and a copy of what came before; the last has literals alone. */
function decompressBlock(frame: Buffer, start: number, end: number, out: BoundedOutput): void {
  let at = start;
  const byte = (): number => {
    if (at >= end) throw new RangeError('an LZ4 block ends too early');
    return frame[at++] ?? 0;
  };
  const length = (first: number): number => {
    let sum = first;
    if (first === 15) {
      for (let more = 255; more === 255; sum += more) more = byte();
    }
    return sum;
  };
  while (at < end) {
    const token = byte();
    const literals = length(token >>> 4);
    if (literals > end - at) throw new RangeError('an LZ4 block ends too early');
    out.append(frame, at, at + literals);
    at += literals;
    if (at === end) return;
    const distance = byte() | (byte() << 8);
    out.repeat(distance, length(token & 15) + MIN_MATCH);
  }
}

const MIN_MATCH = 4;
