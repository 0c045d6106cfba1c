import { basename, join } from 'node:path';
import { SEGMENT_HEADER_BYTES, type SegmentIdentity } from './format.ts';
import { Marks } from './marks.ts';

const LOG_NAME = /^(\d{20})\.log$/;

export function segmentPath(directory: string, firstOffset: number): string {
  return join(directory, `${String(firstOffset).padStart(20, '0')}.log`);
}

/** @returns undefined for a name that is no segment's. */
export function firstOffsetOf(name: string): number | undefined {
  const digits = LOG_NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** What is known of one file of the log: its durable entries, from `firstOffset` up to `endOffset`. */
export class Segment {
  readonly path: string;
  readonly identity: SegmentIdentity;
  readonly marks = new Marks();
  #endOffset: number;
  #bytes = SEGMENT_HEADER_BYTES;
  #newestTimestampMs = Number.NEGATIVE_INFINITY;

  constructor(path: string, identity: SegmentIdentity) {
    this.path = path;
    this.identity = identity;
    this.#endOffset = identity.firstOffset;
  }

  get name(): string {
    return basename(this.path);
  }

  get firstOffset(): number {
    return this.identity.firstOffset;
  }

  get endOffset(): number {
    return this.#endOffset;
  }

  /** Where the last entry ends. The file may be longer: room written ahead. */
  get bytes(): number {
    return this.#bytes;
  }

  get newestTimestampMs(): number {
    return this.#newestTimestampMs;
  }

  get isEmpty(): boolean {
    return this.#endOffset === this.firstOffset;
  }

  /** Takes in the next entry, now durable, which is `bytes` long with its header. */
  add(count: number, timestampMs: number, bytes: number): void {
    this.marks.add(this.#bytes, this.#endOffset, this.#newestTimestampMs);
    this.#endOffset += count;
    this.#bytes += bytes;
    this.#newestTimestampMs = Math.max(this.#newestTimestampMs, timestampMs);
  }
}
