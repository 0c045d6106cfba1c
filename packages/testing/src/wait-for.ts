import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  /** Default 15 s. */
  readonly timeoutMs?: number;
  /** Between two looks. Default 20 ms. */
  readonly intervalMs?: number;
}

/**
 * Looks until `condition` returns something truthy, and returns that. An error thrown by the condition counts as "not
 * yet", and is the cause of the failure when the deadline passes.
 */
export async function waitFor<T>(
  what: string,
  condition: () => T | Promise<T>,
  { timeoutMs = 15_000, intervalMs = 20 }: WaitOptions = {},
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      last = await condition();
      if (last) return last as NonNullable<Exclude<T, false>>;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`waited ${timeoutMs} ms in vain for ${what}`, { cause: last });
    }
    await delay(intervalMs);
  }
}
