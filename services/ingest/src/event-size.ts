import { problem, type Reply, TOO_LARGE } from '@sluice/http';

/** Of one event, as brokers take it by default. */
export const MAX_EVENT_BYTES = 2 ** 20;

/** The body of a route that takes one event. */
export const EVENT_BODY = { limitBytes: MAX_EVENT_BYTES } as const;

/** The answer to an event that is larger than brokers take. */
export function refuseLarge(bytes: number): Reply {
  return problem(TOO_LARGE, `an event must have at most ${MAX_EVENT_BYTES} bytes, got ${bytes}`);
}
