import { type BackoffOptions, backoffDelayMs, isRetryable, pause, SluiceError } from '@sluice/core';
import type { Logger } from './logger.ts';
import { aborted } from './shutdown.ts';

export interface EventualOptions {
  /** What it is, for the log. */
  readonly name: string;
  readonly log: Logger;
  /** Ends the attempts. */
  readonly signal: AbortSignal;
  readonly backoff?: BackoffOptions;
}

/** Something that a dependency which may still be down has to give, tried for in the background until it is there. */
export interface Eventual<T> extends AsyncDisposable {
  /** @throws SluiceError `unavailable` while it is not there, saying why. */
  get(): T;
  /**
   * Resolves when it is there, or with undefined when the signal aborted before. Rejects with what no waiting mends.
   */
  readonly settled: Promise<T | undefined>;
}

/** Begins to try at once. Disposing of it disposes of what was opened, where that can be. */
export function eventually<T>(open: () => Promise<T>, options: EventualOptions): Eventual<T> {
  const { name } = options;
  let reason: SluiceError | undefined;
  let opened: { readonly value: T } | undefined;
  const settled = untilOpen(open, options, (error) => {
    reason = error;
  }).then((result) => {
    opened = result;
    return result?.value;
  });
  // Whoever waits for it hears of a rejection; where nobody does, the reason is told by `get`.
  settled.catch((error) => {
    reason = error;
  });
  return {
    settled,
    get() {
      if (opened) return opened.value;
      throw new SluiceError('unavailable', reason?.message ?? `${name} was not reached yet`, { cause: reason });
    },
    async [Symbol.asyncDispose]() {
      await disposeOf(await settled.catch(() => undefined));
    },
  };
}

async function untilOpen<T>(
  open: () => Promise<T>,
  { name, log, signal, backoff }: EventualOptions,
  onWaiting: (error: SluiceError) => void,
): Promise<{ readonly value: T } | undefined> {
  const ended = aborted(signal).then(() => undefined);
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      const opening = open().then((value) => ({ value }));
      const result = await Promise.race([opening, ended]);
      // Ending does not wait for an attempt under way, which may take as long as a lock is held; what it gives is closed.
      if (!result) opening.then(({ value }) => disposeOf(value)).catch(() => {});
      else if (attempt > 0) log.info(`${name} is there`);
      return result;
    } catch (error) {
      if (!(error instanceof SluiceError && isRetryable(error))) throw error;
      onWaiting(error);
      const delayMs = backoffDelayMs(attempt, backoff);
      log.warn(
        { ...(attempt === 0 && { err: error }), attempt, delayMs: Math.round(delayMs) },
        `waiting for ${name}: ${error.message}`,
      );
      await pause(delayMs, signal);
    }
  }
  return undefined;
}

async function disposeOf(value: unknown): Promise<void> {
  if (typeof value === 'object' && value !== null && Symbol.asyncDispose in value) {
    await (value as AsyncDisposable)[Symbol.asyncDispose]();
  }
}
