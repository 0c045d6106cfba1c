import type { Broker, Store } from '@sluice/core';
import { type HttpServer, listen } from '@sluice/http';
import { type CrashPoint, createLogger, eventually } from '@sluice/runtime';
import { controlStream, timestampStream } from '@sluice/streams';
import { Registry } from 'prom-client';
import { consumerApp } from '../app.ts';
import { LagGauge } from '../lag-gauge.ts';
import { projectionWatch } from '../projection-watch.ts';
import { runWorker } from '../worker.ts';
import { CONTROL_TOPIC, TOPIC } from './broker.ts';

export interface TestConsumer extends HttpServer {
  /** Ends when the worker does, as the process would. */
  readonly ended: Promise<void>;
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  /** A metric's value, by its name and labels as Prometheus writes them. */
  metric(line: string): Promise<number | undefined>;
  stop(): void;
}

export interface TestConsumerOptions {
  readonly broker: Broker;
  readonly openStore: () => Promise<Store>;
  readonly group?: string;
  readonly crash?: CrashPoint;
}

/** The consumer as its composition root makes it, with short waits. */
export async function testConsumer(options: TestConsumerOptions): Promise<TestConsumer> {
  const { broker, openStore, group = 'g', crash = () => {} } = options;
  const ending = new AbortController();
  const { signal } = ending;
  const lines: Record<string, unknown>[] = [];
  const log = createLogger({
    service: 'consumer',
    level: 'info',
    destination: { write: (line) => void lines.push(JSON.parse(line)) },
  });
  const metrics = new Registry();
  const backoff = { baseMs: 1, maxMs: 5 };
  const topics = eventually(
    () => broker.admin.ensureTopics([TOPIC, CONTROL_TOPIC].map((name) => ({ name, partitions: 1 }))),
    {
      name: 'the broker',
      log,
      signal,
      backoff,
    },
  );
  const store = eventually(openStore, { name: 'the store', log, signal, backoff });
  const lag = new LagGauge(metrics);
  const watch = projectionWatch({ log, metrics, lag });
  const app = consumerApp({ broker, topics, store, watch, log, metrics });
  const server = await listen(app, { address: { host: '127.0.0.1', port: 0 }, log });
  const ended = runWorker({
    broker,
    topics,
    store,
    control: controlStream({ topic: CONTROL_TOPIC }),
    streams: [timestampStream({ topic: TOPIC })],
    partitions: 1,
    group,
    watch,
    lag,
    log,
    signal,
    crash,
    lagEveryMs: 5,
    controlWaitMs: 50,
  });
  ended.catch(() => {});
  return {
    ...server,
    ended,
    lines,
    stop: () => ending.abort(),
    async metric(line) {
      const text = await metrics.metrics();
      const found = text.split('\n').find((each) => each.startsWith(`${line} `));
      return found === undefined ? undefined : Number(found.slice(line.length));
    },
    async [Symbol.asyncDispose]() {
      ending.abort();
      await ended.catch(() => {});
      await server[Symbol.asyncDispose]();
    },
  };
}
