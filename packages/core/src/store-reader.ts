import type { DeadLetter, DeadLetterReason } from './dead-letter.ts';
import type { ActivityEventRow, ClientEventRow } from './effect.ts';
import type { Instant } from './instant.ts';
import type { StoredPosition } from './position.ts';
import type { RecordPosition } from './record.ts';
import type { RegistryChanges, RegistryMark } from './registry.ts';

/** What can be asked of a store. Nothing of it changes anything, or waits for a writer. Errors as the Store's. */
export interface StoreReader {
  timestampById(id: string): Promise<TimestampRecord | undefined>;
  /** Newest first. */
  activityEvents(filter: ActivityEventFilter, page: PageRequest): Promise<readonly ActivityEventRow[]>;
  /** Events of a client's stream, newest first. */
  clientEvents(filter: ClientEventFilter, page: PageRequest): Promise<readonly ClientEventRow[]>;
  /** What became of commands; those that have no outcome yet are left out. In any order. */
  outcomes(commandIds: readonly string[]): Promise<readonly CommandOutcome[]>;
  /** Dead letters without their bytes, newest first. Those that were discarded are left out. */
  deadLetters(filter: DeadLetterFilter, page: PageRequest): Promise<readonly DeadLetterSummary[]>;
  /** One with its bytes; a discarded one has none. */
  deadLetterById(commandId: string): Promise<StoredDeadLetter | undefined>;
  /** What was registered since; all of it where `since` is null. */
  registryChanges(since: RegistryMark | null): Promise<RegistryChanges>;
  /** Stored positions of the group, for whoever watches: unlike the writer's question, this one changes nothing. */
  positions(group: string): Promise<readonly StoredPosition[]>;
}

/** A timestamp command as it was stored. */
export interface TimestampRecord {
  readonly id: string;
  readonly eventTimestamp: Instant;
  readonly createdAt: Instant;
}

/** A page of what is listed newest first, by time and then by id. */
export interface PageRequest {
  /** The last of the page before, where there is one: what follows is strictly older, of equal times the smaller id. */
  readonly after: PageEnd | null;
  readonly limit: number;
}

/** The last of a page, where the next one begins. */
export interface PageEnd {
  readonly createdAt: Instant;
  readonly id: string;
}

/** From `from` on, and before `before`. */
export interface TimeRange {
  readonly from?: Instant;
  readonly before?: Instant;
}

/** All that are given hold. */
export interface ActivityEventFilter extends TimeRange {
  readonly client?: string;
  readonly email?: string;
  readonly component?: string;
  readonly environment?: string;
  /** A part of the message, as it is; `%` and `_` are themselves. */
  readonly message?: string;
}

/** The events of one stream. */
export interface ClientEventFilter extends TimeRange {
  readonly client: string;
  readonly event: string;
}

/** All that are given hold. */
export interface DeadLetterFilter {
  readonly stream?: string;
  readonly reason?: DeadLetterReason;
}

/** What became of a command, and where its record lies. */
export type CommandOutcome = {
  readonly id: string;
  readonly stream: string;
  readonly client: string;
  readonly createdAt: Instant;
  readonly topic: string;
  readonly position: RecordPosition;
} & (
  | { readonly status: 'projected' }
  | { readonly status: 'rejected'; readonly detail: string }
  | {
      readonly status: 'dead-lettered';
      readonly reason: DeadLetterReason;
      readonly detail: string;
      readonly state: DeadLetterState;
    }
);

/** `redriven`: marked to be put into the log again, and what was put there has no outcome yet. */
export type DeadLetterState = 'kept' | 'redriven' | 'discarded';

/** A dead letter as it is listed. */
export interface DeadLetterSummary extends Omit<DeadLetter, 'record'> {
  readonly topic: string;
  readonly position: RecordPosition;
  readonly state: DeadLetterState;
  /** Of the value, as it is kept. */
  readonly valueBytes: number;
}

/** A dead letter with what has become of it since. */
export interface StoredDeadLetter extends DeadLetter {
  readonly state: DeadLetterState;
  /** The record was too large to be kept whole: what is there is its beginning, and it cannot be re-driven. */
  readonly isCut: boolean;
}
