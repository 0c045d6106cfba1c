import type { Clock } from '@sluice/durable-log';
import { type DurableLog, type FileSystem, type LogEntry, LogError, type LogEvent, openLog } from '@sluice/durable-log';
import type { ErrorName } from '../protocol/errors.ts';
import { assignOffset, type BatchHeader, clearLogAppendTime, stampLogAppendTime } from '../record-batch.ts';
import type { TimestampedOffset } from '../record-times.ts';
import type { TopicSettings } from '../topic-config.ts';
import { ProducerSaver, recoverProducers } from './producer-saver.ts';
import type { ProducerStates, RetainedBatch } from './producer-states.ts';
import { findByTimestamp, findNewest } from './time-lookup.ts';

/** There is one broker, so a partition's leader never changes. */
export const LEADER_EPOCH = 0;

export interface PartitionOptions {
  readonly index: number;
  readonly directory: string;
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  readonly settings: TopicSettings;
  /** Records below this offset were deleted by a client. */
  readonly deletedBefore: number;
  readonly onLogEvent: (event: LogEvent) => void;
}

export type AppendResult =
  | {
      readonly kind: 'appended';
      readonly baseOffset: number;
      /** -1 where the records keep the times they came with. */
      readonly logAppendTimeMs: number;
    }
  | { readonly kind: 'refused'; readonly error: ErrorName; readonly message: string };

const refused = (error: ErrorName, message: string): AppendResult => ({ kind: 'refused', error, message });

/** One partition: its log, and what it knows of the producers that write to it. */
export class Partition implements AsyncDisposable {
  readonly index: number;
  readonly #options: PartitionOptions;
  readonly #log: DurableLog;
  readonly #producers: ProducerStates;
  readonly #saver: ProducerSaver;
  readonly #listeners = new Set<() => void>();
  #isGone = false;
  #settings: TopicSettings;
  #deletedBefore: number;

