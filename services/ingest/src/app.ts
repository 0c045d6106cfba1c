import type { RequestListener } from 'node:http';
import type { Broker, BrokerAdmin, OutgoingRecord, Store } from '@sluice/core';
import { createApp, type OpenApiInfo, openApiRoute, operationRoutes, type Route } from '@sluice/http';
import type { CrashPoint, Logger } from '@sluice/runtime';
import type { Registry } from 'prom-client';
import { DeadLetterCommands } from './dead-letters/commands.ts';
import { DeadLetterMarks } from './dead-letters/marks.ts';
import { payloadMeter } from './metrics/payload-metrics.ts';
import type { OldMetrics } from './metrics/pushgateway.ts';
import { confirmedPublish } from './publish/publish.ts';
import { activitiesRoutes } from './routes/activities.ts';
import { activityEventsRoutes } from './routes/activity-events.ts';
import { deadLetterRoutes } from './routes/dead-letters.ts';
import { gatewayRoutes } from './routes/gateway.ts';
import { rootRoutes } from './routes/root.ts';
import { streamSchemaRoutes } from './routes/stream-schemas.ts';
import { streamRoutes } from './routes/streams.ts';
import { timestampRoutes } from './routes/timestamps.ts';
import { ClientEvents } from './streams/client-events.ts';
import { KnownTopics } from './streams/known-topics.ts';
import { Registrations } from './streams/registration.ts';
import type { StreamRegistry } from './streams/registry.ts';

/** What ingest asks of a broker. */
export interface IngestBroker extends Pick<Broker, 'publisher'> {
  readonly admin: Pick<BrokerAdmin, 'ping' | 'ensureTopics'>;
}

export interface IngestOptions {
  readonly broker: IngestBroker;
  readonly topics: IngestTopics;
  /** Of a topic that is made for a new stream. */
  readonly partitions: number;
  /** Throws while the topics are not known to be there. */
  readonly requireTopics: () => void;
  readonly registry: StreamRegistry;
  /** For dead letters, and what became of commands about them. Throws while it is out of reach. */
  readonly store: () => Pick<Store, 'reader' | 'watch'>;
  readonly log: Logger;
  readonly metrics: Registry;
  /** Where the old gatekeeper's figures go as well. Default nowhere. */
  readonly oldMetrics?: OldMetrics | undefined;
  readonly crash: CrashPoint;
  /** In ms since the epoch. Default the system's clock. */
  readonly now?: () => number;
  /** Aborts when the service ends: what is waited for is answered then. */
  readonly signal?: AbortSignal;
}

/** Where the records of the built-in streams go. */
export interface IngestTopics {
  readonly timestamps: string;
  readonly activityEvents: string;
  readonly activities: string;
  readonly control: string;
}

/** HTTP in, broker out. */
export function ingestApp(options: IngestOptions): RequestListener {
  const { log, metrics } = options;
  const routes = ingestRoutes(options);
  return createApp({ routes: [...routes, openApiRoute(routes, API)], log, metrics });
}

/** What the OpenAPI document says of ingest as a whole. */
export const API: OpenApiInfo = {
  title: 'Sluice ingest',
  version: '0.1.0',
  description: 'Takes events and commands. **A 2xx means that the broker has it durably.**',
};

const NEVER = new AbortController().signal;

/** All routes of ingest but the one that describes them. */
export function ingestRoutes(options: IngestOptions): Route[] {
  const { broker, topics, partitions, requireTopics, registry, store, metrics, crash } = options;
  const { now = Date.now, signal = NEVER, oldMetrics } = options;
  const { publish, publishAll } = confirmedPublish({ publisher: broker.publisher, requireTopics, metrics, crash });
  const counted = payloadMeter(metrics);
  const meter = oldMetrics?.counting(counted) ?? counted;
  const known = new KnownTopics(broker.admin, partitions);
  const events = new ClientEvents({ registry, topics: known, publish, publishAll, meter, now });
  const registrations = new Registrations({
    registry,
    topics: known,
    publish,
    controlTopic: topics.control,
    builtInTopics: Object.values(topics),
    now,
    signal,
  });
  const reader = () => store().reader;
  const watch = () => store().watch;
  const marks = new DeadLetterMarks({ watch, publish, controlTopic: topics.control, now, signal });
  const refusal = (record: OutgoingRecord) => broker.publisher.refusal(record);
  const deadLetters = new DeadLetterCommands({ reader, marks, publishAll, refusal, topics: known, registry });
  const dependencies = [
    {
      name: 'broker',
      check: async () => {
        requireTopics();
        await broker.admin.ping();
      },
    },
    { name: 'registry', check: async () => registry.requireLoaded() },
  ];
  return [
    ...timestampRoutes({ topic: topics.timestamps, publish, meter, now }),
    ...activityEventsRoutes({ topic: topics.activityEvents, publish, meter, now }),
    ...activitiesRoutes({ topic: topics.activities, publish, meter, now }),
    ...streamRoutes({ events }),
    ...streamSchemaRoutes({ registrations }),
    ...deadLetterRoutes({ commands: deadLetters, reader }),
    ...rootRoutes({ onVisit: () => oldMetrics?.visited() }),
    ...operationRoutes({ metrics, dependencies }),
    // Last, since their paths begin with a client's name, which may be anything.
    ...gatewayRoutes({ registry, registrations, events }),
  ];
}
