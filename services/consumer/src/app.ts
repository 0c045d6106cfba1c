import type { RequestListener } from 'node:http';
import type { Broker, Store } from '@sluice/core';
import { createApp, type Dependency, operationRoutes } from '@sluice/http';
import type { Eventual, Logger } from '@sluice/runtime';
import type { Registry } from 'prom-client';
import type { ProjectionWatch } from './projection-watch.ts';

export interface ConsumerAppOptions {
  readonly broker: Pick<Broker, 'admin'>;
  readonly topics: Eventual<void>;
  readonly store: Eventual<Store>;
  readonly watch: ProjectionWatch;
  readonly log: Logger;
  readonly metrics: Registry;
}

/** Health, readiness and metrics: the consumer serves nothing else. */
export function consumerApp({ broker, topics, store, watch, log, metrics }: ConsumerAppOptions): RequestListener {
  const dependencies: Dependency[] = [
    {
      name: 'broker',
      check: async () => {
        topics.get();
        await broker.admin.ping();
      },
    },
    { name: 'store', check: async () => await store.get().ping() },
    {
      name: 'projection',
      check: async () => {
        const error = watch.waitingFor();
        if (error) throw error;
      },
    },
  ];
  return createApp({ routes: operationRoutes({ metrics, dependencies }), log, metrics });
}
