import type { FileSystem } from './file-system.ts';

/** What is appended: opaque bytes that occupy `count` consecutive offsets. */
export interface NewEntry {
  /** How many offsets the entry occupies, at least 1. */
  readonly count: number;
  /** The newest timestamp inside, in ms since the epoch: what retention by time and look-up by time go by. */
  readonly timestampMs: number;
  /** The bytes, in one or more pieces. They must not change until the append has settled. */
  readonly payload: readonly Uint8Array[];
}

/** A durable entry, as read back. Its memory is the caller's; it is shared with the other entries of the same read. */
export interface LogEntry {
  readonly offset: number;
  readonly count: number;
  readonly timestampMs: number;
  readonly payload: Buffer;
}

export interface LogOptions {
  readonly directory: string;
  /** Default: the real one. */
  readonly fileSystem?: FileSystem;
  /** A segment is sealed once it has grown past this size. Default 128 MiB, at most 1 GiB. */
  readonly segmentBytes?: number;
  /** Appends that wait for the same sync are written together, up to this many bytes at once. Default 8 MiB, at most 1 GiB. */
  readonly maxGroupBytes?: number;
  readonly retention?: Retention;
  /** Told about what recovery and retention did. Default: nobody. */
  readonly onEvent?: (event: LogEvent) => void;
}

export interface Retention {
  /** Segments whose newest entry is older are removed; undefined keeps for ever. */
  readonly maxAgeMs?: number | undefined;
  /** The oldest segments are removed while the rest is still at least this large; undefined keeps all. */
  readonly maxBytes?: number | undefined;
}

export type LogEvent =
  | {
      readonly kind: 'tail-truncated';
      readonly segment: string;
      readonly atByte: number;
      readonly droppedBytes: number;
    }
  | { readonly kind: 'index-rebuilt'; readonly segment: string }
  | { readonly kind: 'segment-removed'; readonly segment: string; readonly nextOffset: number };

/**
 * An append-only log in one folder.
 *
 * Ordering: `append` assigns offsets synchronously, in the order of the calls. Durability: the returned promise resolves
 * once the entry, and so every entry before it, is synced to disk; appends that wait together share one write and one
 * sync. Visibility: only what is durable can be read. Concurrency: any number of appends and reads may be in flight; one
 * process has a folder open at a time.
 */
export interface DurableLog extends AsyncDisposable {
  /** The first offset still kept. */
  readonly startOffset: number;
  /** The offset after the last durable entry. */
  readonly endOffset: number;
  /** The offset that the next append gets. At least `endOffset`. */
  readonly nextOffset: number;
  /** Bytes of all segments. */
  readonly sizeBytes: number;
  /**
   * Assigns the next `count` offsets at once, so a caller that needs to write the offset into its bytes reads
   * `nextOffset` first, in the same tick.
   * @returns the entry's first offset, once durable.
   * @throws LogError `no-space` (nothing was kept, its offset and those of all appends that waited with it are given out
   * again, later appends may succeed), `broken` (an I/O error that leaves the state of the disk unknown: this log takes
   * no more appends until it is opened again) or `closed`.
   * @throws RangeError where `count`, `timestampMs` or the payload's size (1 GiB at most) cannot be stored.
   */
  append(entry: NewEntry): Promise<number>;
  /**
   * Durable entries from the one that contains `offset` on, at least one where there is one, then up to `maxBytes` of
   * payload, but perhaps no further than to the end of a segment. Empty at the end of the log.
   * @throws LogError `out-of-range` below `startOffset` or above `endOffset`; `corrupt` where bytes do not match their
   * checksum; `no-space` where no file descriptor is left.
   * @param allocate where the memory comes from that a file is read into, for callers that use theirs again: large pieces,
   * made anew for each read, cost more than the reading. What it returns may hold anything.
   */
  read(offset: number, maxBytes: number, allocate?: (bytes: number) => Buffer): Promise<LogEntry[]>;
  /**
   * The first entry whose `timestampMs` is at least the given one, found by segment and index; undefined where none is.
   */
  findByTimestamp(timestampMs: number): Promise<LogEntry | undefined>;
  /** Calls `listener` (synchronously, it must not throw) whenever `endOffset` has moved. Returns the way to stop that. */
  onDurable(listener: () => void): () => void;
  /**
   * Applies retention now, by the given clock. The segment being written to is never removed.
   * @throws LogError `broken` where a removal failed, or `no-space`.
   */
  enforceRetention(nowMs: number): Promise<void>;
  setRetention(retention: Retention): void;
  /**
   * Removes whole segments below `offset`, sealing the one being written to where that lets it go. Afterwards
   * `startOffset` is at most `offset`.
   * @throws LogError `no-space` (try again later) or `broken`.
   */
  trimBefore(offset: number): Promise<void>;
}
