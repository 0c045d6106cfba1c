import {
  type Broker,
  type ProjectionOptions,
  runProjection,
  type Store,
  type Stream,
  type WaitContext,
  whileDown,
} from '@sluice/core';
import type { CrashPoint, Eventual, Logger } from '@sluice/runtime';
import { type ControlLog, OffsetControlLog } from './control-log.ts';
import { brokerWithCrashPoints, writerWithCrashPoints } from './crash-points.ts';
import type { LagGauge } from './lag-gauge.ts';
import { watchLag } from './lag-watch.ts';
import { MarkerControlLog } from './marker-control-log.ts';
import type { ProjectionWatch } from './projection-watch.ts';
import { RegisteredStreams } from './registered-streams.ts';
import { type Project, projectAdding, projectChanging, withAssignmentTold } from './subscription.ts';
import { together } from './together.ts';

export interface WorkerOptions {
  readonly broker: Broker;
  /** There once the built-in streams' topics are. */
  readonly topics: Eventual<void>;
  readonly store: Eventual<Store>;
  /** What registers streams and decides about dead letters; projected before all others, and beside them. */
  readonly control: Stream;
  /** The other built-in streams. */
  readonly streams: readonly Stream[];
  /** Of a registered stream's topic that is missing. */
  readonly partitions: number;
  readonly group: string;
  readonly watch: ProjectionWatch;
  readonly lag: LagGauge;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly crash: CrashPoint;
  /** How often the lag is looked at beside what progress tells. Default 2 s. */
  readonly lagEveryMs?: number;
  /** How long a question to the control stream waits at a time, where that is asked by markers. Default 5 s. */
  readonly controlWaitMs?: number;
}

/**
 * Projects the streams until the signal aborts, once broker and store are there: the control stream by a member of its own,
 * since records of the others wait for what it says, and the others as soon as that is read to its end.
 * @throws SluiceError where going on would skip or double records; its message says what to do
 */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { broker, topics, store, control, streams, group, signal, log } = options;
  const [, opened] = await Promise.all([topics.settled, store.settled]);
  if (!opened || signal.aborted) return;
  const { offsets } = broker.capabilities;
  const controlLog = controlLogOf(options, opened);
  await using registered = new RegisteredStreams({ store: opened, controlLog, log, signal });
  const projecting = projectionOf(options, opened);
  const current = async (): Promise<readonly Stream[]> => {
    const all = [...streams, ...registered.all()];
    await untilDone(() => ensureTopics(options, registered.all()), options, signal);
    log.info({ group, topics: all.map(({ topic }) => topic) }, 'projecting');
    return all;
  };
  await together(signal, [
    // Where members of a group share partitions, in a broker's group of its own, so that neither disturbs the other's when it
    // changes.
    (ending) => projecting([control], ending, () => {}, offsets ? `${group}.control` : group),
    async (ending) => {
      const read = async (): Promise<void> => {
        await controlLog.requireRead();
        await registered.refresh();
      };
      if (!(await untilDone(read, options, ending))) return;
      const growing = { current, changed: () => registered.news() };
      await (offsets ? projectChanging : projectAdding)(growing, projecting, ending);
    },
    // Without offsets nothing says how much lies in the log, and nothing is made up.
    ...(offsets
      ? [(ending: AbortSignal) => watchLag(opened, options, () => [control, ...streams, ...registered.all()], ending)]
      : []),
  ]);
}

function controlLogOf({ broker, control: { topic }, group, signal, controlWaitMs }: WorkerOptions, store: Store) {
  const { admin, publisher } = broker;
  const { reader, watch } = store;
  const log: ControlLog = broker.capabilities.offsets
    ? new OffsetControlLog({ admin, reader: () => reader, topic, group })
    : new MarkerControlLog({
        admin,
        publisher,
        watch,
        topic,
        group,
        signal,
        ...(controlWaitMs && { waitMs: controlWaitMs }),
      });
  return log;
}

function projectionOf({ broker, group, watch, crash }: WorkerOptions, { writer }: Store) {
  const watched = brokerWithCrashPoints(broker, crash);
  return (...[streams, signal, onAssigned, brokerGroup = group]: [...Parameters<Project>, brokerGroup?: string]) => {
    const options: ProjectionOptions = {
      broker: { ...watched, subscriber: withAssignmentTold(watched.subscriber, onAssigned) },
      writer: writerWithCrashPoints(writer, crash),
      group,
      brokerGroup,
      streams,
      observer: watch,
      signal,
    };
    return runProjection(options);
  };
}

/** Ingest made them at registration; in another broker than that, they are made here. */
async function ensureTopics({ broker, partitions }: WorkerOptions, streams: readonly Stream[]): Promise<void> {
  if (streams.length > 0) await broker.admin.ensureTopics(streams.map(({ topic }) => ({ name: topic, partitions })));
}

/** Tries until it is done; false where the signal aborted before. @throws what no waiting mends */
async function untilDone(
  work: () => Promise<void>,
  { log, watch }: WorkerOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const waiting: WaitContext['observer']['waiting'] = ({ error, attempt }) => {
    watch.held(error);
    if (attempt === 0) log.info(`projecting waits: ${error.message}`);
  };
  const { kind } = await whileDown({ observer: { waiting }, signal, backoff: BACKOFF }, work);
  watch.held(undefined);
  return kind === 'done';
}

const BACKOFF = { baseMs: 20, maxMs: 2_000 };
