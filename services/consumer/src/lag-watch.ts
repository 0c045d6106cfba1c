import { type Broker, pause, type Store, type Stream } from '@sluice/core';
import type { Logger } from '@sluice/runtime';
import type { LagGauge } from './lag-gauge.ts';

export interface LagWatchOptions {
  readonly broker: Pick<Broker, 'admin'>;
  readonly group: string;
  readonly lag: LagGauge;
  readonly log: Logger;
  /** Default 2 s. */
  readonly lagEveryMs?: number;
}

/** Compares the log's ends with the group's positions. Progress alone says nothing while a partition is stuck, or another member has it. */
export async function watchLag(
  { reader }: Store,
  { broker, group, lag, log, lagEveryMs = 2_000 }: LagWatchOptions,
  streams: () => readonly Stream[],
  signal: AbortSignal,
): Promise<void> {
  const positions = withinTime(() => reader.positions(group), signal);
  while (await pause(lagEveryMs, signal)) {
    try {
      // While the store is down the positions are those that were seen last. The ends are asked for after it, since they
      // must be as they are now.
      const seen = (await positions()) ?? [];
      lag.compared(await broker.admin.ends(streams().map(({ topic }) => topic)), seen);
    } catch (error) {
      log.debug({ err: error }, 'the lag could not be looked at');
    }
  }
}

/** A store that hangs may take half a minute to say so, and the log goes on meanwhile. */
const POSITIONS_TIMEOUT_MS = 1_000;

/** Asks; undefined for a failure or an answer that is late. Such a question goes on alone: no others pile up behind it. */
function withinTime<T>(ask: () => Promise<T>, signal: AbortSignal): () => Promise<T | undefined> {
  let asking: Promise<T | undefined> | undefined;
  return async () => {
    asking ??= ask()
      .catch(() => undefined)
      .finally(() => {
        asking = undefined;
      });
    const answered = new AbortController();
    const late = pause(POSITIONS_TIMEOUT_MS, AbortSignal.any([signal, answered.signal])).then(() => undefined);
    try {
      return await Promise.race([asking, late]);
    } finally {
      answered.abort();
    }
  };
}
