import { isMissing, LogError } from './errors.ts';
import type { LogFile } from './file-system.ts';
import type { DurableLog, LogEntry, LogOptions, NewEntry, Retention } from './log.ts';
import { findInSegment, readSegment } from './reader.ts';
import type { Recovered } from './recovery.ts';
import type { Segment } from './segment.ts';
import { Writer } from './writer.ts';

/** A log of segment files, read and appended to at the same time. */
export class SegmentedLog implements DurableLog {
  readonly #options: Required<LogOptions>;
  /** In order of offsets; the last one is written to. */
  readonly #segments: Segment[];
  readonly #writer: Writer;
  readonly #listeners = new Set<() => void>();
  #retention: Retention;
  #removal: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(options: Required<LogOptions>, { segments, activeFile, activeFileBytes }: Recovered) {
    this.#options = options;
    this.#retention = options.retention;
    this.#segments = [...segments];
    this.#writer = new Writer(
      {
        ...options,
        onRoll: (created) => this.#segments.push(created),
        onDurable: () => this.#notify(),
      },
      this.#active,
      activeFile,
      activeFileBytes,
    );
  }

  get startOffset(): number {
    return this.#segments[0]?.firstOffset ?? 0;
  }

  get endOffset(): number {
    return this.#active.endOffset;
  }

  get nextOffset(): number {
    return this.#writer.nextOffset;
  }

  get sizeBytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  append(entry: NewEntry): Promise<number> {
    if (this.#closing !== undefined) return Promise.reject(closed(this.#options.directory));
    return this.#writer.append(entry);
  }

  async read(offset: number, maxBytes: number): Promise<LogEntry[]> {
    this.#refuseIfClosed();
    const { startOffset, endOffset } = this;
    if (!(offset >= startOffset && offset <= endOffset)) throw this.#outOfRange(offset);
    if (offset === endOffset) return [];
    const segment = this.#segments.findLast(({ firstOffset }) => firstOffset <= offset) ?? this.#active;
    try {
      return await this.#withFile(segment, (file) => readSegment(file, segment, offset, maxBytes));
    } catch (error) {
      if (isMissing(error) && offset < this.startOffset) throw this.#outOfRange(offset);
      throw error;
    }
  }

  async findByTimestamp(timestampMs: number): Promise<LogEntry | undefined> {
    this.#refuseIfClosed();
    const segment = this.#segments.find(({ newestTimestampMs }) => newestTimestampMs >= timestampMs);
    if (segment === undefined) return undefined;
    return this.#withFile(segment, (file) => findInSegment(file, segment, timestampMs));
  }

  onDurable(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async enforceRetention(nowMs: number): Promise<void> {
    this.#refuseIfClosed();
    await this.#removeWhile((oldest, rest) => isExpired(oldest, rest, this.#retention, nowMs));
  }

  setRetention(retention: Retention): void {
    this.#retention = retention;
  }

  async trimBefore(offset: number): Promise<void> {
    this.#refuseIfClosed();
    if (this.endOffset <= offset && !this.#active.isEmpty) await this.#writer.seal();
    await this.#removeWhile((oldest) => oldest.endOffset <= offset);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#writer.close().then(() => this.#removal);
    return this.#closing;
  }

  get #active(): Segment {
    return this.#segments.at(-1) as Segment;
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  async #withFile<T>(segment: Segment, use: (file: LogFile) => Promise<T>): Promise<T> {
    if (segment === this.#active) return use(this.#writer.file);
    const file = await this.#options.fileSystem.open(segment.path, { create: false });
    try {
      return await use(file);
    } finally {
      await file.close();
    }
  }

  /** One at a time and each made durable, so that no crash leaves a hole in the log. */
  #removeWhile(goes: (oldest: Segment, restBytes: number) => boolean): Promise<void> {
    const { fileSystem, directory, onEvent } = this.#options;
    const removal = this.#removal.then(async () => {
      for (;;) {
        const oldest = this.#segments[0];
        if (oldest === undefined || oldest === this.#active) return;
        if (!goes(oldest, this.sizeBytes - oldest.bytes)) return;
        this.#segments.shift();
        await fileSystem.remove(oldest.path);
        await fileSystem.syncDirectory(directory);
        onEvent({ kind: 'segment-removed', segment: oldest.name, nextOffset: oldest.endOffset });
      }
    });
    this.#removal = removal.catch(() => undefined);
    return removal;
  }

  #refuseIfClosed(): void {
    if (this.#closing !== undefined) throw closed(this.#options.directory);
  }

  #outOfRange(offset: number): LogError {
    return new LogError(
      'out-of-range',
      `${this.#options.directory}: offset must be from ${this.startOffset} to ${this.endOffset}, got ${offset}`,
    );
  }
}

function isExpired(oldest: Segment, restBytes: number, { maxAgeMs, maxBytes }: Retention, nowMs: number): boolean {
  if (maxAgeMs !== undefined && oldest.newestTimestampMs < nowMs - maxAgeMs) return true;
  return maxBytes !== undefined && restBytes >= maxBytes;
}

function closed(directory: string): LogError {
  return new LogError('closed', `${directory}: the log is closed`);
}
