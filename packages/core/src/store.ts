import type { TopicPartition } from './broker.ts';
import type { Effect } from './effect.ts';
import type { Instant } from './instant.ts';
import type { BrokerRecord } from './record.ts';

/**
 * Everything that is derived from the log. PostgreSQL in production, a memory in unit tests; `contract-tests` holds every
 * adapter to what is said here. Errors are `SluiceError`s.
 */
export interface Store extends AsyncDisposable {
  readonly writer: StoreWriter;
  readonly reader: StoreReader;
  /** Resolves when the store answers. @throws SluiceError `unavailable`. */
  ping(): Promise<void>;
}

/** How far a group has projected a partition. */
export interface StoredPosition {
  readonly topic: string;
  readonly partition: number;
  /** The offset to read next. */
  readonly nextOffset: number;
  /** The last record that was projected; a log that holds another one there is another log. */
  readonly lastOffset: number;
  /** `recordDigest` of that record, hexadecimal. */
  readonly lastDigest: string;
}

/**
 * The effects of a batch and the position it moves change in one transaction, or not at all. Concurrency: calls for
 * different partitions may overlap; two for the same position exclude each other by compare-and-set.
 */
export interface StoreWriter {
  /**
   * Applies the items in their order. Of several with one command id the first decides. The first outcome of an id
   * stands: a row whose id is dead-lettered at another place is not written, a dead letter whose id has a row is not
   * kept; one at the same place, read again after a fix, gives way to the row. So rows and dead letters are disjoint.
   * @throws SluiceError `position-conflict` where the stored position is not `advance.from` (nothing was changed),
   * `invalid-data` where an item cannot be stored (nothing was changed; the caller splits the batch), `contention`,
   * `unavailable` (the outcome may be unknown: the caller tries again, and where that is a `position-conflict` reads
   * whether the position is the one that it wanted, and the earlier try was done), `generation-changed`.
   */
  apply(batch: StoreBatch): Promise<readonly ApplyOutcome[]>;
  /** Stored positions of the group. Asking for them is also how a writer goes on in a new generation. */
  positions(group: string): Promise<readonly StoredPosition[]>;
  /** Per partition the furthest position of any group. */
  furthestPositions(topics: readonly string[]): Promise<readonly StoredPosition[]>;
}

export interface StoreBatch {
  readonly group: string;
  /**
   * Made as they are iterated, since all of a large batch at once would be a lot of memory to look after. Iterated again
   * they are the same.
   */
  readonly items: Iterable<StoreItem>;
  /** Null on a broker without offsets, where the command id alone keeps an effect from being repeated. */
  readonly advance: PositionAdvance | null;
}

export interface PositionAdvance {
  /** The stored `nextOffset` that the batch begins from; null where the group has no position there yet. */
  readonly from: number | null;
  readonly to: StoredPosition;
}

export type StoreItem =
  | {
      readonly kind: 'effects';
      readonly commandId: string;
      readonly record: BrokerRecord;
      readonly effects: readonly Effect[];
    }
  | { readonly kind: 'dead-letter'; readonly deadLetter: DeadLetter };

/** One per item, in their order. `known`: the command id had its outcome before, and the first stands. */
export type ApplyOutcome =
  | { readonly kind: 'projected' }
  | { readonly kind: 'dead-lettered' }
  | { readonly kind: 'known' };

/** Why a record could not be projected, as a closed set for metrics and filters. */
export type DeadLetterReason = 'malformed-record' | 'malformed-json' | 'schema-violation' | 'unstorable';

/** A record that cannot be projected, kept whole. Its key is the command id. */
export interface DeadLetter {
  readonly commandId: string;
  readonly stream: string;
  readonly client: string;
  readonly reason: DeadLetterReason;
  /** The rule and the value received, escaped and bounded, for people. */
  readonly detail: string;
  /** The time that ingest accepted it, or the record's own timestamp. */
  readonly createdAt: Instant;
  readonly record: BrokerRecord;
}

/** A timestamp command as it was stored. */
export interface TimestampRecord {
  readonly id: string;
  readonly eventTimestamp: Instant;
  readonly createdAt: Instant;
}

export interface StoreReader {
  timestampById(id: string): Promise<TimestampRecord | undefined>;
  /** Stored positions of the group, for whoever watches: unlike the writer's question, this one changes nothing. */
  positions(group: string): Promise<readonly StoredPosition[]>;
}

/** One position per partition, as keys of a map. */
export const partitionKey = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;
