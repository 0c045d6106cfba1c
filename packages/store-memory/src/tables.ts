import type { DeadLetter, RecordPosition, StoredPosition, TimestampRow } from '@sluice/core';

/** A row and where in the log it comes from. */
export interface StoredRow extends TimestampRow {
  readonly topic: string;
  readonly position: RecordPosition;
}

/** What a database would hold. */
export interface Tables {
  /** By command id. */
  readonly rows: Map<string, StoredRow>;
  /** By command id; no id is in both. */
  readonly deadLetters: Map<string, DeadLetter>;
  /** By group, topic and partition. */
  readonly positions: Map<string, StoredPosition & { readonly group: string }>;
}

export const emptyTables = (): Tables => ({ rows: new Map(), deadLetters: new Map(), positions: new Map() });

export const positionKey = (group: string, { topic, partition }: StoredPosition): string =>
  JSON.stringify([group, topic, partition]);
