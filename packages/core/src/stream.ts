import type { DeadLetterReason } from './dead-letter.ts';
import type { Effect } from './effect.ts';
import type { RecordIdentity } from './identity.ts';
import type { BrokerRecord } from './record.ts';

/** A client's event type: where its records lie, and what one of them does. */
export interface Stream {
  /** `timestamp.command.v1` */
  readonly name: string;
  readonly topic: string;
  /** Pure: the same record always gives the same reading, which is what makes a replay restore the same rows. */
  read(record: BrokerRecord): Reading;
  /**
   * Fetches what reading these records takes (the versions of a schema), before any of them is read. Where that cannot be
   * known yet it throws a retryable SluiceError, and is asked again.
   */
  prepare?(records: readonly BrokerRecord[]): Promise<void>;
}

/** What became of reading a record as its stream's command. */
export type Reading =
  | { readonly kind: 'command'; readonly identity: RecordIdentity; readonly effects: readonly Effect[] }
  | {
      readonly kind: 'poison';
      readonly identity: RecordIdentity;
      readonly reason: DeadLetterReason;
      readonly detail: string;
    };
