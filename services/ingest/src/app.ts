import type { RequestListener } from 'node:http';
import type { Broker } from '@sluice/core';
import { createApp, operationRoutes } from '@sluice/http';
import type { CrashPoint, Logger } from '@sluice/runtime';
import type { Registry } from 'prom-client';
import { confirmedPublish } from './publish.ts';
import { timestampRoutes } from './routes/timestamps.ts';

export interface IngestOptions {
  readonly broker: Pick<Broker, 'publisher' | 'admin'>;
  /** The topic of timestamp commands. */
  readonly topic: string;
  /** Throws while the topics are not known to be there. */
  readonly requireTopics: () => void;
  readonly log: Logger;
  readonly metrics: Registry;
  readonly crash: CrashPoint;
  /** In ms since the epoch. Default the system's clock. */
  readonly now?: () => number;
}

/** HTTP in, broker out. */
export function ingestApp(options: IngestOptions): RequestListener {
  const { broker, topic, requireTopics, log, metrics, crash, now = Date.now } = options;
  const publish = confirmedPublish({ publisher: broker.publisher, requireTopics, metrics, crash });
  const dependency = {
    name: 'broker',
    check: async () => {
      requireTopics();
      await broker.admin.ping();
    },
  };
  const routes = [
    ...timestampRoutes({ topic, publish, now }),
    ...operationRoutes({ metrics, dependencies: [dependency] }),
  ];
  return createApp({ routes, log, metrics });
}
