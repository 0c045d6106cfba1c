import { setTimeout as delay } from 'node:timers/promises';

export interface BackoffOptions {
  /** Upper bound of the first delay. Default 50 ms. */
  readonly baseMs?: number;
  /** Upper bound of every delay. Default 5 s. */
  readonly maxMs?: number;
  /** In [0, 1). Default Math.random. */
  readonly random?: () => number;
}

/**
 * How long to wait before try number `attempt` (0 the first): exponential, half fixed and half jittered, so that many
 * waiters neither hammer nor come back at the same moment.
 */
export function backoffDelayMs(
  attempt: number,
  { baseMs = 50, maxMs = 5_000, random = Math.random }: BackoffOptions = {},
): number {
  const bound = Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30));
  return bound / 2 + (random() * bound) / 2;
}

/** Waits, or returns early when the signal aborts; false then. */
export async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(ms, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
