import { type BrokerAdmin, backoffDelayMs, isRetryable, pause } from '@sluice/core';
import { aborted } from '@sluice/runtime';

export interface WaitForTopicOptions {
  readonly admin: Pick<BrokerAdmin, 'ends'>;
  readonly topic: string;
  readonly signal: AbortSignal;
  /** Told what is waited for, with each try. */
  readonly onWaiting: (line: string) => void;
}

const BACKOFF = { baseMs: 100, maxMs: 1_000 };

/**
 * Resolves to true when the broker has the topic, or to false when the signal aborts first.
 * @throws what no waiting mends
 */
export async function untilTopicIsThere({ admin, topic, signal, onWaiting }: WaitForTopicOptions): Promise<boolean> {
  const end = aborted(signal).then(() => 'aborted' as const);
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      const ends = await Promise.race([admin.ends([topic]), end]);
      if (ends === 'aborted') return false;
      if (ends.length > 0) return true;
      onWaiting(`there is no topic ${topic} yet; waiting for it`);
    } catch (error) {
      if (!(error instanceof Error) || !isRetryable(error)) throw error;
      onWaiting(`waiting for the broker: ${error.message}`);
    }
    await pause(backoffDelayMs(attempt, BACKOFF), signal);
  }
  return false;
}
