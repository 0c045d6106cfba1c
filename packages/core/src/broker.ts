import type { SluiceError } from './errors.ts';
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
  /**
   * Records have offsets that count up in a partition, and a subscriber can be put at one. False: no partitions, no ends
   * of the log, message ids only, and the command id alone keeps an effect from being repeated.
   */
  readonly offsets: boolean;
  /** Records of one of these come in the order in which they lie in the log. */
  readonly orderedBy: 'partition' | 'key';
  /** What brings a group back to what it read before: its handler's answer to `assigned`, or `BrokerAdmin.seek`. */
  readonly replay: 'offset' | 'time-or-snapshot';
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
  /**
   * Why `publish` would refuse the record for good, as far as that is known without the broker: for those who have to say
   * what they are about to publish before they do.
   */
  refusal(record: OutgoingRecord): SluiceError | undefined;
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
   * to `maxConcurrency`. On a broker without partitions several batches of one topic may be at work, but the records of
   * a key are in one of them at a time, in order. Acknowledgement: the handler returns what became of a batch and the
   * adapter alone commits or acknowledges. Where there are offsets, the broker's commit is for others to watch the lag
   * by, never the truth of where to resume; where there are none, what was not acknowledged is delivered again, and what
   * was may be. Back-pressure: nothing is fetched without bound while handlers are at work; a slow handler keeps its
   * membership (heartbeats) or its messages (leases).
   */
  run(options: SubscriptionOptions): Promise<void>;
}

export interface SubscriptionOptions {
  readonly group: string;
  readonly topics: readonly string[];
  readonly handler: SubscriptionHandler;
  readonly signal: AbortSignal;
  /** How many batches may be handled at once, each of a partition of its own where there are partitions. Default 4. */
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
   * the handler then gives up as soon as it can, and what it returns is still honoured where possible. What it throws
   * ends the subscription, or, where `wantsReassignment` holds, has it delivered again after a pause.
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
  /** Where to read on from, where that is not behind the last record counted. Only on a broker with offsets. */
  readonly resumeAt?: number;
}

/** The topics that a group reads, or is to read. */
export interface GroupTopics {
  readonly group: string;
  readonly topics: readonly string[];
}

/** A group's place in its topics, kept by the broker under a name. */
export interface GroupSnapshot extends GroupTopics {
  readonly name: string;
}

export type SeekTarget =
  /** As far back as the topic keeps its messages. */
  | { readonly kind: 'beginning' }
  /** Everything that was published at this time or after it is delivered again, in ms since the epoch. */
  | { readonly kind: 'time'; readonly timeMs: number }
  /** What `takeSnapshot` kept: what was not acknowledged then, and everything after it. */
  | { readonly kind: 'snapshot'; readonly name: string };

export interface BrokerAdmin {
  /** Creates what is missing, in the way DESIGN says (6 partitions, kept for ever); what exists is left as it is. */
  ensureTopics(topics: readonly { readonly name: string; readonly partitions: number }[]): Promise<void>;
  /**
   * Makes what a group needs before it can read the topics, at their beginnings, where the broker keeps such a thing: a
   * Pub/Sub subscription each. `Subscriber.run` does so itself; this is for those who want it done before.
   */
  ensureSubscriptions(group: GroupTopics): Promise<void>;
  /**
   * Removes what `ensureSubscriptions` makes, with the group's place in the topics; nothing where there is none. For a group
   * that nobody reads as any more.
   */
  removeSubscriptions(group: GroupTopics): Promise<void>;
  /**
   * The topics that a group has a place in.
   * @throws SluiceError `misconfigured` on a broker that replays by offset
   */
  topicsOf(group: string): Promise<readonly string[]>;
  /**
   * First and next offset of every partition of the topics, in any order. Topics that do not exist are left out. Nothing
   * on a broker without offsets.
   */
  ends(topics: readonly string[]): Promise<readonly AssignedPartition[]>;
  /**
   * Puts a group, whether it has members or not, at another place in each of the topics. What lies behind that place is
   * delivered again, what lies before it is not, soon after this resolves rather than at once.
   * @throws SluiceError `misconfigured` on a broker that replays by offset
   */
  seek(target: GroupTopics & { readonly to: SeekTarget }): Promise<void>;
  /**
   * Keeps the group's place in each of the topics for a later `seek`. One that exists is left as it is.
   * @throws SluiceError `misconfigured` on a broker that replays by offset
   */
  takeSnapshot(snapshot: GroupSnapshot): Promise<void>;
  /**
   * Forgets what `takeSnapshot` kept; nothing where there is none.
   * @throws SluiceError `misconfigured` on a broker that replays by offset
   */
  deleteSnapshot(snapshot: Omit<GroupSnapshot, 'group'>): Promise<void>;
  /** Resolves when the broker answers. @throws SluiceError `unavailable`. */
  ping(): Promise<void>;
}
