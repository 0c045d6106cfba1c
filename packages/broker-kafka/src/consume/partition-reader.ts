import { type BrokerRecord, type Handled, type RecordBatch, SluiceError, type TopicPartition } from '@sluice/core';
import { readRecords } from '../records/record-reader.ts';
import type { Fetched } from './fetch-answer.ts';

type FetchedRecords = Extract<Fetched, { kind: 'records' }>;

/** Records to hand over, and the offset after them, which may lie behind the last record (markers, compaction). */
export interface Portion extends RecordBatch {
  readonly partition: number;
  readonly nextOffset: number;
}

/** Small fetches are handed over together, up to this; a large one is handed over as it came. */
const PORTION_BYTES = 2 * 2 ** 20;

/**
 * One partition of an assignment: where its reading stands, and what was fetched ahead of the handler.
 *
 *     placing --start--> reading --lose--> placing
 */
export class PartitionReader implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly #revoked = new AbortController();
  readonly #queue: FetchedRecords[] = [];
  #rest: Portion | undefined;
  #reading = false;
  #next = 0;
  #fetchFrom = 0;
  #queuedBytes = 0;
  /** Whether kafkajs was told to leave the partition out of its fetches. */
  paused = true;
  /** Whether it is being handled or waits for its turn. */
  scheduled = false;
  /** How often in a row nothing was achieved. */
  failures = 0;

  constructor({ topic, partition }: TopicPartition) {
    this.topic = topic;
    this.partition = partition;
  }

  get name(): string {
    return `${this.topic}/${this.partition}`;
  }

  get signal(): AbortSignal {
    return this.#revoked.signal;
  }

  get isReading(): boolean {
    return this.#reading && !this.signal.aborted;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  get hasPortion(): boolean {
    return this.isReading && (this.#rest !== undefined || this.#queue.length > 0);
  }

  /** The offset that the next fetch must have asked for. */
  get fetchFrom(): number {
    return this.#fetchFrom;
  }

  startAt(offset: number): void {
    this.#clear();
    this.#next = offset;
    this.#fetchFrom = offset;
    this.#reading = true;
  }

  lose(): void {
    this.#clear();
    this.#reading = false;
  }

  revoke(): void {
    this.lose();
    this.#revoked.abort(new SluiceError('unavailable', `${this.name} is being taken away from this member`));
  }

  push(fetched: FetchedRecords): void {
    this.#queue.push(fetched);
    this.#queuedBytes += fetched.set.bytes.length;
    this.#fetchFrom = fetched.nextOffset;
  }

  /** The next records to hand over; undefined where what was fetched has none. */
  take(): Portion | undefined {
    const rest = this.#rest;
    this.#rest = undefined;
    return rest ?? this.#merged();
  }

  /**
   * Takes in what became of a portion.
   * @returns where to read on, where that is not behind what was counted
   */
  settle(portion: Portion, { count, resumeAt }: Handled): number | undefined {
    if (!this.isReading) return undefined;
    if (resumeAt !== undefined) {
      this.startAt(resumeAt);
      return resumeAt;
    }
    this.#next = offsetAfter(portion, count);
    if (count < portion.records.length) this.#rest = { ...portion, records: portion.records.slice(count) };
    return undefined;
  }

  #merged(): Portion | undefined {
    const records: BrokerRecord[] = [];
    let bytes = 0;
    let last: FetchedRecords | undefined;
    for (let next = this.#queue[0]; next; next = this.#queue[0]) {
      bytes += next.set.bytes.length;
      if (last && bytes > PORTION_BYTES) break;
      this.#queue.shift();
      this.#queuedBytes -= next.set.bytes.length;
      readRecords(next.set, this.#next, records);
      last = next;
    }
    if (!last) return undefined;
    const { nextOffset, endOffset } = last;
    if (records.length > 0) return { topic: this.topic, partition: this.partition, records, nextOffset, endOffset };
    this.#next = nextOffset;
    return undefined;
  }

  #clear(): void {
    this.#queue.length = 0;
    this.#queuedBytes = 0;
    this.#rest = undefined;
  }
}

/** The offset after the first `count` records of a portion. */
export function offsetAfter({ records, nextOffset }: Portion, count: number): number {
  const following = records[count]?.position;
  return following?.kind === 'offset' ? following.offset : nextOffset;
}
