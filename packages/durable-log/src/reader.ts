import { LogError, reasonOf } from './errors.ts';
import type { LogFile } from './file-system.ts';
import {
  countAt,
  decodeEntry,
  ENTRY_HEADER_BYTES,
  entryIsIntact,
  hasMarker,
  offsetAt,
  payloadBytesAt,
  timestampAt,
} from './format.ts';
import type { LogEntry } from './log.ts';
import type { Mark } from './marks.ts';
import type { Segment } from './segment.ts';

/** The durable entries of one segment from the one that contains `offset` on: at least one, then up to `maxBytes`. */
export async function readSegment(walk: Walk, offset: number, maxBytes: number): Promise<LogEntry[]> {
  const { segment } = walk;
  const mark = segment.marks.atOffset(offset);
  if (mark === undefined) throw new Error(`${segment.path} has no entry of offset ${offset}`);
  await walk.load(mark.position, spanOf(mark, segment) + maxBytes);
  let position = mark.position;
  while (walk.endOffset(position) <= offset) {
    position += walk.bytes(position);
    await walk.need(position, ENTRY_HEADER_BYTES);
  }
  const entries: LogEntry[] = [];
  let total = 0;
  while (position < segment.bytes) {
    if (entries.length === 0) await walk.needEntry(position);
    else if (!walk.hasEntry(position)) break;
    const bytes = walk.bytes(position);
    total += bytes - ENTRY_HEADER_BYTES;
    if (entries.length > 0 && total > maxBytes) break;
    entries.push(walk.entry(position));
    position += bytes;
  }
  return entries;
}

/** The first durable entry of the segment with a timestamp of at least `timestampMs`. */
export async function findInSegment(walk: Walk, timestampMs: number): Promise<LogEntry | undefined> {
  const { segment } = walk;
  const mark = segment.marks.atTimestamp(timestampMs);
  if (mark === undefined) return undefined;
  await walk.load(mark.position, spanOf(mark, segment));
  for (let position = mark.position; position < segment.bytes; position += walk.bytes(position)) {
    await walk.need(position, ENTRY_HEADER_BYTES);
    if (walk.timestamp(position) < timestampMs) continue;
    await walk.needEntry(position);
    return walk.entry(position);
  }
  return undefined;
}

/** How far it is from the mark to the next one, or to the end. */
function spanOf(mark: Mark, segment: Segment): number {
  return (mark.nextPosition ?? segment.bytes) - mark.position;
}

/** Steps through the entries of a part of a segment's file. Only loads what is durable. */
export class Walk {
  readonly segment: Segment;
  readonly #file: LogFile;
  readonly #allocate: (bytes: number) => Buffer;
  readonly #limit: number;
  #buffer: Buffer = Buffer.alloc(0);
  #start = 0;

  constructor(file: LogFile, segment: Segment, allocate: (bytes: number) => Buffer = Buffer.allocUnsafeSlow) {
    this.segment = segment;
    this.#file = file;
    this.#allocate = allocate;
    this.#limit = segment.bytes;
  }

  async load(position: number, length: number): Promise<void> {
    const wanted = Math.min(length + ENTRY_HEADER_BYTES, this.#limit - position);
    const buffer = this.#allocate(wanted);
    const count = await this.#file.read(buffer, position).catch((error: unknown) => {
      throw this.#corrupt(position, `cannot be read: ${reasonOf(error)}`, error);
    });
    if (count < wanted) throw this.#corrupt(position + count, 'the file ends before its last entry');
    this.#buffer = buffer;
    this.#start = position;
  }

  async need(position: number, length: number): Promise<void> {
    if (position + length > this.#start + this.#buffer.length && position < this.#limit)
      await this.load(position, length);
  }

  async needEntry(position: number): Promise<void> {
    await this.need(position, ENTRY_HEADER_BYTES);
    await this.need(position, this.bytes(position));
  }

  hasEntry(position: number): boolean {
    const left = this.#start + this.#buffer.length - position;
    return left >= ENTRY_HEADER_BYTES && left >= this.bytes(position);
  }

  bytes(position: number): number {
    return ENTRY_HEADER_BYTES + payloadBytesAt(this.#buffer, this.#headerAt(position));
  }

  endOffset(position: number): number {
    const at = this.#headerAt(position);
    return offsetAt(this.#buffer, at) + countAt(this.#buffer, at);
  }

  timestamp(position: number): number {
    return timestampAt(this.#buffer, this.#headerAt(position));
  }

  entry(position: number): LogEntry {
    const at = this.#headerAt(position);
    if (!entryIsIntact(this.#buffer, at, position, this.segment.identity)) {
      throw this.#corrupt(position, "the entry's checksum does not match");
    }
    return decodeEntry(this.#buffer, at);
  }

  #headerAt(position: number): number {
    const at = position - this.#start;
    if (at + ENTRY_HEADER_BYTES > this.#buffer.length || !hasMarker(this.#buffer, at, this.segment.identity)) {
      throw this.#corrupt(position, 'no entry begins there');
    }
    if (position + ENTRY_HEADER_BYTES + payloadBytesAt(this.#buffer, at) > this.#limit) {
      throw this.#corrupt(position, 'the entry ends behind the end of the log');
    }
    return at;
  }

  #corrupt(position: number, fault: string, cause?: unknown): LogError {
    return new LogError('corrupt', `${this.segment.path}: byte ${position}: ${fault}`, { cause });
  }
}
