import { type DurableLog, type FileSystem, type LogEntry, LogError, type LogEvent, openLog } from '@sluice/durable-log';
import type { Clock } from '../clock.ts';
import type { ErrorName } from '../protocol/errors.ts';
import {
  assignOffset,
  type BatchHeader,
  clearLogAppendTime,
  readBatchHeader,
  stampLogAppendTime,
} from '../record-batch.ts';
import { offsetOfTimestamp, type TimestampedOffset } from '../record-times.ts';
import type { TopicSettings } from '../topic-config.ts';
import { readProducerSnapshot, writeProducerSnapshot } from './producer-snapshot.ts';
import { ProducerStates, type RetainedBatch } from './producer-states.ts';

/** There is one broker, so a partition's leader never changes. */
export const LEADER_EPOCH = 0;

/** After so many bytes the producer states are saved, so that opening the log reads no more than these again. */
const SNAPSHOT_INTERVAL_BYTES = 16 * 1024 * 1024;

const SCAN_BYTES = 1024 * 1024;

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
  readonly #listeners = new Set<() => void>();
  #isGone = false;
  #settings: TopicSettings;
  #deletedBefore: number;
  #bytesSinceSnapshot = 0;
  #snapshot: Promise<void> = Promise.resolve();
  #lastAppend: Promise<unknown> = Promise.resolve();

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
    await this.#remember(appending, batch.length, header, baseOffset, timestampMs, nowMs);
    return { kind: 'appended', baseOffset, logAppendTimeMs: logAppendTime ? nowMs : -1 };
  }

  async #remember(
    appending: Promise<number>,
    bytes: number,
    header: BatchHeader,
    baseOffset: number,
    timestampMs: number,
    nowMs: number,
  ): Promise<void> {
    const retained = this.#producers.add(header, baseOffset, timestampMs, nowMs);
    if (retained !== undefined) retained.durable = appending;
    this.#lastAppend = appending;
    this.#bytesSinceSnapshot += bytes;
    if (this.#bytesSinceSnapshot >= SNAPSHOT_INTERVAL_BYTES) this.#saveProducers();
    try {
      await appending;
      if (retained !== undefined) retained.durable = undefined;
    } catch (error) {
      if (retained !== undefined) this.#producers.remove(header.producerId, retained);
      throw error;
    }
  }

  #isTimely({ baseTimestampMs, maxTimestampMs }: BatchHeader, nowMs: number): boolean {
    const { timestampBeforeMaxMs, timestampAfterMaxMs } = this.#settings;
    if (maxTimestampMs < 0) return true;
    return nowMs - baseTimestampMs <= timestampBeforeMaxMs && maxTimestampMs - nowMs <= timestampAfterMaxMs;
  }

  /** Whole batches from the one that contains `offset` on, as `DurableLog.read` gives them. */
  read(offset: number, maxBytes: number): Promise<LogEntry[]> {
    if (offset < this.startOffset) {
      const message = `offset must be from ${this.startOffset} to ${this.endOffset}, got ${offset}`;
      return Promise.reject(new LogError('out-of-range', message));
    }
    return this.#log.read(offset, maxBytes);
  }

  /** The first record that is not older. */
  async findByTimestamp(timestampMs: number): Promise<TimestampedOffset | undefined> {
    const found = await this.#log.findByTimestamp(timestampMs);
    if (found === undefined) return undefined;
    const { startOffset } = this;
    for await (const { payload } of this.#entries(Math.max(found.offset, startOffset))) {
      const record = await offsetOfTimestamp(payload, timestampMs, startOffset);
      if (record !== undefined) return record;
    }
    return undefined;
  }

  /** The first of the records with the newest timestamp. Reads the whole log. */
  async findNewest(): Promise<TimestampedOffset | undefined> {
    let newest: Buffer | undefined;
    let newestMs = Number.NEGATIVE_INFINITY;
    for await (const { payload } of this.#entries(this.startOffset)) {
      const { maxTimestampMs } = readBatchHeader(payload);
      if (maxTimestampMs <= newestMs) continue;
      newestMs = maxTimestampMs;
      newest = Buffer.from(payload);
    }
    return newest && (await offsetOfTimestamp(newest, newestMs, this.startOffset));
  }

  #entries(from: number): AsyncGenerator<LogEntry> {
    return entriesFrom(this.#log, from);
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

  #saveProducers(): void {
    this.#bytesSinceSnapshot = 0;
    const { fileSystem, directory } = this.#options;
    const snapshot = { offset: this.#log.nextOffset, states: this.#producers.toJSON() };
    const durable = this.#lastAppend;
    this.#snapshot = this.#snapshot
      .then(() => durable)
      .then(() => writeProducerSnapshot(fileSystem, directory, snapshot))
      // It only saves time: without it the log itself is read.
      .catch(() => undefined);
  }

  /** Closes without saving anything, since the files are about to be removed. */
  async discard(): Promise<void> {
    this.#isGone = true;
    this.#notify();
    await this.#snapshot;
    await this.#log[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#bytesSinceSnapshot > 0) this.#saveProducers();
    await this.discard();
  }
}

/** A retry is acknowledged like the batch it repeats, and not before that is durable. */
async function duplicate(batch: RetainedBatch): Promise<AppendResult> {
  await batch.durable;
  return { kind: 'appended', baseOffset: batch.baseOffset, logAppendTimeMs: batch.timestampMs };
}

async function* entriesFrom(log: DurableLog, from: number): AsyncGenerator<LogEntry> {
  for (let offset = from; offset < log.endOffset; ) {
    for (const entry of await log.read(offset, SCAN_BYTES)) {
      yield entry;
      offset = entry.offset + entry.count;
    }
  }
}

async function recoverProducers(
  { directory, fileSystem, clock }: PartitionOptions,
  log: DurableLog,
): Promise<ProducerStates> {
  const saved = await readProducerSnapshot(fileSystem, directory);
  const usable = saved !== undefined && saved.offset <= log.endOffset ? saved : undefined;
  const states = usable?.states ?? new ProducerStates();
  for await (const { payload, offset, timestampMs } of entriesFrom(
    log,
    Math.max(usable?.offset ?? 0, log.startOffset),
  )) {
    states.add(readBatchHeader(payload), offset, timestampMs, clock.now());
  }
  return states;
}
