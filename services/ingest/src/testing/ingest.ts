import { type NewRecord, type PublishResult, SluiceError } from '@sluice/core';
import { type HttpServer, listen } from '@sluice/http';
import { createLogger } from '@sluice/runtime';
import { Registry } from 'prom-client';
import { type IngestBroker, ingestApp } from '../app.ts';
import type { OldMetrics } from '../metrics/pushgateway.ts';
import { type RegistryStore, StreamRegistry } from '../streams/registry.ts';

export interface TestIngest extends HttpServer {
  /** What the broker was given. */
  readonly published: readonly NewRecord[];
  /** Crash points gone by, and `published`, in their order. */
  readonly steps: readonly string[];
  readonly metrics: Registry;
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

export interface TestIngestOptions {
  /** What the broker answers. Default: published. */
  readonly answer?: (record: NewRecord) => Promise<PublishResult>;
  readonly requireTopics?: () => void;
  readonly ping?: () => Promise<void>;
  /** Default one without streams. */
  readonly store?: () => RegistryStore;
  /** Default none. */
  readonly oldMetrics?: OldMetrics;
  readonly now?: () => number;
  readonly level?: 'debug' | 'info';
}

const confirm = async ({ topic }: NewRecord): Promise<PublishResult> => ({
  kind: 'published',
  topic,
  partition: 0,
  offset: 0,
  messageId: null,
});

const EMPTY_STORE: RegistryStore = {
  reader: {
    registryChanges: async () => ({ mark: { generation: 'first', sequence: 0 }, isWhole: true, versions: [] }),
  },
  watch: { outcome: async () => undefined, onRegistryChange: () => ({ [Symbol.dispose]: () => {} }) },
};

/** Ingest on a port of its own, before a broker that does as it is told. */
export async function testIngest(options: TestIngestOptions = {}): Promise<TestIngest> {
  const { answer = confirm, requireTopics = () => {}, ping = async () => {}, level = 'info', now } = options;
  const { store = () => EMPTY_STORE } = options;
  const published: NewRecord[] = [];
  const steps: string[] = [];
  const lines: Record<string, unknown>[] = [];
  const log = createLogger({
    service: 'ingest',
    level,
    destination: { write: (line) => void lines.push(JSON.parse(line)) },
  });
  const metrics = new Registry();
  const broker: IngestBroker = {
    publisher: {
      async publish(records: readonly NewRecord[]) {
        const results = await Promise.all(records.map(answer));
        published.push(...records);
        steps.push('published');
        return results;
      },
      refusal: () => undefined,
    },
    admin: { ping, ensureTopics: async () => {} },
  };
  const registry = new StreamRegistry({ store, log });
  const app = ingestApp({
    broker,
    topics: {
      timestamps: 'commands',
      activityEvents: 'activity.event.v1',
      activities: 'database.activities.v1',
      control: 'sluice.control.v1',
    },
    partitions: 2,
    requireTopics,
    registry,
    store: () => {
      throw new SluiceError('unavailable', 'this ingest has no store for dead letters');
    },
    log,
    metrics,
    crash: (name) => void steps.push(name),
    oldMetrics: options.oldMetrics,
    ...(now && { now }),
  });
  const server = await listen(app, { address: { host: '127.0.0.1', port: 0 }, log });
  const close = async (): Promise<void> => {
    registry[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  };
  return { ...server, published, steps, metrics, lines, [Symbol.asyncDispose]: close };
}
