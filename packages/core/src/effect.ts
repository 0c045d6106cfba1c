import type { Instant } from './instant.ts';

/**
 * What a record does to the store, as data: projections are pure and produce these, a store applies them. A closed union,
 * so that a store that does not know a new effect does not compile.
 */
export type Effect = RowEffect;

/** A row of a built-in table, inserted unless a row of that primary key is there. */
export interface RowEffect {
  readonly kind: 'row';
  readonly table: 'timestamp_records';
  readonly row: TimestampRow;
}

export interface TimestampRow {
  /** The command id. */
  readonly id: string;
  readonly eventTimestamp: Instant;
  /** The time that ingest accepted the command, carried by the record. */
  readonly createdAt: Instant;
  readonly client: string;
}
