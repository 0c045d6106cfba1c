import type { Instant } from './instant.ts';
import type { BrokerRecord } from './record.ts';

/** Why a record could not be projected, as a closed set for metrics and filters. */
export const DEAD_LETTER_REASONS = [
  /** What lies in the log is no record at all. It cannot be put into the log again. */
  'malformed-record',
  'malformed-json',
  'schema-violation',
  /** The record names a version of a schema that was never registered. */
  'unknown-schema',
  /** The store cannot take it, or reading it failed by a fault of Sluice's own. */
  'unstorable',
] as const;

export type DeadLetterReason = (typeof DEAD_LETTER_REASONS)[number];

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
