import { uncompress } from 'snappyjs';

/**
 * What Kafka's clients mean by snappy: one raw block (librdkafka), or, from those on the JVM, the framing of its library
 * (https://github.com/xerial/snappy-java/blob/v1.1.10.7/src/main/java/org/xerial/snappy/SnappyCodec.java): a magic number
 * and two versions, then blocks, each after its size.
 * @throws Error where the bytes are neither, or make more than `maxBytes`
 */
export function decompressSnappy(packed: Buffer, maxBytes: number): Buffer {
  if (!packed.subarray(0, FRAMED.length).equals(FRAMED)) return uncompress(packed, maxBytes);
  const blocks: Buffer[] = [];
  let left = maxBytes;
  let at = FRAME_HEADER_BYTES;
  while (at < packed.length) {
    const start = at + 4;
    at = start + (start > packed.length ? 0 : packed.readInt32BE(start - 4));
    if (at <= start || at > packed.length) throw new RangeError('a block of snappy reaches beyond its frame');
    const block = uncompress(packed.subarray(start, at), left);
    left -= block.length;
    blocks.push(block);
  }
  return Buffer.concat(blocks);
}

const FRAMED = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const FRAME_HEADER_BYTES = FRAMED.length + 4 + 4;
