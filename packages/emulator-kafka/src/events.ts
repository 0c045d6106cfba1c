import type { Clock, LogEvent } from '@sluice/durable-log';
import { limitEvents } from '@sluice/emulator-process';

/** What the broker tells whoever runs it. */
export type BrokerEvent =
  /** A connection was closed since its bytes were no request that is served. */
  | { readonly kind: 'frame-refused'; readonly client: string; readonly reason: string }
  /** A connection was closed since its client took in nothing of its answer. */
  | { readonly kind: 'answer-unread'; readonly client: string; readonly unreadMs: number }
  /** A fault of the broker itself; the connection was closed. */
  | { readonly kind: 'request-failed'; readonly client: string; readonly api: string; readonly error: unknown }
  /** The disk is full or damaged; the client was told. */
  | { readonly kind: 'storage-failed'; readonly doing: string; readonly error: unknown }
  /** Recovery or retention did something to a log. */
  | { readonly kind: 'log'; readonly name: string; readonly event: LogEvent }
  /** In the last second there were so many more of this kind. */
  | { readonly kind: 'left-out'; readonly of: BrokerEvent['kind']; readonly count: number }
  /** What the disk holds is unknown: every connection was cut, and nothing is acknowledged any more. */
  | { readonly kind: 'failed'; readonly error: Error };

/** What clients cannot bring about. */
const ALWAYS: ReadonlySet<BrokerEvent['kind']> = new Set(['log', 'failed']);

/** Passes on few of the events that clients bring about as often as they like. */
export function withoutFloods(log: (event: BrokerEvent) => void, clock: Clock): (event: BrokerEvent) => void {
  return limitEvents<BrokerEvent>(log, {
    clock,
    always: ALWAYS,
    leftOut: (of, count) => ({ kind: 'left-out', of, count }),
  });
}
