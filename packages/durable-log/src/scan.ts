import { damage } from './damage.ts';
import type { LogFile } from './file-system.ts';
import {
  countAt,
  ENTRY_HEADER_BYTES,
  entryIsIntact,
  groupStartAt,
  hasMarker,
  offsetAt,
  payloadBytesAt,
  SEGMENT_HEADER_BYTES,
  type SegmentIdentity,
  timestampAt,
} from './format.ts';
import type { Segment } from './segment.ts';

const WINDOW_BYTES = 1024 * 1024;

/** Reads a file front to back through one buffer that only an entry larger than itself makes grow. */
export class FileWindow {
  readonly fileBytes: number;
  readonly #file: LogFile;
  #buffer: Buffer;
  #start = 0;
  #length = 0;

  constructor(file: LogFile, fileBytes: number) {
    this.#file = file;
    this.fileBytes = fileBytes;
    this.#buffer = Buffer.allocUnsafeSlow(Math.min(WINDOW_BYTES, fileBytes));
  }

  /** The buffer; what lies at `position` of the file is at `position - start` in it. */
  get bytes(): Buffer {
    return this.#length === this.#buffer.length ? this.#buffer : this.#buffer.subarray(0, this.#length);
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#start + this.#length;
  }

  /** Makes the bytes from `position` on available, at least `length` of them. @returns false past the end of the file. */
  async load(position: number, length: number): Promise<boolean> {
    if (position + length > this.fileBytes) return false;
    if (length > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(length);
    this.#start = position;
    this.#length = await this.#file.read(this.#buffer, position);
    return this.#length >= length;
  }

  /** The same, but where they are available already, nothing is read. */
  async ensure(position: number, length: number): Promise<boolean> {
    const has = position >= this.#start && position + length <= this.end;
    return has || (await this.load(position, length));
  }
}

/**
 * What the header of a file says.
 * @returns undefined for a file that was created but never used: the process died in between.
 * @throws LogError `corrupt` for a bad header in front of something
 */
export async function readHeader<Identity extends object>(
  file: LogFile,
  path: string,
  headerBytes: number,
  decode: (header: Buffer) => Identity | string,
): Promise<Identity | undefined> {
  const fileBytes = await file.size();
  const header = Buffer.alloc(Math.min(headerBytes, fileBytes));
  await file.read(header, 0);
  const identity = decode(header);
  if (typeof identity !== 'string') return identity;
  const behind = await lastNonZero(new FileWindow(file, fileBytes), headerBytes);
  if (behind === undefined) return undefined;
  throw damage(path, 0, `${identity}, and entries follow`);
}

/** Where a scan stopped, and why it went no further. */
export interface ScanEnd {
  readonly position: number;
  /** What is wrong there; undefined at the end of the file, or where nothing but zeros follows. */
  readonly fault: string | undefined;
}

/** Reads the entries of a segment into `segment`, up to the first that is not whole and intact. */
export async function scanEntries(window: FileWindow, segment: Segment): Promise<ScanEnd> {
  const { identity } = segment;
  for (;;) {
    const position = segment.bytes;
    const left = window.fileBytes - position;
    if (left <= 0) return { position, fault: undefined };
    const fault =
      left < ENTRY_HEADER_BYTES
        ? `${left} bytes where an entry's header of ${ENTRY_HEADER_BYTES} was expected`
        : await entryFault(window, position, identity, segment.endOffset);
    if (fault !== undefined) {
      return { position, fault: (await onlyZeros(window, position)) ? undefined : fault };
    }
    const at = position - window.start;
    segment.add(
      countAt(window.bytes, at),
      timestampAt(window.bytes, at),
      ENTRY_HEADER_BYTES + payloadBytesAt(window.bytes, at),
    );
  }
}

/** Loads the entry at `position` whole. @returns what keeps it from being the intact entry of `offset`. */
async function entryFault(
  window: FileWindow,
  position: number,
  identity: SegmentIdentity,
  offset: number,
): Promise<string | undefined> {
  const loaded = await window.ensure(position, ENTRY_HEADER_BYTES);
  if (!loaded) return 'the file ends inside the header of an entry';
  const headerAt = position - window.start;
  if (!hasMarker(window.bytes, headerAt, identity)) return `no entry begins there (offset ${offset} was expected)`;
  const bytes = ENTRY_HEADER_BYTES + payloadBytesAt(window.bytes, headerAt);
  if (position + bytes > window.fileBytes) return `the entry is ${bytes} bytes long, the file ends before`;
  if (!(await window.ensure(position, bytes))) return 'the file ends inside the entry';
  const at = position - window.start;
  if (!entryIsIntact(window.bytes, at, position, identity)) return "the entry's checksum does not match";
  const found = offsetAt(window.bytes, at);
  if (found !== offset) return `the entry has offset ${found}, expected ${offset}`;
  return undefined;
}

async function onlyZeros(window: FileWindow, from: number): Promise<boolean> {
  return (await lastNonZero(window, from)) === undefined;
}

/** The position after the last byte from `from` on that is not zero; undefined where all are zero. */
export async function lastNonZero(window: FileWindow, from: number): Promise<number | undefined> {
  let last: number | undefined;
  for (let position = from; position < window.fileBytes; position = window.end) {
    if (!(await window.load(position, 1))) break;
    const { bytes } = window;
    let at = bytes.length;
    while (at > 0 && bytes[at - 1] === 0) at -= 1;
    if (at > 0) last = position + at;
  }
  return last;
}

/**
 * Looks behind a damaged position for an intact entry that was written after what is damaged had been synced.
 * @returns that entry's position.
 */
export async function findLaterEntry(
  window: FileWindow,
  damagedAt: number,
  identity: SegmentIdentity,
): Promise<number | undefined> {
  return await findMarked(window, {
    from: Math.max(damagedAt + 1, SEGMENT_HEADER_BYTES),
    marker: identity.marker,
    headerBytes: ENTRY_HEADER_BYTES,
    proves: (position) => provesDamage(window, position, damagedAt, identity),
  });
}

/** What begins with a file's marker: an entry of a segment, a group of the journal. */
export interface Marked {
  readonly from: number;
  readonly marker: number;
  /** It has so many bytes at least. */
  readonly headerBytes: number;
  /** Whether it really is one: the marker's bytes may occur anywhere. */
  readonly proves: (position: number) => Promise<boolean>;
}

/** @returns the position of the first. */
export async function findMarked(
  window: FileWindow,
  { from, marker, headerBytes, proves }: Marked,
): Promise<number | undefined> {
  const wanted = Buffer.alloc(4);
  wanted.writeUInt32LE(marker);
  for (let position = from; position + headerBytes <= window.fileBytes; ) {
    if (!(await window.ensure(position, headerBytes))) return undefined;
    const found = window.bytes.indexOf(wanted, position - window.start);
    if (found < 0) {
      position = Math.max(position + 1, window.end - wanted.length + 1);
      continue;
    }
    position = window.start + found;
    if (await proves(position)) return position;
    position += 1;
  }
  return undefined;
}

async function provesDamage(
  window: FileWindow,
  position: number,
  damagedAt: number,
  identity: SegmentIdentity,
): Promise<boolean> {
  if (!(await window.ensure(position, ENTRY_HEADER_BYTES))) return false;
  const header = position - window.start;
  const groupStart = groupStartAt(window.bytes, header);
  if (groupStart <= damagedAt || groupStart > position) return false;
  const bytes = ENTRY_HEADER_BYTES + payloadBytesAt(window.bytes, header);
  if (!(await window.ensure(position, bytes))) return false;
  return entryIsIntact(window.bytes, position - window.start, position, identity);
}
