import type { RequestListener } from 'node:http';
import type { Broker } from '@sluice/core';
import { createApp, type OpenApiInfo, openApiRoute, operationRoutes, type Route } from '@sluice/http';
import type { CrashPoint, Logger } from '@sluice/runtime';
import type { Registry } from 'prom-client';
import { confirmedPublish } from './publish.ts';
import type { StreamRegistry } from './registry.ts';
import { timestampRoutes } from './routes/timestamps.ts';

export interface IngestOptions {
  readonly broker: Pick<Broker, 'publisher' | 'admin'>;
  readonly topics: IngestTopics;
  /** Throws while the topics are not known to be there. */
  readonly requireTopics: () => void;
  readonly registry: StreamRegistry;
  readonly log: Logger;
  readonly metrics: Registry;
  readonly crash: CrashPoint;
  /** In ms since the epoch. Default the system's clock. */
  readonly now?: () => number;
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

/** All routes of ingest but the one that describes them. */
export function ingestRoutes(options: IngestOptions): Route[] {
  const { broker, topics, requireTopics, registry, metrics, crash, now = Date.now } = options;
  const publish = confirmedPublish({ publisher: broker.publisher, requireTopics, metrics, crash });
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
    ...timestampRoutes({ topic: topics.timestamps, publish, now }),
    ...operationRoutes({ metrics, dependencies }),
  ];
}
