import type { Broker } from './context.ts';
import { storageError } from './storage/storage-errors.ts';

/** How long a producer that does not write is remembered (`producer.id.expiration.ms`). */
const PRODUCER_EXPIRATION_MS = 24 * 60 * 60 * 1000;

/** Applies retention to every partition, again and again. Returns the way to stop; it resolves when nothing runs. */
export function startRetention(broker: Broker, intervalMs: number): () => Promise<void> {
  let round: Promise<void> = Promise.resolve();
  let cancel: () => void;
  let stopped = false;
  const schedule = (): void => {
    cancel = broker.clock.after(intervalMs, () => {
      round = enforceRetention(broker).then(() => {
        if (!stopped) schedule();
      });
    });
  };
  schedule();
  return () => {
    stopped = true;
    cancel();
    return round;
  };
}

export async function enforceRetention(broker: Broker): Promise<void> {
  const nowMs = broker.clock.now();
  for (const { name, partitions } of [...broker.topics]) {
    for (const partition of partitions) {
      try {
        await partition.enforceRetention(nowMs, nowMs - PRODUCER_EXPIRATION_MS);
      } catch (error) {
        storageError(error, broker, `applying retention to ${name}-${partition.index}`);
      }
    }
  }
}
