import { uncompress } from 'snappyjs';

/**
 * What Kafka's clients mean by snappy: one raw block (librdkafka), or, from those on the JVM, the framing of its library
 * (https://github.com/xerial/snappy-java/blob/v1.1.10.7/src/main/java/org/xerial/snappy/SnappyCodec.java): a magic number
 * and two versions, then blocks, each after its size.
 * @throws Error where the bytes are neither, or make more than `maxBytes`
 */
export function decompressSnappy(packed: Buffer, maxBytes: number): Buffer {
  if (!packed.subarray(0, FRAMED.length).equals(FRAMED)) return uncompressBlock(packed, maxBytes);
  const blocks: Buffer[] = [];
  let left = maxBytes;
  let at = FRAME_HEADER_BYTES;
  while (at < packed.length) {
    const start = at + 4;
    at = start + (start > packed.length ? 0 : packed.readInt32BE(start - 4));
    if (at <= start || at > packed.length) throw new RangeError('a block of snappy reaches beyond its frame');
    const block = uncompressBlock(packed.subarray(start, at), left);
    left -= block.length;
    blocks.push(block);
  }
  return Buffer.concat(blocks);
}

const FRAMED = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const FRAME_HEADER_BYTES = FRAMED.length + 4 + 4;

function uncompressBlock(block: Buffer, maxBytes: number): Buffer {
  requireElements(block);
  return uncompress(block, maxBytes);
}

/**
 * Walks a raw block, element by element (https://github.com/google/snappy/blob/1.2.1/format_description.txt). snappyjs takes
 * the length of a literal for a signed number: one of 2 GiB or more sends it backwards, to read the same bytes for ever.
 * @throws RangeError where an element reaches beyond the block
 */
function requireElements(block: Buffer): void {
  let at = 0;
  while ((block[at] ?? 0) >= 0x80) at++;
  at++;
  while (at < block.length) at += elementBytes(block, at);
  if (at > block.length) throw new RangeError('an element of a block of snappy reaches beyond it');
}

/** What an element takes of the block, its tag included. */
function elementBytes(block: Buffer, at: number): number {
  const tag = block[at] ?? 0;
  const kind = tag & 3;
  if (kind !== LITERAL) return COPY_BYTES[kind] ?? 0;
  const length = tag >>> 2;
  if (length < 60) return 1 + length + 1;
  const lengthBytes = length - 59;
  if (at + 1 + lengthBytes > block.length) return block.length + 1;
  return 1 + lengthBytes + block.readUIntLE(at + 1, lengthBytes) + 1;
}

const LITERAL = 0;
/** By kind, tag included. */
const COPY_BYTES = [0, 2, 3, 5];
