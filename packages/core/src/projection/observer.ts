import type { DeadLetter } from '../dead-letter.ts';
import type { SluiceError } from '../errors.ts';
import type { StoredPosition } from '../position.ts';

/** What a projection tells those who watch it: metrics and logs. Every method returns at once and never throws. */
export interface ProjectionObserver {
  /** A transaction was committed. Counts are of records, per stream. */
  applied(event: {
    readonly stream: string;
    readonly projected: number;
    readonly rejected: number;
    readonly known: number;
    readonly seconds: number;
  }): void;
  deadLettered(deadLetter: DeadLetter): void;
  /** A dependency is down; the batch waits and is tried again after `delayMs`. */
  waiting(event: { readonly error: SluiceError; readonly attempt: number; readonly delayMs: number }): void;
  /** The last record that was projected is gone by retention, so that this log could not be told from another. */
  unverified(position: StoredPosition): void;
  /** How far a partition is: `nextOffset` in the store, `endOffset` in the log. */
  progressed(event: {
    readonly topic: string;
    readonly partition: number;
    readonly nextOffset: number;
    readonly endOffset: number;
  }): void;
}
