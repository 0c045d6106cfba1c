import { basename, join } from 'node:path';
import type { FileSystem } from './file-system.ts';
import { SEGMENT_HEADER_BYTES, type SegmentIdentity } from './format.ts';
import { Marks } from './marks.ts';
import { SegmentFile } from './segment-file.ts';

const LOG_NAME = /^(\d{20})\.log$/;
const INDEX_NAME = /^(\d{20})\.index$/;

export function segmentPath(directory: string, firstOffset: number): string {
  return join(directory, `${String(firstOffset).padStart(20, '0')}.log`);
}

export function indexPath(segmentPath: string): string {
  return `${segmentPath.slice(0, -'.log'.length)}.index`;
}

/** @returns undefined for a name that is no segment's. */
export function firstOffsetOf(name: string): number | undefined {
  return numberIn(LOG_NAME.exec(name));
}

/** @returns undefined for a name that is no index's. */
export function firstOffsetOfIndex(name: string): number | undefined {
  return numberIn(INDEX_NAME.exec(name));
}

function numberIn(match: RegExpExecArray | null): number | undefined {
  const digits = match?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** What an index file knows of a sealed segment. */
export interface SegmentSummary {
  readonly endOffset: number;
  readonly bytes: number;
  readonly newestTimestampMs: number;
  readonly marks: Marks;
}

/** What is known of one file of the log: its durable entries, from `firstOffset` up to `endOffset`. */
export class Segment implements SegmentSummary {
  readonly path: string;
  readonly identity: SegmentIdentity;
  /** For reading. */
  readonly file: SegmentFile;
  #marks = new Marks();
  #endOffset: number;
  #bytes = SEGMENT_HEADER_BYTES;
  #newestTimestampMs = Number.NEGATIVE_INFINITY;

  constructor(fileSystem: FileSystem, path: string, identity: SegmentIdentity) {
    this.path = path;
    this.identity = identity;
    this.file = new SegmentFile(fileSystem, path);
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

  get marks(): Marks {
    return this.#marks;
  }

  get isEmpty(): boolean {
    return this.#endOffset === this.firstOffset;
  }

  /** Takes in the next entry, now durable, which is `bytes` long with its header. */
  add(count: number, timestampMs: number, bytes: number): void {
    this.#marks.add(this.#bytes, this.#endOffset, this.#newestTimestampMs);
    this.#endOffset += count;
    this.#bytes += bytes;
    this.#newestTimestampMs = Math.max(this.#newestTimestampMs, timestampMs);
  }

  /** Takes in all entries at once, as an index describes them. */
  restore({ endOffset, bytes, newestTimestampMs, marks }: SegmentSummary): void {
    this.#endOffset = endOffset;
    this.#bytes = bytes;
    this.#newestTimestampMs = newestTimestampMs;
    this.#marks = marks;
  }
}
