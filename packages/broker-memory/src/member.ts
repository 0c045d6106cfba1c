import {
  type BrokerRecord,
  backoffDelayMs,
  pause,
  SluiceError,
  type SubscriptionOptions,
  type TopicPartition,
  wantsReassignment,
} from '@sluice/core';
import type { Group, Member } from './group.ts';
import type { MemoryLog } from './memory-log.ts';
import { Slots } from './slots.ts';

const BATCH_RECORDS = 500;

type Place = TopicPartition & { readonly offset: number };

/** One run of a subscription: reads its share of the partitions, until the group takes it away or the run ends. */
export class MemoryMember implements Member {
  readonly topics: readonly string[];
  readonly #subscription: SubscriptionOptions;
  readonly #log: MemoryLog;
  readonly #group: Group;
  readonly #slots: Slots;
  readonly #onFatal: (error: unknown) => void;
  /** No batch is begun after this. */
  readonly #ended: AbortSignal;
  #revoked = new AbortController();
  #work: Promise<void> = Promise.resolve();

  constructor(
    log: MemoryLog,
    subscription: SubscriptionOptions,
    ended: AbortSignal,
    onFatal: (error: unknown) => void,
  ) {
    this.topics = subscription.topics;
    this.#subscription = subscription;
    this.#log = log;
    this.#group = log.group(subscription.group);
    this.#slots = new Slots(subscription.maxConcurrency ?? 4);
    this.#ended = ended;
    this.#onFatal = onFatal;
  }

  assign(partitions: readonly TopicPartition[]): void {
    this.#revoked = new AbortController();
    this.#work = this.#readAll(partitions).catch(this.#onFatal);
  }

  async revoke(): Promise<void> {
    this.#revoked.abort(new SluiceError('unavailable', 'the partition is being taken away'));
    await this.#work;
  }

  /** Resolves when the batches in hand are done; to be called after `ended` aborted. */
  async drain(): Promise<void> {
    await this.#work;
  }

  get #stopped(): AbortSignal {
    return AbortSignal.any([this.#ended, this.#revoked.signal]);
  }

  async #readAll(partitions: readonly TopicPartition[]): Promise<void> {
    const stopped = this.#stopped;
    const places = await this.#place(partitions, stopped, 0);
    await Promise.all(places.map((place) => this.#read(place, stopped)));
  }

  /** Asks the handler until it says where to read from. */
  async #place(partitions: readonly TopicPartition[], stopped: AbortSignal, tries: number): Promise<readonly Place[]> {
    const wanted = new Set(partitions.map(nameOf));
    for (let attempt = tries; wanted.size > 0; attempt++) {
      if (attempt > 0) await pause(backoffDelayMs(attempt - 1), stopped);
      if (stopped.aborted) break;
      const ends = this.#log.ends(this.topics).filter((end) => wanted.has(nameOf(end)));
      if (ends.length === 0) continue;
      try {
        return await this.#subscription.handler.assigned(ends);
      } catch (error) {
        if (!wantsReassignment(error)) throw error;
      }
    }
    return [];
  }

  async #read(from: Place, stopped: AbortSignal): Promise<void> {
    let failures = 0;
    for (let place: Place | undefined = from; place && !stopped.aborted; ) {
      try {
        const next: number = await this.#step(place, stopped);
        failures = next === place.offset ? failures : 0;
        place = { ...place, offset: next };
      } catch (error) {
        if (!wantsReassignment(error)) throw error;
        [place] = await this.#place([place], stopped, failures++);
      }
    }
  }

  /** Handles what there is at a place, or waits for something to come. Returns where to read on. */
  async #step(place: Place, stopped: AbortSignal): Promise<number> {
    const changed = this.#log.changed();
    const records = this.#log.read(place, place.offset, BATCH_RECORDS);
    if (records.length === 0) {
      await Promise.race([changed, untilAborted(stopped)]);
      return place.offset;
    }
    return await this.#slots.use(async () => {
      if (stopped.aborted) return place.offset;
      try {
        return await this.#handle(place, records, stopped);
      } catch (error) {
        // At once, so that nothing is handled after it.
        if (!wantsReassignment(error)) this.#onFatal(error);
        throw error;
      }
    });
  }

  async #handle(place: Place, records: readonly BrokerRecord[], stopped: AbortSignal): Promise<number> {
    const { topic, partition, offset } = place;
    const end = this.#log.ends([topic]).find((each) => each.partition === partition)?.endOffset ?? null;
    const batch = { topic, partition, records, endOffset: end };
    const { count, resumeAt } = await this.#subscription.handler.handle(batch, this.#revoked.signal);
    if (count > 0) this.#group.committed.set(nameOf(place), offset + count);
    if (count === 0 && resumeAt === undefined) await pause(backoffDelayMs(0), stopped);
    return resumeAt ?? offset + count;
  }
}

export function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
