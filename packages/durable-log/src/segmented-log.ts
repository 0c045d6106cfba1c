import { ActiveSegment } from './active-segment.ts';
import { isExhaustion, isMissing, LogError, reasonOf } from './errors.ts';
import type { LogFile } from './file-system.ts';
import type { DurableLog, LogEntry, LogOptions, NewEntry, Retention } from './log.ts';
import { findInSegment, readSegment, Walk } from './reader.ts';
import type { Recovered } from './recovery.ts';
import type { Segment } from './segment.ts';
import { Segments } from './segments.ts';
import { TailCache } from './tail-cache.ts';
import { Writer } from './writer.ts';

/** A log of segment files, read and appended to at the same time. */
export class SegmentedLog implements DurableLog {
  readonly #directory: string;
  readonly #segments: Segments;
  readonly #active: ActiveSegment;
  readonly #writer: Writer;
  readonly #tail = new TailCache();
  #listeners: readonly (() => void)[] = [];
  #retention: Retention;
  #closing: Promise<void> | undefined;

  constructor(options: Required<LogOptions>, recovered: Recovered) {
    const { directory, fileSystem, segmentBytes, maxGroupBytes, retention } = options;
    this.#directory = directory;
    this.#retention = retention;
    this.#segments = new Segments(options, recovered);
    this.#active = new ActiveSegment(fileSystem, directory, recovered.active);
    this.#writer = new Writer(this.#active, {
      segmentBytes,
      maxGroupBytes,
      roll: () => this.#roll(),
      onDurable: (firstOffset, bytes) => {
        this.#tail.add(firstOffset, bytes, this.endOffset);
        for (const listener of this.#listeners) listener();
      },
    });
  }

  get startOffset(): number {
    return this.#segments.startOffset;
  }

  get endOffset(): number {
    return this.#segments.active.endOffset;
  }

  get nextOffset(): number {
    return this.#writer.nextOffset;
  }

  get sizeBytes(): number {
    return this.#segments.bytes;
  }

  append(entry: NewEntry): Promise<number> {
    if (this.#closing !== undefined) return Promise.reject(this.#closed());
    return this.#writer.append(entry);
  }

  async read(offset: number, maxBytes: number, allocate?: (bytes: number) => Buffer): Promise<LogEntry[]> {
    this.#refuseIfClosed();
    const { startOffset, endOffset } = this;
    if (!(offset >= startOffset && offset <= endOffset)) {
      throw this.#outOfRange(`must be from ${startOffset} to ${endOffset}, got ${offset}`);
    }
    if (offset === endOffset) return [];
    const atHand = this.#tail.read(offset, maxBytes);
    if (atHand !== undefined) return atHand;
    const segment = this.#segments.withOffset(offset);
    return this.#readFrom(segment, (file) => readSegment(new Walk(file, segment, allocate), offset, maxBytes));
  }

  async findByTimestamp(timestampMs: number): Promise<LogEntry | undefined> {
    this.#refuseIfClosed();
    const segment = this.#segments.withTimestamp(timestampMs);
    if (segment === undefined) return undefined;
    return this.#readFrom(segment, (file) => findInSegment(new Walk(file, segment), timestampMs));
  }

  onDurable(listener: () => void): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  async enforceRetention(nowMs: number): Promise<void> {
    await this.#removeWhile((oldest, restBytes) => isExpired(oldest, restBytes, this.#retention, nowMs));
  }

  setRetention(retention: Retention): void {
    this.#retention = retention;
  }

  async trimBefore(offset: number): Promise<void> {
    this.#refuseIfClosed();
    await this.#writer.exclusively(async () => {
      const { isEmpty, endOffset } = this.#active.segment;
      if (!isEmpty && endOffset <= offset) await this.#roll();
    });
    await this.#removeWhile((oldest) => oldest.endOffset <= offset);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#writer.drained();
    await this.#active.dropRoomAhead();
    await this.#segments.close();
    this.#tail.clear();
  }

  async #roll(): Promise<void> {
    this.#segments.replaceActive(await this.#active.roll());
  }

  async #removeWhile(goes: (oldest: Segment, restBytes: number) => boolean): Promise<void> {
    this.#refuseIfClosed();
    try {
      this.#writer.refuseIfBroken();
      await this.#segments.removeWhile(goes);
    } catch (error) {
      // A removal of which nobody knows whether it will last: with the next one it could leave a hole.
      throw this.#writer.note(error);
    }
  }

  async #readFrom<T>(segment: Segment, read: (file: LogFile) => Promise<T>): Promise<T> {
    try {
      return await segment.file.use(read);
    } catch (error) {
      if (error instanceof LogError) throw error;
      if (isMissing(error) && this.#segments.isLeaving(segment))
        throw this.#outOfRange('was removed while it was read');
      const code = isExhaustion(error) ? 'no-space' : 'corrupt';
      throw new LogError(code, `${segment.path}: cannot be opened: ${reasonOf(error)}`, { cause: error });
    }
  }

  #refuseIfClosed(): void {
    if (this.#closing !== undefined) throw this.#closed();
  }

  #closed(): LogError {
    return new LogError('closed', `${this.#directory}: the log is closed`);
  }

  #outOfRange(fault: string): LogError {
    return new LogError('out-of-range', `${this.#directory}: offset ${fault}`);
  }
}

function isExpired(oldest: Segment, restBytes: number, { maxAgeMs, maxBytes }: Retention, nowMs: number): boolean {
  if (maxAgeMs !== undefined && oldest.newestTimestampMs < nowMs - maxAgeMs) return true;
  return maxBytes !== undefined && restBytes >= maxBytes;
}
