import { type Broker, backoffDelayMs, isRetryable, pause } from '@sluice/core';
import { aborted } from '@sluice/runtime';

export interface WaitForTopicOptions {
  /** May throw what waiting mends. */
  readonly isThere: () => Promise<boolean>;
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
export async function untilTopicIsThere({ isThere, topic, signal, onWaiting }: WaitForTopicOptions): Promise<boolean> {
  const end = aborted(signal).then(() => 'aborted' as const);
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      const found = await Promise.race([isThere(), end]);
      if (found === 'aborted') return false;
      if (found) return true;
      onWaiting(`there is no topic ${topic} yet; waiting for it`);
    } catch (error) {
      if (!(error instanceof Error) || !isRetryable(error)) throw error;
      onWaiting(`waiting for the broker: ${error.message}`);
    }
    await pause(backoffDelayMs(attempt, BACKOFF), signal);
  }
  return false;
}

/** A way to ask whether the broker has a topic. Where nothing but a subscription tells, the group gets one. */
export function topicLookUp(
  { admin, capabilities }: Pick<Broker, 'admin' | 'capabilities'>,
  topic: string,
  group: string,
) {
  return async (): Promise<boolean> => {
    if (capabilities.offsets) return (await admin.ends([topic])).length > 0;
    await admin.ensureSubscriptions({ group, topics: [topic] });
    return true;
  };
}
