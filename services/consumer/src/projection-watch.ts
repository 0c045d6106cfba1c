import { HEADER, headerTexts, type ProjectionObserver, type SluiceError } from '@sluice/core';
import type { Logger } from '@sluice/runtime';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { LagGauge } from './lag-gauge.ts';

export interface ProjectionWatch extends ProjectionObserver {
  /** Why a batch waits at the moment, if one does, or why projecting has not begun. */
  waitingFor(): SluiceError | undefined;
  /** Tells what keeps projecting from beginning; undefined once nothing does. */
  held(error: SluiceError | undefined): void;
}

export interface ProjectionWatchOptions {
  readonly log: Logger;
  readonly metrics: Registry;
  readonly lag: LagGauge;
  /** In ms, monotonic. */
  readonly now?: () => number;
}

/**
 * How long after its next try a batch is still taken to be waiting where nothing more is heard of it: its partition may
 * have gone to another member.
 */
const WAIT_HOLDS_MS = 40_000;

const CORRELATION = [HEADER.correlationId] as const;

/** Turns what the projection tells into metrics, log lines and a state to be asked for. */
export function projectionWatch({
  log,
  metrics,
  lag,
  now = () => performance.now(),
}: ProjectionWatchOptions): ProjectionWatch {
  let wait: { readonly error: SluiceError; readonly until: number } | undefined;
  let hold: SluiceError | undefined;
  const waitingFor = (): SluiceError | undefined => hold ?? (wait && now() < wait.until ? wait.error : undefined);
  const meters = projectionMeters(metrics, () => waitingFor() !== undefined);
  return {
    waitingFor,
    held(error) {
      hold = error;
    },
    applied({ stream, projected, rejected, known, seconds }) {
      wait = undefined;
      meters.projected.inc({ stream }, projected);
      meters.rejected.inc({ stream }, rejected);
      meters.duplicates.inc({ stream }, known);
      meters.duration.observe(seconds);
      log.debug({ stream, projected, rejected, known, ms: Math.round(seconds * 1000) }, 'a transaction was committed');
    },
    deadLettered({ commandId, stream, client, reason, detail, record }) {
      meters.deadLettered.inc({ stream, reason });
      const { topic, position } = record;
      const [correlationId] = headerTexts(record, CORRELATION);
      log.warn(
        { commandId, stream, client, reason, detail, topic, position, correlationId },
        'a record was dead-lettered',
      );
    },
    waiting({ error, attempt, delayMs }) {
      wait = { error, until: now() + delayMs + WAIT_HOLDS_MS };
      log.warn(
        { ...(attempt === 0 && { err: error }), attempt, delayMs: Math.round(delayMs) },
        `projecting waits: ${error.message}`,
      );
    },
    unverified(position) {
      log.warn(position, 'the last projected record is gone by retention, so the log could not be told from another');
    },
    progressed(event) {
      wait = undefined;
      lag.progressed(event);
    },
  };
}

function projectionMeters(metrics: Registry, isWaiting: () => boolean) {
  const registers = [metrics];
  return {
    projected: new Counter({
      name: 'projected_total',
      help: 'Records whose effects were stored.',
      labelNames: ['stream'],
      registers,
    }),
    rejected: new Counter({
      name: 'rejected_total',
      help: 'Records that were understood, and refused by a rule of the domain.',
      labelNames: ['stream'],
      registers,
    }),
    deadLettered: new Counter({
      name: 'dead_lettered_total',
      help: 'Records that could not be projected.',
      labelNames: ['stream', 'reason'],
      registers,
    }),
    duplicates: new Counter({
      name: 'duplicates_total',
      help: 'Records whose command had its outcome before.',
      labelNames: ['stream'],
      registers,
    }),
    /** Sets itself when it is looked at. */
    waiting: new Gauge({
      name: 'projection_waiting',
      help: '1 while a batch waits for a dependency that is down.',
      registers,
      collect() {
        this.set(isWaiting() ? 1 : 0);
      },
    }),
    duration: new Histogram({
      name: 'transaction_duration_seconds',
      help: 'Of the transactions that stored a batch, from the first statement to the commit.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
  };
}
