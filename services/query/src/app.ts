import type { RequestListener } from 'node:http';
import type { Store } from '@sluice/core';
import { createApp, operationRoutes } from '@sluice/http';
import type { Logger } from '@sluice/runtime';
import type { Registry } from 'prom-client';
import { timestampRoutes } from './routes/timestamps.ts';

export interface QueryOptions {
  /** Throws while the store is out of reach. */
  readonly store: () => Store;
  readonly log: Logger;
  readonly metrics: Registry;
  /** In ms since the epoch. Default the system's clock. */
  readonly now?: () => number;
}

/** Looks up what was stored. */
export function queryApp({ store, log, metrics, now = Date.now }: QueryOptions): RequestListener {
  const dependency = { name: 'store', check: async () => await store().ping() };
  const routes = [
    ...timestampRoutes({ reader: () => store().reader, now }),
    ...operationRoutes({ metrics, dependencies: [dependency] }),
  ];
  return createApp({ routes, log, metrics });
}
