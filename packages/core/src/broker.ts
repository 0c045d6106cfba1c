import type { BrokerRecord, OutgoingRecord } from './record.ts';

/**
 * The log as Sluice needs it. Google Pub/Sub in production, Apache Kafka where a team runs Kafka, a memory in unit
 * tests; `contract-tests` holds every adapter to what is said here. Errors are `SluiceError`s: `unavailable` while the
 * broker is out of reach, `too-large`, `unauthorized`, `misconfigured`, `closed`.
 */
export interface Broker extends AsyncDisposable {
  readonly capabilities: BrokerCapabilities;
  readonly publisher: Publisher;
  readonly subscriber: Subscriber;
  readonly admin: BrokerAdmin;
}

export interface BrokerCapabilities {
  /** Records have offsets that count up in a partition, and a subscriber can be put at one. False: ids only. */
  readonly offsets: boolean;
}

/**
 * Acknowledgement: a receipt means that the broker has the record durably (Kafka: acks=all). Ordering: records of one
 * topic and key are in the log in the order of the `publish` calls, also across a retry inside the adapter. Concurrency:
 * calls may overlap freely and share requests; the adapter adds no fixed delay to a call that is alone. Memory: what is
 * queued is bounded; past that bound a call rejects with `overloaded` at once.
 */
export interface Publisher {
  /**
   * Resolves with one result per record, in their order, within a bounded time even when the broker is gone. A record
   * whose result is an error may still be in the log (the answer can have been lost): a sender that tries again uses the
   * same command id.
   */
  publish(records: readonly OutgoingRecord[]): Promise<readonly PublishResult[]>;
}

export type PublishResult =
  | {
      readonly kind: 'published';
      readonly topic: string;
      readonly partition: number | null;
      readonly offset: number | null;
      readonly messageId: string | null;
    }
  | { readonly kind: 'failed'; readonly error: Error };

export interface Subscriber {
  /**
   * Reads the topics as a member of the group until the signal aborts, then finishes the batches in hand, commits and
   * leaves the group. Resolves after that; rejects with what the handler threw where `wantsReassignment` does not hold.
   *
   * Ordering: batches of one partition come one at a time, in offset order; those of different partitions overlap, up
   * to `maxConcurrency`. Acknowledgement: the handler returns what became of a batch and the adapter alone commits; the
   * broker's commit is for others to watch the lag by, never the truth of where to resume. Back-pressure: nothing is
   * fetched without bound while handlers are at work; a slow handler keeps its membership (heartbeats go on).
   */
  run(options: SubscriptionOptions): Promise<void>;
}

export interface SubscriptionOptions {
  readonly group: string;
  readonly topics: readonly string[];
  readonly handler: SubscriptionHandler;
  readonly signal: AbortSignal;
  /** How many partitions' batches may be handled at once. Default 4. */
  readonly maxConcurrency?: number;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A partition handed to this member, with the ends of its log at that moment. */
export interface AssignedPartition extends TopicPartition {
  /** The first offset still in the log. */
  readonly startOffset: number;
  /** The offset that the next record will get. */
  readonly endOffset: number;
}

export interface SubscriptionHandler {
  /**
   * Called for partitions newly assigned, before any batch of theirs, and again whenever the adapter lost its place
   * (rebalance, reconnect, an offset out of range, or an error of `handle` for which `wantsReassignment` holds).
   * Returns the offset to read each from. Only on a broker with offsets.
   */
  assigned(
    partitions: readonly AssignedPartition[],
  ): Promise<readonly (TopicPartition & { readonly offset: number })[]>;
  /**
   * Handles one batch. The signal aborts when the partition is being taken away or the subscription ends the hard way;
   * the handler then gives up as soon as it can, and what it returns is still honoured where possible.
   */
  handle(batch: RecordBatch, signal: AbortSignal): Promise<Handled>;
}

/** Records of one partition in offset order (Kafka), or a micro-batch of messages of one topic (Pub/Sub). */
export interface RecordBatch {
  readonly topic: string;
  /** Null on a broker without partitions. */
  readonly partition: number | null;
  /** At least one. */
  readonly records: readonly BrokerRecord[];
  /** The end of the partition's log when the batch was fetched; null on a broker without offsets. */
  readonly endOffset: number | null;
}

export interface Handled {
  /** How many of the batch's first records are durably dealt with; the others will be delivered again. */
  readonly count: number;
  /** Where to read on from, where that is not behind the last record counted. */
  readonly resumeAt?: number;
}

export interface BrokerAdmin {
  /** Creates what is missing, in the way DESIGN says (6 partitions, kept for ever); what exists is left as it is. */
  ensureTopics(topics: readonly { readonly name: string; readonly partitions: number }[]): Promise<void>;
  /** First and next offset of every partition of the topics, in any order. Topics that do not exist are left out. */
  ends(topics: readonly string[]): Promise<readonly AssignedPartition[]>;
  /** Resolves when the broker answers. @throws SluiceError `unavailable`. */
  ping(): Promise<void>;
}
