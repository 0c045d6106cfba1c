import type { DeadLetter } from './dead-letter.ts';
import type { Effect } from './effect.ts';
import type { RecordIdentity } from './identity.ts';
import type { StoredPosition } from './position.ts';
import type { BrokerRecord } from './record.ts';
import type { StoreReader } from './store-reader.ts';
import type { StoreWatch } from './store-watch.ts';

/**
 * Everything that is derived from the log. PostgreSQL in production, a memory in unit tests; `contract-tests` holds every
 * adapter to what is said here. Errors are `SluiceError`s.
 */
export interface Store extends AsyncDisposable {
  readonly writer: StoreWriter;
  readonly reader: StoreReader;
  readonly watch: StoreWatch;
  /** Resolves when the store answers. @throws SluiceError `unavailable`. */
  ping(): Promise<void>;
}

/**
 * The effects of a batch and the position it moves change in one transaction, or not at all. Concurrency: calls for
 * different partitions may overlap; two for the same position exclude each other by compare-and-set.
 */
export interface StoreWriter {
  /**
   * Applies the items in their order. Of several with one command id the first decides, unless a later
   * one takes the stead of that dead letter; all others are known. The first outcome of an id
   * stands: a row whose id is dead-lettered at another place is not written, a dead letter whose id has a row is not
   * kept; one at the same place, read again after a fix, gives way to the row. So rows and dead letters are disjoint.
   * What is no row is decided once per command id, applied or rejected. A dead letter that was marked to be re-driven
   * gives way to the record that was put into the log in its stead; the record at a marked place is never projected.
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

/** What is done in one transaction, the position included. */
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

/** A group's step in a partition, compared and set: who comes late changes nothing. */
export interface PositionAdvance {
  /** The stored `nextOffset` that the batch begins from; null where the group has no position there yet. */
  readonly from: number | null;
  readonly to: StoredPosition;
}

/** What became of one record, for the store to keep. */
export type StoreItem = EffectsItem | DeadLetterItem;

/** A record that was understood, with what it does. One without effects is projected by its position alone. */
export interface EffectsItem {
  readonly kind: 'effects';
  /** The stream's name. */
  readonly stream: string;
  readonly identity: RecordIdentity;
  readonly record: BrokerRecord;
  readonly effects: readonly Effect[];
}

/** A record that cannot be projected. */
export interface DeadLetterItem {
  readonly kind: 'dead-letter';
  readonly deadLetter: DeadLetter;
  /** The place of the dead letter that this record was put into the log to replace, as it says itself. */
  readonly redriveOf?: string;
}

/** One per item, in their order. */
export type ApplyOutcome =
  | { readonly kind: 'projected' }
  /** Understood, and refused by a rule of the domain; nothing of it was done. */
  | { readonly kind: 'rejected'; readonly detail: string }
  | { readonly kind: 'dead-lettered' }
  /** The command id had its outcome before, and the first stands. */
  | { readonly kind: 'known' };
