import { type Broker, pause, runProjection, type Store, type Stream } from '@sluice/core';
import type { CrashPoint, Eventual, Logger } from '@sluice/runtime';
import { brokerWithCrashPoints, writerWithCrashPoints } from './crash-points.ts';
import type { LagGauge } from './lag-gauge.ts';
import type { ProjectionWatch } from './projection-watch.ts';

export interface WorkerOptions {
  readonly broker: Broker;
  /** There once the streams' topics are. */
  readonly topics: Eventual<void>;
  readonly store: Eventual<Store>;
  readonly streams: readonly Stream[];
  readonly group: string;
  readonly watch: ProjectionWatch;
  readonly lag: LagGauge;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly crash: CrashPoint;
  /** How often the lag is looked at beside what progress tells. Default 2 s. */
  readonly lagEveryMs?: number;
}

/**
 * Projects the streams until the signal aborts, once broker and store are there.
 * @throws SluiceError where going on would skip or double records; its message says what to do
 */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { broker, topics, store, streams, group, watch, signal, crash, log } = options;
  const [, opened] = await Promise.all([topics.settled, store.settled]);
  if (!opened || signal.aborted) return;
  log.info({ group, topics: streams.map(({ topic }) => topic) }, 'projecting');
  const ending = new AbortController();
  const lagWatch = watchLag(opened, options, AbortSignal.any([signal, ending.signal]));
  try {
    await runProjection({
      broker: brokerWithCrashPoints(broker, crash),
      writer: writerWithCrashPoints(opened.writer, crash),
      group,
      streams,
      observer: watch,
      signal,
    });
  } finally {
    ending.abort();
    await lagWatch;
  }
}

/** Progress alone says nothing while a partition is stuck, or another member has it. */
async function watchLag(
  { reader }: Store,
  { broker, streams, group, lag, log, lagEveryMs = 2_000 }: WorkerOptions,
  signal: AbortSignal,
): Promise<void> {
  const topics = streams.map(({ topic }) => topic);
  const positions = withinTime(() => reader.positions(group), signal);
  while (await pause(lagEveryMs, signal)) {
    try {
      // While the store is down the positions are those that were seen last. The ends are asked for after it, since they
      // must be as they are now.
      const seen = (await positions()) ?? [];
      lag.compared(await broker.admin.ends(topics), seen);
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
