import type { RequestListener } from 'node:http';
import type { Broker } from '@sluice/core';
import { createApp, operationRoutes } from '@sluice/http';
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
  const { broker, topics, requireTopics, registry, log, metrics, crash, now = Date.now } = options;
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
  const routes = [
    ...timestampRoutes({ topic: topics.timestamps, publish, now }),
    ...operationRoutes({ metrics, dependencies }),
  ];
  return createApp({ routes, log, metrics });
}
