import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { LogEntry } from './log.ts';

/**
 * What a segment file holds; all numbers little-endian.
 *
 *     segment = header entry*  zeros*            zeros: room written ahead
 *     header  = magic(8) version(4) marker(4) salt(4) firstOffset(8) crc(4)
 *     entry   = marker(4) crc(4) payloadBytes(4) count(4) groupStart(4) timestampMs(8, double) offset(8) payload
 *
 * `marker` and `salt` are random for each file. The crc of an entry covers everything after itself, payload included,
 * and starts from the salt and the entry's position in the file. So bytes inside a payload that look like an entry, or
 * an entry of another file or place, never pass as one. `groupStart` is the position of the first entry that was written
 * and synced together with this one: an entry whose `groupStart` lies above a position proves that what is at that
 * position had been synced.
 */
export const SEGMENT_HEADER_BYTES = 32;
export const ENTRY_HEADER_BYTES = 36;

/** Positions are 32 bits wide. */
export const MAX_SEGMENT_BYTES = 2 ** 32 - 1;

const MAGIC = Buffer.from('SLUICLOG', 'latin1');
const VERSION = 1;

/** What tells the entries of one file from any other bytes. */
export interface SegmentIdentity {
  readonly firstOffset: number;
  readonly marker: number;
  readonly salt: number;
}

interface EntryHeader {
  readonly offset: number;
  readonly count: number;
  readonly timestampMs: number;
  readonly payloadBytes: number;
  readonly groupStart: number;
}

export function newIdentity(firstOffset: number): SegmentIdentity {
  return { firstOffset, marker: randomInt(1, 2 ** 32), salt: randomInt(2 ** 32) };
}

export function encodeSegmentHeader({ firstOffset, marker, salt }: SegmentIdentity): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32LE(VERSION, 8);
  header.writeUInt32LE(marker, 12);
  header.writeUInt32LE(salt, 16);
  writeUInt64(header, firstOffset, 20);
  header.writeUInt32LE(crc32(header.subarray(0, 28)), 28);
  return header;
}

/** @returns what is wrong with the header, where something is. */
export function decodeSegmentHeader(header: Buffer): SegmentIdentity | string {
  if (header.length < SEGMENT_HEADER_BYTES) return `${header.length} bytes of a header of ${SEGMENT_HEADER_BYTES}`;
  if (!header.subarray(0, 8).equals(MAGIC)) return 'not a segment of a log';
  if (crc32(header.subarray(0, 28)) !== header.readUInt32LE(28)) return "the header's checksum does not match";
  const version = header.readUInt32LE(8);
  if (version !== VERSION) return `version ${version} of the format, only ${VERSION} is known`;
  return { marker: header.readUInt32LE(12), salt: header.readUInt32LE(16), firstOffset: readUInt64(header, 20) };
}

/** Writes the entry's header in front of its payload, which must be in place already. */
export function sealEntry(
  target: Buffer,
  at: number,
  position: number,
  identity: SegmentIdentity,
  header: EntryHeader,
): void {
  target.writeUInt32LE(identity.marker, at);
  target.writeUInt32LE(header.payloadBytes, at + 8);
  target.writeUInt32LE(header.count, at + 12);
  target.writeUInt32LE(header.groupStart, at + 16);
  target.writeDoubleLE(header.timestampMs, at + 20);
  writeUInt64(target, header.offset, at + 28);
  const end = at + ENTRY_HEADER_BYTES + header.payloadBytes;
  target.writeUInt32LE(crc32(target.subarray(at + 8, end), crcSeed(identity.salt, position)), at + 4);
}

export function hasMarker(source: Buffer, at: number, identity: SegmentIdentity): boolean {
  return source.readUInt32LE(at) === identity.marker;
}

export const payloadBytesAt = (source: Buffer, at: number): number => source.readUInt32LE(at + 8);
export const countAt = (source: Buffer, at: number): number => source.readUInt32LE(at + 12);
export const groupStartAt = (source: Buffer, at: number): number => source.readUInt32LE(at + 16);
export const timestampAt = (source: Buffer, at: number): number => source.readDoubleLE(at + 20);
export const offsetAt = (source: Buffer, at: number): number => readUInt64(source, at + 28);

/** The entry at `at`, whole in `source`, whose memory its payload shares. */
export function decodeEntry(source: Buffer, at: number): LogEntry {
  const payloadAt = at + ENTRY_HEADER_BYTES;
  return {
    offset: offsetAt(source, at),
    count: countAt(source, at),
    timestampMs: timestampAt(source, at),
    payload: source.subarray(payloadAt, payloadAt + payloadBytesAt(source, at)),
  };
}

/** Whether the entry at `at`, whole in `source`, is what was written at `position` of the file. */
export function entryIsIntact(source: Buffer, at: number, position: number, identity: SegmentIdentity): boolean {
  const end = at + ENTRY_HEADER_BYTES + payloadBytesAt(source, at);
  return crc32(source.subarray(at + 8, end), crcSeed(identity.salt, position)) === source.readUInt32LE(at + 4);
}

/** Different for every position of a file: the multiplier is odd, and positions are below 2^32. */
export function crcSeed(salt: number, position: number): number {
  return (salt + Math.imul(position, 0x9e3779b1)) >>> 0;
}

export function writeUInt64(target: Buffer, value: number, at: number): void {
  target.writeUInt32LE(value % 2 ** 32, at);
  target.writeUInt32LE(Math.floor(value / 2 ** 32), at + 4);
}

export function readUInt64(source: Buffer, at: number): number {
  return source.readUInt32LE(at) + source.readUInt32LE(at + 4) * 2 ** 32;
}
