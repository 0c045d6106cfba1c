import {
  type BrokerAdmin,
  backoffDelayMs,
  pause,
  SluiceError,
  type SubscriptionHandler,
  type TopicPartition,
  wantsReassignment,
} from '@sluice/core';
import type { KafkaLogEntry } from '../client/client.ts';
import type { Fetched } from './fetch-answer.ts';
import type { OffsetCommitter } from './offset-committer.ts';
import { offsetAfter, PartitionReader, type Portion } from './partition-reader.ts';

/** What an assignment tells the consumer that fetches for it. */
export interface FetchControl {
  seek(partition: TopicPartition, offset: number): void;
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
}

export interface AssignmentOptions {
  readonly handler: SubscriptionHandler;
  readonly admin: BrokerAdmin;
  readonly control: FetchControl;
  readonly committer: OffsetCommitter;
  readonly maxConcurrency: number;
  /** What may be fetched ahead of the handler, for one partition and for all together. */
  readonly aheadBytesPerPartition: number;
  readonly aheadBytes: number;
  readonly log: (entry: KafkaLogEntry) => void;
  /** Called once, with what no waiting mends. */
  readonly onFatal: (error: unknown) => void;
}

/**
 * The partitions that the group gave this member, until the next rebalance: asks the handler where to read each from,
 * takes in what is fetched, and hands it over, one batch of a partition at a time and so many partitions at once.
 */
export class Assignment {
  readonly #options: AssignmentOptions;
  readonly #readers: ReadonlyMap<string, PartitionReader>;
  readonly #ready: PartitionReader[] = [];
  /** Calls of the handler that are under way. */
  readonly #hands = new Set<Promise<void>>();
  readonly #placings = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  #handling = 0;
  #crowded = false;

  constructor(partitions: readonly TopicPartition[], options: AssignmentOptions) {
    this.#options = options;
    const readers = partitions.map((partition) => new PartitionReader(partition));
    this.#readers = new Map(readers.map((reader) => [reader.name, reader]));
  }

  /**
   * Begins to read every partition, from where the handler says.
   * @param handsFree resolves when the handler has nothing of an earlier assignment in hand
   */
  start(handsFree: Promise<void>): void {
    const readers = [...this.#readers.values()];
    if (readers.length === 0) return;
    this.#options.control.pause(readers);
    this.#placeSoon(readers, handsFree);
  }

  /**
   * Takes in what was fetched for a partition.
   * @param askedFor the offset that the fetch asked for
   * @returns whether it was taken; what was not is fetched again, from the right place
   */
  take({ topic, partition }: TopicPartition, fetched: Fetched, askedFor: number): boolean {
    const reader = this.#readers.get(`${topic}/${partition}`);
    if (!reader?.isReading) return false;
    if (askedFor !== reader.fetchFrom) {
      this.#options.control.seek(reader, reader.fetchFrom);
      return false;
    }
    if (fetched.kind === 'lost') {
      this.#replace(
        reader,
        new SluiceError('unavailable', `Kafka answered error ${fetched.errorCode} for ${reader.name}`),
      );
      return false;
    }
    reader.push(fetched);
    this.#steer(reader);
    this.#schedule(reader);
    return true;
  }

