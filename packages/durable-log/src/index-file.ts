import { crc32 } from 'node:zlib';
import type { FileSystem, LogFile } from './file-system.ts';
import type { SegmentIdentity } from './format.ts';
import { Marks } from './marks.ts';
import { FileWindow } from './scan.ts';
import { indexPath, type Segment, type SegmentSummary } from './segment.ts';

/**
 * What an index file holds, so that opening a sealed segment takes one checksum over its bytes instead of one for each
 * entry; all numbers little-endian. It is bound to its segment's file by marker and salt, made from the segment alone,
 * and never synced: a missing or damaged one is made again.
 *
 *     magic(8) version(4) marker(4) salt(4) marks(4) endOffset(8) bytes(8) newestTimestampMs(8) checksum(4)
 *     (position(8) offset(8) newestBeforeMs(8))*  crc(4)
 *
 * The eight-byte numbers are doubles. `checksum` is the crc of the segment's first `bytes` bytes.
 */
const MAGIC = Buffer.from('SLUICIDX', 'latin1');
const VERSION = 1;
const HEADER_BYTES = 52;
const MARK_BYTES = 24;

export interface SegmentIndex extends SegmentSummary {
  readonly checksum: number;
}

export function encodeIndex(identity: SegmentIdentity, index: SegmentIndex): Buffer {
  const { positions, offsets, newestBefore } = index.marks;
  const bytes = Buffer.alloc(HEADER_BYTES + positions.length * MARK_BYTES + 4);
  MAGIC.copy(bytes);
  bytes.writeUInt32LE(VERSION, 8);
  bytes.writeUInt32LE(identity.marker, 12);
  bytes.writeUInt32LE(identity.salt, 16);
  bytes.writeUInt32LE(positions.length, 20);
  bytes.writeDoubleLE(index.endOffset, 24);
  bytes.writeDoubleLE(index.bytes, 32);
  bytes.writeDoubleLE(index.newestTimestampMs, 40);
  bytes.writeUInt32LE(index.checksum, 48);
  let at = HEADER_BYTES;
  positions.forEach((position, mark) => {
    at = bytes.writeDoubleLE(position, at);
    at = bytes.writeDoubleLE(offsets[mark] ?? 0, at);
    at = bytes.writeDoubleLE(newestBefore[mark] ?? 0, at);
  });
  bytes.writeUInt32LE(crc32(bytes.subarray(0, at)), at);
  return bytes;
}

/** @returns undefined for anything but a whole index of that very segment. */
export function decodeIndex(bytes: Buffer, identity: SegmentIdentity): SegmentIndex | undefined {
  const crcAt = bytes.length - 4;
  if (crcAt < HEADER_BYTES || !bytes.subarray(0, 8).equals(MAGIC)) return undefined;
  if (crc32(bytes.subarray(0, crcAt)) !== bytes.readUInt32LE(crcAt)) return undefined;
  if (bytes.readUInt32LE(8) !== VERSION) return undefined;
  if (bytes.readUInt32LE(12) !== identity.marker || bytes.readUInt32LE(16) !== identity.salt) return undefined;
  if (crcAt !== HEADER_BYTES + bytes.readUInt32LE(20) * MARK_BYTES) return undefined;
  const marks = new Marks();
  for (let at = HEADER_BYTES; at < crcAt; at += MARK_BYTES) {
    marks.add(bytes.readDoubleLE(at), bytes.readDoubleLE(at + 8), bytes.readDoubleLE(at + 16));
  }
  return {
    endOffset: bytes.readDoubleLE(24),
    bytes: bytes.readDoubleLE(32),
    newestTimestampMs: bytes.readDoubleLE(40),
    checksum: bytes.readUInt32LE(48),
    marks,
  };
}

export async function readIndex(fileSystem: FileSystem, segment: Segment): Promise<SegmentIndex | undefined> {
  const file = await fileSystem.open(indexPath(segment.path), { create: false });
  try {
    const bytes = Buffer.allocUnsafeSlow(await file.size());
    await file.read(bytes, 0);
    return decodeIndex(bytes, segment.identity);
  } finally {
    await file.close();
  }
}

/** Writes the index of a sealed segment, whose entries are read from `source`. */
export async function writeIndex(fileSystem: FileSystem, segment: Segment, source: LogFile): Promise<void> {
  const checksum = await checksumOf(new FileWindow(source, segment.bytes));
  const { endOffset, bytes, newestTimestampMs, marks } = segment;
  const encoded = encodeIndex(segment.identity, { endOffset, bytes, newestTimestampMs, marks, checksum });
  const file = await fileSystem.open(indexPath(segment.path), { create: true });
  try {
    await file.truncate(0);
    await file.write([encoded], 0);
  } finally {
    await file.close();
  }
}

/** Of all the window's bytes. */
export async function checksumOf(window: FileWindow): Promise<number> {
  let checksum = 0;
  for (let position = 0; position < window.fileBytes; position = window.end) {
    if (!(await window.load(position, 1))) break;
    checksum = crc32(window.bytes, checksum);
  }
  return checksum;
}