  static async open(options: PartitionOptions): Promise<Partition> {
    const { directory, fileSystem, settings, onLogEvent } = options;
    const { segmentBytes, retention } = settings;
    const log = await openLog({ directory, fileSystem, segmentBytes, retention, onEvent: onLogEvent });
    try {
      return new Partition(options, log, await recoverProducers(options, log));
    } catch (error) {
      await log[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(options: PartitionOptions, log: DurableLog, producers: ProducerStates) {
    this.#options = options;
    this.index = options.index;
    this.#log = log;
    this.#producers = producers;
    this.#saver = new ProducerSaver(options, log, producers);
    this.#settings = options.settings;
    this.#deletedBefore = options.deletedBefore;
    log.onDurable(() => this.#notify());
  }

  get startOffset(): number {
    return Math.max(this.#log.startOffset, Math.min(this.#deletedBefore, this.#log.endOffset));
  }

  /** The high watermark: the offset after the last durable record. */
  get endOffset(): number {
    return this.#log.endOffset;
  }

  /** Closed, or about to be: its topic was deleted, or the broker ends. */
  get isGone(): boolean {
    return this.#isGone;
  }

  get sizeBytes(): number {
    return this.#log.sizeBytes;
  }

  /** Calls `listener` when there is something new to read, or the partition is gone. Returns the way to stop that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /**
   * Takes a checked batch, whose bytes become the log's. Its place in the log is decided before this returns; the promise
   * resolves once the batch is durable.
   * @throws LogError as `DurableLog.append` does.
   */
  async append(batch: Buffer, header: BatchHeader): Promise<AppendResult> {
    const verdict = this.#producers.check(header);
    if (verdict.kind === 'refused') return refused(verdict.error, verdict.message);
    if (verdict.kind === 'duplicate') return duplicate(verdict.batch);
    const nowMs = this.#options.clock.now();
    const { logAppendTime } = this.#settings;
    if (!logAppendTime && !this.#isTimely(header, nowMs)) {
      return refused('INVALID_TIMESTAMP', `${header.maxTimestampMs} is outside of what the topic's settings allow`);
    }
    const timestampMs = logAppendTime ? nowMs : header.maxTimestampMs;
    const baseOffset = this.#log.nextOffset;
    if (logAppendTime) stampLogAppendTime(batch, nowMs);
    else if (header.logAppendTime) clearLogAppendTime(batch);
    assignOffset(batch, baseOffset, LEADER_EPOCH);
    const appending = this.#log.append({ count: header.recordCount, timestampMs, payload: [batch] });
    const retained = this.#producers.add(header, baseOffset, timestampMs, nowMs);
    this.#saver.appended(batch.length, appending);
    await (retained === undefined ? appending : this.#settled(appending, header.producerId, retained));
    return { kind: 'appended', baseOffset, logAppendTimeMs: logAppendTime ? nowMs : -1 };
  }

  async #settled(appending: Promise<number>, producerId: number, retained: RetainedBatch): Promise<void> {
    retained.durable = appending;
    try {
      await appending;
      retained.durable = undefined;
    } catch (error) {
      this.#producers.remove(producerId, retained);
      throw error;
    }
  }

  #isTimely({ baseTimestampMs, maxTimestampMs }: BatchHeader, nowMs: number): boolean {
    const { timestampBeforeMaxMs, timestampAfterMaxMs } = this.#settings;
    if (maxTimestampMs < 0) return true;
    return nowMs - baseTimestampMs <= timestampBeforeMaxMs && maxTimestampMs - nowMs <= timestampAfterMaxMs;
  }

  /** Whole batches from the one that contains `offset` on, as `DurableLog.read` gives them. */
  read(offset: number, maxBytes: number, allocate?: (bytes: number) => Buffer): Promise<LogEntry[]> {
    if (offset < this.startOffset) {
      const message = `offset must be from ${this.startOffset} to ${this.endOffset}, got ${offset}`;
      return Promise.reject(new LogError('out-of-range', message));
    }
    return this.#log.read(offset, maxBytes, allocate);
  }

  /** The first record that is not older. */
  findByTimestamp(timestampMs: number): Promise<TimestampedOffset | undefined> {
    return findByTimestamp(this.#log, this.startOffset, timestampMs);
  }

  /** The first of the records with the newest timestamp. Reads the whole log. */
  findNewest(): Promise<TimestampedOffset | undefined> {
    return findNewest(this.#log, this.startOffset);
  }

  configure(settings: TopicSettings): void {
    this.#settings = settings;
    this.#log.setRetention(settings.retention);
  }

  /** Makes the records below `offset` unreadable and frees the space they take, as far as whole segments go. */
  async deleteBefore(offset: number): Promise<void> {
    this.#deletedBefore = Math.max(this.#deletedBefore, offset);
    await this.#log.trimBefore(this.#deletedBefore);
  }

  /** Applies retention. A segment that is still written to goes too once all that is in it is too old, as in Kafka. */
  async enforceRetention(nowMs: number, producersSeenSinceMs: number): Promise<void> {
    this.#producers.expire(producersSeenSinceMs);
    const { maxAgeMs } = this.#settings.retention;
    const { endOffset } = this.#log;
    if (maxAgeMs !== undefined && endOffset > this.#log.startOffset) {
      const kept = await this.#log.findByTimestamp(nowMs - maxAgeMs);
      if (kept === undefined) await this.#log.trimBefore(endOffset);
    }
    await this.#log.enforceRetention(nowMs);
  }

  /** Closes without saving anything, since the files are about to be removed. */
  async discard(): Promise<void> {
    this.#isGone = true;
    this.#notify();
    await this.#saver.saved;
    await this.#log[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#saver.close();
    await this.discard();
  }
}

/** A retry is acknowledged like the batch it repeats, and not before that is durable. */
async function duplicate(batch: RetainedBatch): Promise<AppendResult> {
  await batch.durable;
  return { kind: 'appended', baseOffset: batch.baseOffset, logAppendTimeMs: batch.timestampMs };
}