  /** Ends the hard way: handlers are told to give up. Resolves when the last has returned. */
  async revoke(): Promise<void> {
    this.#stopping.abort();
    for (const reader of this.#readers.values()) reader.revoke();
    await this.#handsFree();
  }

  /** Hands nothing over any more. Resolves when what is in hand is done. */
  async drain(): Promise<void> {
    this.#stopping.abort();
    this.#options.control.pause([...this.#readers.values()]);
    await this.#handsFree();
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #handsFree(): Promise<void> {
    await Promise.all([...this.#hands, ...this.#placings]);
  }

  #schedule(reader: PartitionReader): void {
    if (reader.scheduled || !reader.hasPortion) return;
    reader.scheduled = true;
    this.#ready.push(reader);
    this.#fillHands();
  }

  #fillHands(): void {
    while (!this.#stopped && this.#handling < this.#options.maxConcurrency) {
      const reader = this.#ready.shift();
      if (!reader) return;
      this.#handling++;
      const hand = this.#handle(reader).finally(() => {
        this.#hands.delete(hand);
        this.#handling--;
        reader.scheduled = false;
        this.#schedule(reader);
        this.#fillHands();
      });
      this.#hands.add(hand);
    }
  }

  async #handle(reader: PartitionReader): Promise<void> {
    try {
      const portion = reader.take();
      this.#steer(reader);
      if (portion) await this.#handOver(reader, portion);
    } catch (error) {
      this.#failed(reader, error);
    }
  }

  async #handOver(reader: PartitionReader, portion: Portion): Promise<void> {
    const { handler, control, committer } = this.#options;
    const handled = await handler.handle(portion, reader.signal);
    if (handled.count > 0) committer.mark(reader.topic, reader.partition, offsetAfter(portion, handled.count));
    const seekTo = reader.settle(portion, handled);
    if (seekTo !== undefined) control.seek(reader, seekTo);
    if (seekTo !== undefined || handled.count > 0) reader.failures = 0;
    // A handler that did nothing is asked again, but not in a hot loop.
    else await pause(backoffDelayMs(reader.failures++), this.#stopping.signal);
  }

  #failed(reader: PartitionReader, error: unknown): void {
    if (wantsReassignment(error)) this.#replace(reader, error);
    // A handler that gives up because it was told to may say so by throwing.
    else if (!reader.signal.aborted || error instanceof SluiceError) this.#end(error);
  }

  #end(error: unknown): void {
    this.#stopping.abort();
    this.#options.onFatal(error);
  }

  /** The place of a partition was lost: the handler is asked for it again, after a while that grows. */
  #replace(reader: PartitionReader, reason: unknown): void {
    if (!reader.isReading) return;
    reader.lose();
    reader.paused = true;
    this.#options.control.pause([reader]);
    this.#complain(`lost the place in ${reader.name}`, reason);
    this.#placeSoon([reader]);
  }

  #placeSoon(readers: readonly PartitionReader[], handsFree: Promise<void> = Promise.resolve()): void {
    const placing = handsFree
      .then(() => this.#place(readers))
      .catch((error) => this.#end(error))
      .finally(() => this.#placings.delete(placing));
    this.#placings.add(placing);
  }

  async #place(readers: readonly PartitionReader[]): Promise<void> {
    let lost = readers;
    while (lost.length > 0 && !this.#stopped) {
      const failures = Math.max(...lost.map((reader) => reader.failures++));
      if (failures > 0 && !(await pause(backoffDelayMs(failures - 1), this.#stopping.signal))) return;
      try {
        lost = await this.#placeFound(lost);
      } catch (error) {
        if (!wantsReassignment(error)) throw error;
        this.#complain('could not find where to read from', error);
      }
    }
  }

  /** Returns those that the log does not have. */
  async #placeFound(readers: readonly PartitionReader[]): Promise<readonly PartitionReader[]> {
    const { admin, handler, control } = this.#options;
    const ends = await admin.ends([...new Set(readers.map(({ topic }) => topic))]);
    const byName = new Map(readers.map((reader) => [reader.name, reader]));
    const found = ends.filter(({ topic, partition }) => byName.has(`${topic}/${partition}`));
    if (found.length === 0 || this.#stopped) return readers;
    for (const { topic, partition, offset } of await handler.assigned(found)) {
      const reader = byName.get(`${topic}/${partition}`);
      if (!reader || this.#stopped) continue;
      byName.delete(reader.name);
      reader.startAt(offset);
      control.seek(reader, offset);
      this.#steer(reader);
    }
    return [...byName.values()];
  }

  /** Lets a partition be fetched, or not, by what is waiting already; all of them, when there is too much in all. */
  #steer(reader: PartitionReader): void {
    let waiting = 0;
    for (const { queuedBytes } of this.#readers.values()) waiting += queuedBytes;
    const crowded = waiting >= this.#options.aheadBytes;
    const affected = crowded === this.#crowded ? [reader] : this.#readers.values();
    this.#crowded = crowded;
    for (const each of affected) this.#steerOne(each, crowded);
  }

  #steerOne(reader: PartitionReader, crowded: boolean): void {
    const { control, aheadBytesPerPartition } = this.#options;
    const pausing = !reader.isReading || crowded || reader.queuedBytes >= aheadBytesPerPartition;
    if (pausing === reader.paused) return;
    reader.paused = pausing;
    if (pausing) control.pause([reader]);
    else control.resume([reader]);
  }

  #complain(doing: string, reason: unknown): void {
    const message = `${doing}: ${reason instanceof Error ? reason.message : String(reason)}`;
    this.#options.log({ level: 'warn', message, details: {} });
  }
}
