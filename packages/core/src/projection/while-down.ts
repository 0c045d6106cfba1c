import { type BackoffOptions, backoffDelayMs, pause } from '../backoff.ts';
import { SluiceError } from '../errors.ts';
import type { ProjectionObserver } from './observer.ts';

export interface WaitContext {
  readonly observer: Pick<ProjectionObserver, 'waiting'>;
  readonly signal: AbortSignal;
  readonly backoff?: BackoffOptions;
}

export type Waited<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** The signal aborted while the dependency was down. */
  | { readonly kind: 'aborted'; readonly error: SluiceError };

/**
 * Asks a dependency until it answers, with bounded and jittered pauses; at least once, whatever the signal says.
 * @param ask gets the number of the try, 0 the first
 * @throws what `ask` throws that no waiting mends
 */
export async function whileDown<T>(
  { observer, signal, backoff }: WaitContext,
  ask: (attempt: number) => Promise<T>,
): Promise<Waited<T>> {
  for (let attempt = 0; ; attempt++) {
    try {
      return { kind: 'done', value: await ask(attempt) };
    } catch (error) {
      if (!(error instanceof SluiceError) || !error.retryable) throw error;
      const delayMs = backoffDelayMs(attempt, backoff);
      observer.waiting({ error, attempt, delayMs });
      if (!(await pause(delayMs, signal))) return { kind: 'aborted', error };
    }
  }
}

/** Like `whileDown`; an abort throws the dependency's last error. */
export async function askWhileDown<T>(context: WaitContext, ask: () => Promise<T>): Promise<T> {
  const waited = await whileDown(context, ask);
  if (waited.kind === 'aborted') throw waited.error;
  return waited.value;
}
