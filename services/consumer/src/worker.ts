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
  while (await pause(lagEveryMs, signal)) {
    try {
      const ends = await broker.admin.ends(topics);
      // While the store is down the positions are those that were seen last.
      lag.compared(ends, await reader.positions(group).catch(() => []));
    } catch (error) {
      log.debug({ err: error }, 'the lag could not be looked at');
    }
  }
}
