import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crcSeed, readUInt64, writeUInt64 } from './format.ts';

/**
 * What a journal file holds; all numbers little-endian.
 *
 *     journal = header group*  zeros*                  zeros: room written ahead
 *     header  = magic(8) version(4) marker(4) salt(4) sequence(8) crc(4)
 *     group   = marker(4) crc(4) bodyBytes(4) body     what was handed in together: there as a whole or not at all
 *     body    = (write | forget)*
 *     write   = 1(1) pathBytes(2) position(8) cutTo(8, double, NaN for none) dataBytes(4) path data
 *     forget  = 2(1) pathBytes(2) path
 *
 * `marker` and `salt` are random for each file, and a group's crc covers all after itself and starts from the salt and
 * the group's position. So neither what a client sent nor a group of another file or place passes as one.
 */
export const JOURNAL_HEADER_BYTES = 32;
export const GROUP_HEADER_BYTES = 12;

const MAGIC = Buffer.from('SLUICJNL', 'latin1');
const VERSION = 1;
const WRITE = 1;
const FORGET = 2;
const WRITE_HEADER_BYTES = 23;
const FORGET_HEADER_BYTES = 3;

export interface JournalIdentity {
  readonly sequence: number;
  readonly marker: number;
  readonly salt: number;
}

export type JournalEntry =
  | {
      readonly kind: 'write';
      /** The file's path below the journal's root, in UTF-8. */
      readonly name: Buffer;
      readonly position: number;
      /** The file was cut to so many bytes before. */
      readonly cutTo: number | undefined;
      readonly buffers: readonly Uint8Array[];
    }
  /** Whatever was written to the file before is no longer to be redone. */
  | { readonly kind: 'forget'; readonly name: Buffer };

export type DecodedEntry =
  | {
      readonly kind: 'write';
      readonly name: string;
      readonly position: number;
      readonly cutTo: number | undefined;
      /** Where in the group the data begin. */
      readonly dataAt: number;
      readonly dataBytes: number;
    }
  | { readonly kind: 'forget'; readonly name: string };

export function newJournalIdentity(sequence: number): JournalIdentity {
  return { sequence, marker: randomInt(1, 2 ** 32), salt: randomInt(2 ** 32) };
}

export function encodeJournalHeader({ sequence, marker, salt }: JournalIdentity): Buffer {
  const header = Buffer.alloc(JOURNAL_HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32LE(VERSION, 8);
  header.writeUInt32LE(marker, 12);
  header.writeUInt32LE(salt, 16);
  writeUInt64(header, sequence, 20);
  header.writeUInt32LE(crc32(header.subarray(0, 28)), 28);
  return header;
}

/** @returns what is wrong with the header, where something is. */
export function decodeJournalHeader(header: Buffer): JournalIdentity | string {
  if (header.length < JOURNAL_HEADER_BYTES) return `${header.length} bytes of a header of ${JOURNAL_HEADER_BYTES}`;
  if (!header.subarray(0, 8).equals(MAGIC)) return 'not a journal';
  if (crc32(header.subarray(0, 28)) !== header.readUInt32LE(28)) return "the header's checksum does not match";
  const version = header.readUInt32LE(8);
  if (version !== VERSION) return `version ${version} of the format, only ${VERSION} is known`;
  return { marker: header.readUInt32LE(12), salt: header.readUInt32LE(16), sequence: readUInt64(header, 20) };
}

/** Of the entry in a group. */
export function journalEntryBytes(entry: JournalEntry): number {
  if (entry.kind === 'forget') return FORGET_HEADER_BYTES + entry.name.length;
  return WRITE_HEADER_BYTES + entry.name.length + dataBytesOf(entry.buffers);
}

/** Writes the group that will be at `position` of the file to the beginning of `target`, which has exactly its size. */
export function encodeJournalGroup(
  target: Buffer,
  entries: readonly JournalEntry[],
  position: number,
  { marker, salt }: JournalIdentity,
): void {
  let at = GROUP_HEADER_BYTES;
  for (const entry of entries)
    at = entry.kind === 'forget' ? putForget(target, at, entry.name) : putWrite(target, at, entry);
  target.writeUInt32LE(marker, 0);
  target.writeUInt32LE(target.length - GROUP_HEADER_BYTES, 8);
  target.writeUInt32LE(crc32(target.subarray(8), crcSeed(salt, position)), 4);
}

function putForget(target: Buffer, start: number, name: Buffer): number {
  target[start] = FORGET;
  target.writeUInt16LE(name.length, start + 1);
  target.set(name, start + FORGET_HEADER_BYTES);
  return start + FORGET_HEADER_BYTES + name.length;
}

function putWrite(target: Buffer, start: number, entry: Extract<JournalEntry, { kind: 'write' }>): number {
  const { name, position, cutTo = Number.NaN, buffers } = entry;
  target[start] = WRITE;
  target.writeUInt16LE(name.length, start + 1);
  writeUInt64(target, position, start + 3);
  target.writeDoubleLE(cutTo, start + 11);
  target.writeUInt32LE(dataBytesOf(buffers), start + 19);
  let at = start + WRITE_HEADER_BYTES;
  for (const piece of [name, ...buffers]) {
    target.set(piece, at);
    at += piece.length;
  }
  return at;
}

const dataBytesOf = (buffers: readonly Uint8Array[]): number => buffers.reduce((sum, { length }) => sum + length, 0);

export const hasGroupMarker = (source: Buffer, at: number, { marker }: JournalIdentity): boolean =>
  source.readUInt32LE(at) === marker;

/** With its header. */
export const groupBytesAt = (source: Buffer, at: number): number => GROUP_HEADER_BYTES + source.readUInt32LE(at + 8);

/** Whether the group at `at`, whole in `source`, is what was written at `position` of the file. */
export function groupIsIntact(source: Buffer, at: number, position: number, { salt }: JournalIdentity): boolean {
  const body = source.subarray(at + 8, at + groupBytesAt(source, at));
  return crc32(body, crcSeed(salt, position)) === source.readUInt32LE(at + 4);
}

/** The entries of an intact group. */
export function* decodeGroup(group: Buffer): Generator<DecodedEntry> {
  for (let at = GROUP_HEADER_BYTES; at < group.length; ) {
    const nameBytes = group.readUInt16LE(at + 1);
    const nameAt = at + (group[at] === WRITE ? WRITE_HEADER_BYTES : FORGET_HEADER_BYTES);
    const dataAt = nameAt + nameBytes;
    const name = group.toString('utf8', nameAt, dataAt);
    if (group[at] !== WRITE) {
      yield { kind: 'forget', name };
      at = dataAt;
      continue;
    }
    const cutTo = group.readDoubleLE(at + 11);
    const dataBytes = group.readUInt32LE(at + 19);
    const position = readUInt64(group, at + 3);
    yield { kind: 'write', name, position, cutTo: Number.isNaN(cutTo) ? undefined : cutTo, dataAt, dataBytes };
    at = dataAt + dataBytes;
  }
}
