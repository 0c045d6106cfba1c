import type { Clock, LogEvent } from '@sluice/durable-log';
import { limitEvents } from '@sluice/emulator-process';

/** What the emulator tells whoever runs it. */
export type EmulatorEvent =
  /** A fault of the emulator itself; the client was answered INTERNAL. */
  | { readonly kind: 'request-failed'; readonly client: string; readonly path: string; readonly error: unknown }
  /** The disk is full or damaged: a message was not read, an acknowledgement or a dead letter not written. */
  | { readonly kind: 'delivery-failed'; readonly subscription: string; readonly doing: string; readonly error: unknown }
  /** A push endpoint did not take a message; it comes again. */
  | { readonly kind: 'push-failed'; readonly subscription: string; readonly reason: string }
  /** Messages that nobody needs any more could not be let go. */
  | { readonly kind: 'retention-failed'; readonly error: unknown }
  /** Nobody had used the subscription for as long as its expiration policy says: it was deleted. */
  | { readonly kind: 'subscription-expired'; readonly subscription: string }
  /** Recovery or trimming did something to a log. */
  | { readonly kind: 'log'; readonly name: string; readonly event: LogEvent }
  /** In the last second there were so many more of this kind. */
  | { readonly kind: 'left-out'; readonly of: EmulatorEvent['kind']; readonly count: number }
  /** What the disk holds is unknown: every connection was cut, and nothing is acknowledged any more. */
  | { readonly kind: 'failed'; readonly error: Error };

/** What clients cannot bring about. */
const ALWAYS: ReadonlySet<EmulatorEvent['kind']> = new Set(['log', 'failed', 'subscription-expired']);

/** Passes on few of the events that clients bring about as often as they like. */
export function withoutFloods(log: (event: EmulatorEvent) => void, clock: Clock): (event: EmulatorEvent) => void {
  return limitEvents<EmulatorEvent>(log, {
    clock,
    always: ALWAYS,
    leftOut: (of, count) => ({ kind: 'left-out', of, count }),
  });
}
