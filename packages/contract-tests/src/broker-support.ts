import { randomUUID } from 'node:crypto';
import { it } from 'node:test';
import type {
  AssignedPartition,
  Broker,
  BrokerRecord,
  Handled,
  NewRecord,
  OutgoingRecord,
  PublishResult,
  RecordBatch,
  SubscriptionHandler,
  TopicPartition,
} from '@sluice/core';
import { waitFor } from '@sluice/testing';

/** `it`, for cases that hold only for brokers with a feature. */
export const when = (feature: boolean): ((name: string, test: () => Promise<void>) => void) =>
  feature ? (name, test) => void it(name, test) : () => undefined;

export const newName = (kind: string): string => `${kind}-${randomUUID().slice(0, 8)}`;

/**
 * Makes topics of `partitions` partitions, and what the group that reads them by default needs: not every server has what
 * was published before for a group that comes later.
 */
export async function newTopics(broker: Broker, count: number, partitions: number): Promise<readonly string[]> {
  const names = Array.from({ length: count }, () => newName('contract'));
  await broker.admin.ensureTopics(names.map((name) => ({ name, partitions })));
  await broker.admin.ensureSubscriptions({ group: groupOf(names), topics: names });
  return names;
}

/** The group that reads topics where a case names no other. */
export const groupOf = ([first]: readonly string[]): string => `group-of-${first}`;

export async function newTopic(broker: Broker, partitions: number): Promise<string> {
  const [topic] = await newTopics(broker, 1, partitions);
  return topic ?? '';
}

export function textRecord(topic: string, key: string, value: string): NewRecord {
  return { topic, key, value: Buffer.from(value), headers: [] };
}

/** A receipt. Without partitions and offsets they are -1, and the place is the message's id. */
export interface Published extends TopicPartition {
  readonly offset: number;
  /** As `placeOf` has it for the record. */
  readonly place: string;
}

/** Publishes, and insists on a receipt with a place for every record. */
export async function publishAll(broker: Broker, records: readonly OutgoingRecord[]): Promise<readonly Published[]> {
  return (await broker.publisher.publish(records)).map(receiptOf);
}

export function receiptOf(result: PublishResult): Published {
  if (result.kind === 'failed') throw result.error;
  const { topic, partition, offset, messageId } = result;
  if (partition !== null && offset !== null && messageId === null) {
    return { topic, partition, offset, place: `${topic}/${partition}/${offset}` };
  }
  if (partition === null && offset === null && messageId) {
    return { topic, partition: -1, offset: -1, place: messageId };
  }
  throw new TypeError(`a receipt without a place: ${JSON.stringify(result)}`);
}

/** Publishes values `from`, `from + 1`, … to one partition: all under one key. */
export async function publishNumbers(broker: Broker, topic: string, count: number, from = 0): Promise<number> {
  const records = Array.from({ length: count }, (_, index) => textRecord(topic, 'one key', String(from + index)));
  return (await publishAll(broker, records))[0]?.partition ?? 0;
}

export function offsetOf({ position }: BrokerRecord): number {
  if (position.kind !== 'offset') throw new TypeError('a record without an offset');
  return position.offset;
}

export const placeOf = (record: BrokerRecord): string =>
  record.position.kind === 'offset'
    ? `${record.topic}/${record.position.partition}/${record.position.offset}`
    : record.position.messageId;

export const textOf = ({ value }: BrokerRecord): string => value?.toString('utf8') ?? '';

type Placed = TopicPartition & { readonly offset: number };

export interface ReaderOptions {
  readonly group?: string;
  readonly topics: readonly string[];
  readonly maxConcurrency?: number;
  readonly signal?: AbortSignal;
  /** Default: the beginning of the log. */
  readonly from?: (partition: AssignedPartition) => number;
  /** Default: everything is dealt with at once. */
  readonly handle?: (batch: RecordBatch, signal: AbortSignal) => Handled | Promise<Handled>;
}

/** A subscription that keeps what it sees. Disposing of it ends it and waits for the end. */
export class Reader implements SubscriptionHandler, AsyncDisposable {
  readonly group: string;
  /** Every call of `assigned`. */
  readonly assignments: (readonly AssignedPartition[])[] = [];
  /** The records that were counted as dealt with, in the order of that. */
  readonly records: BrokerRecord[] = [];
  readonly #abort = new AbortController();
  readonly #options: ReaderOptions;
  readonly #run: Promise<void>;
  ended = false;

  constructor(broker: Broker, options: ReaderOptions) {
    this.#options = options;
    this.group = options.group ?? groupOf(options.topics);
    const { topics, maxConcurrency, signal } = options;
    this.#run = broker.subscriber
      .run({
        group: this.group,
        topics,
        handler: this,
        signal: AbortSignal.any([this.#abort.signal, ...(signal ? [signal] : [])]),
        ...(maxConcurrency !== undefined && { maxConcurrency }),
      })
      .finally(() => {
        this.ended = true;
      });
    this.#run.catch(() => undefined);
  }

  async assigned(partitions: readonly AssignedPartition[]): Promise<readonly Placed[]> {
    this.assignments.push(partitions);
    const from = this.#options.from ?? (({ startOffset }) => startOffset);
    return partitions.map((each) => ({ topic: each.topic, partition: each.partition, offset: from(each) }));
  }

  async handle(batch: RecordBatch, signal: AbortSignal): Promise<Handled> {
    const handled = (await this.#options.handle?.(batch, signal)) ?? { count: batch.records.length };
    this.records.push(...batch.records.slice(0, handled.count));
    return handled;
  }

  /** The partitions that it was given since it began, each once. */
  get places(): ReadonlySet<string> {
    return new Set(this.assignments.flat().map(({ topic, partition }) => `${topic}/${partition}`));
  }

  async untilAssigned(partitions: number): Promise<void> {
    await waitFor(`${partitions} partitions for ${this.group}`, () => this.places.size >= partitions, LONG);
  }

  async untilRead(count: number): Promise<readonly BrokerRecord[]> {
    await waitFor(`${count} records for ${this.group}`, () => this.records.length >= count, LONG);
    return this.records;
  }

  /** Ends the subscription as its signal does; rejects where the subscription did. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#run;
  }

  /** Waits for the subscription's own end. */
  async end(): Promise<void> {
    await this.#run;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#run.catch(() => undefined);
  }
}

/** Groups take their time to be shared anew, on a busy machine above all. */
export const LONG = { timeoutMs: 60_000 };
