import type { DeadLetterReason } from './dead-letter.ts';
import type { Instant } from './instant.ts';
import type { RecordPosition } from './record.ts';
import type { Compatibility } from './registry.ts';
import type { TableTransaction } from './table-transaction/table-transaction.ts';

/**
 * What a record does to the store, as data: projections are pure and produce these, a store applies them. A closed union,
 * so that a store that does not know a new effect does not compile.
 */
export type Effect = RowEffect | TableTransactionEffect | RegistrationEffect | RedriveEffect | DiscardEffect;

/** A row of a built-in table, inserted unless a row of that primary key is there. A record makes one at most. */
export type RowEffect =
  | { readonly kind: 'row'; readonly table: 'timestamp_records'; readonly row: TimestampRow }
  | { readonly kind: 'row'; readonly table: 'activity_events'; readonly row: ActivityEventRow }
  | { readonly kind: 'row'; readonly table: 'events'; readonly row: ClientEventRow }
  | { readonly kind: 'row'; readonly table: 'markers'; readonly row: MarkerRow };

/** What every row has. */
export interface CommandRow {
  /** The command id. */
  readonly id: string;
  /** The time that ingest accepted the command, carried by the record. */
  readonly createdAt: Instant;
  readonly client: string;
}

/**
 * A marker, in `markers`: whoever put it into the log finds out by its outcome that all before it is projected. A store
 * forgets those that are a day older than the newest.
 */
export type MarkerRow = CommandRow;

/** A timestamp command, in `timestamp_records`. */
export interface TimestampRow extends CommandRow {
  readonly eventTimestamp: Instant;
}

/** An activity event, in `activity_events`. */
export interface ActivityEventRow extends CommandRow {
  readonly email: string;
  readonly component: string;
  readonly environment: string;
  readonly message: string;
  /** A JSON object, as text. */
  readonly data: string;
}

/** An event of a stream that a client registered. */
export interface ClientEventRow extends CommandRow {
  readonly event: string;
  /** The version of the stream's schema that the event was accepted under. */
  readonly schemaVersion: number;
  /** JSON, as text. */
  readonly data: string;
}

/** Changes of a client's own tables, all or nothing; decided once per command, applied or rejected. */
export interface TableTransactionEffect {
  readonly kind: 'table-transaction';
  readonly transaction: TableTransaction;
}

/**
 * A version of a client's stream. Decided once: where its base is not the stream's latest version any more, another
 * registration was first in the log, and this one is rejected.
 */
export interface RegistrationEffect {
  readonly kind: 'registration';
  readonly client: string;
  readonly event: string;
  readonly topic: string;
  /** The JSON Schema, as JSON text. */
  readonly schema: string;
  readonly compatibility: Compatibility;
  /** The version that it was checked against, and follows; 0 for the first. */
  readonly base: number;
}

/**
 * Dead letters that are about to be put into the log once more. From here on the records at these places are never
 * projected; what comes after them with a header that names the place (`HEADER.redriveOf`) takes their stead.
 */
export interface RedriveEffect {
  readonly kind: 'redrive';
  readonly deadLetters: readonly DeadLetterMark[];
}

/** Dead letters that nobody wants: their bytes go, a tombstone stays. */
export interface DiscardEffect {
  readonly kind: 'discard';
  readonly deadLetters: readonly DeadLetterMark[];
}

/** Which dead letter is meant, with all that a rebuild needs to make the same one again. */
export interface DeadLetterMark {
  readonly commandId: string;
  readonly topic: string;
  readonly position: RecordPosition;
  readonly reason: DeadLetterReason;
  readonly detail: string;
}
