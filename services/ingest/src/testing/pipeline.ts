import { MemoryLog, openMemoryBroker } from '@sluice/broker-memory';
import {
  type BrokerRecord,
  type NewRecord,
  type OutgoingRecord,
  type ProjectionObserver,
  type Publisher,
  type PublishResult,
  runProjection,
  type Stream,
} from '@sluice/core';
import { type HttpServer, listen } from '@sluice/http';
import { createLogger } from '@sluice/runtime';
import { type MemoryStore, openMemoryStore } from '@sluice/store-memory';
import {
  CompiledSchemas,
  clientEventStream,
  controlStream,
  type SchemaVersions,
  schemaVersions,
} from '@sluice/streams';
import { type Fetched, fetched } from '@sluice/testing';
import { Registry } from 'prom-client';
import { ingestApp } from '../app.ts';
import { type RegistryStore, StreamRegistry } from '../streams/registry.ts';

const TOPICS = {
  timestamps: 'timestamp.command.v1',
  activityEvents: 'activity.event.v1',
  activities: 'database.activities.v1',
  control: 'sluice.control.v1',
};

/** What ingests share: a log, a store, and a consumer that projects the one into the other. */
export interface TestPipeline extends AsyncDisposable {
  readonly store: MemoryStore;
  /** What stands in a topic, partition by partition. */
  records(topic: string): readonly BrokerRecord[];
  /** Puts records into the log past all services, as other producers do. */
  append(...records: readonly OutgoingRecord[]): Promise<void>;
  /** Projects a stream's events as well, from the first on. */
  project(client: string, event: string): void;
  /** Projects registrations from now on, where it began without. */
  projectRegistrations(): void;
  /** Another ingest. Disposing of the pipeline ends it. */
  ingest(options?: PipelineIngestOptions): Promise<PipelineIngest>;
}

export interface PipelineIngest extends HttpServer {
  readonly metrics: Registry;
  /** In JSON, unless headers say otherwise. */
  post(path: string, body: string | Uint8Array | object, headers?: Readonly<Record<string, string>>): Promise<Fetched>;
  put(path: string, body: object): Promise<Fetched>;
  get(path: string): Promise<Fetched>;
}

export interface PipelineIngestOptions {
  /** Stands before the store, to fail. */
  readonly store?: (store: RegistryStore) => RegistryStore;
  /** Stands before the broker, to fail: what it gives is the answer for the record, where it gives any. */
  readonly answer?: (record: NewRecord) => PublishResult | undefined;
  /** The same for what the broker is known to refuse. */
  readonly refusal?: Publisher['refusal'];
  readonly ensureTopics?: (names: readonly string[]) => void;
  readonly signal?: AbortSignal;
  readonly now?: () => number;
}

const UNWATCHED: ProjectionObserver = new Proxy({} as ProjectionObserver, { get: () => () => {} });

/** @param isProjecting whether registrations are projected from the start */
export async function testPipeline({ isProjecting = true } = {}): Promise<TestPipeline> {
  const log = new MemoryLog();
  const store = openMemoryStore();
  const ending = new AbortController();
  const projections: Promise<void>[] = [];
  const servers: AsyncDisposable[] = [];
  const compiled = new CompiledSchemas();
  const partitions = 3;
  for (const topic of Object.values(TOPICS)) log.create(topic, partitions);
  const run = (stream: Stream): void => {
    const broker = openMemoryBroker({ log });
    const { signal } = ending;
    const group = `consumer of ${stream.name}`;
    projections.push(
      runProjection({ broker, group, streams: [stream], writer: store.writer, observer: UNWATCHED, signal }),
    );
  };
  const projectRegistrations = (): void => run(controlStream({ topic: TOPICS.control }));
  if (isProjecting) projectRegistrations();
  return {
    store,
    projectRegistrations,
    records: (topic) =>
      log.ends([topic]).flatMap(({ partition, endOffset }) => log.read({ topic, partition }, 0, endOffset)),
    async append(...records) {
      for (const { topic } of records) log.create(topic, partitions);
      for (const result of await openMemoryBroker({ log }).publisher.publish(records)) {
        if (result.kind === 'failed') throw result.error;
      }
    },
    project(client, event) {
      const topic = `${client}.${event}`;
      const known = () => {
        const ofStream = store.tables.schemaVersions.filter((version) => version.topic === topic);
        return schemaVersions(ofStream, compiled);
      };
      const versions: SchemaVersions = {
        at: (version) => known().at(version),
        inForce: (time) => known().inForce(time),
      };
      log.create(topic, partitions);
      run(clientEventStream({ client, event, topic, versions }));
    },
    async ingest(options = {}) {
      const gateway = await openIngest(log, store, partitions, options);
      servers.push(gateway);
      return gateway;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
      ending.abort();
      await Promise.all(projections);
    },
  };
}

async function openIngest(
  log: MemoryLog,
  store: MemoryStore,
  partitions: number,
  { store: before = (same) => same, answer, refusal, ensureTopics, signal, now }: PipelineIngestOptions,
): Promise<PipelineIngest> {
  const broker = openMemoryBroker({ log });
  const metrics = new Registry();
  const logger = createLogger({ service: 'ingest', level: 'fatal' });
  const seen = before(store);
  const registry = new StreamRegistry({ store: () => seen, log: logger });
  const app = ingestApp({
    broker: {
      publisher: {
        async publish(records: readonly NewRecord[]) {
          const refused = records.map((record) => answer?.(record));
          const taken = records.filter((_, index) => refused[index] === undefined);
          const published = [...(await broker.publisher.publish(taken))];
          return refused.map((result) => result ?? (published.shift() as PublishResult));
        },
        refusal: (record) => refusal?.(record) ?? broker.publisher.refusal(record),
      },
      admin: {
        ping: () => broker.admin.ping(),
        async ensureTopics(topics) {
          ensureTopics?.(topics.map(({ name }) => name));
          await broker.admin.ensureTopics(topics);
        },
      },
    },
    topics: TOPICS,
    partitions,
    requireTopics: () => {},
    registry,
    store: () => ({ ...store, reader: { ...store.reader, ...seen.reader }, watch: seen.watch }),
    log: logger,
    metrics,
    crash: () => {},
    ...(signal && { signal }),
    ...(now && { now }),
  });
  const server = await listen(app, { address: { host: '127.0.0.1', port: 0 }, log: logger });
  const ask = (path: string, init: RequestInit): Promise<Fetched> => fetched(server.url + path, init);
  return {
    ...server,
    metrics,
    get: (path) => ask(path, {}),
    put: (path, body) => ask(path, { method: 'PUT', headers: JSON_TYPE, body: JSON.stringify(body) }),
    post(path, body, headers = JSON_TYPE) {
      const isRaw = typeof body === 'string' || body instanceof Uint8Array;
      return ask(path, { method: 'POST', headers, body: isRaw ? (body as string) : JSON.stringify(body) });
    },
    async [Symbol.asyncDispose]() {
      registry[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

const JSON_TYPE = { 'Content-Type': 'application/json' };
