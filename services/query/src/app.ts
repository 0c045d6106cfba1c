import type { RequestListener } from 'node:http';
import type { Store } from '@sluice/core';
import { createApp, type OpenApiInfo, openApiRoute, operationRoutes, type Route } from '@sluice/http';
import type { Logger } from '@sluice/runtime';
import type { Registry } from 'prom-client';
import { activityEventsRoutes } from './routes/activity-events.ts';
import { commandRoutes } from './routes/commands.ts';
import { deadLetterRoutes } from './routes/dead-letters.ts';
import { streamRoutes } from './routes/streams.ts';
import { timestampRoutes } from './routes/timestamps.ts';

export interface QueryOptions {
  /** Throws while the store is out of reach. */
  readonly store: () => Store;
  readonly log: Logger;
  readonly metrics: Registry;
  /** Aborts when the service ends: whoever waits for an outcome is sent away then. Default never. */
  readonly ending?: AbortSignal;
  /** In ms since the epoch. Default the system's clock. */
  readonly now?: () => number;
}

/** Looks up what was stored. */
export function queryApp(options: QueryOptions): RequestListener {
  const { log, metrics } = options;
  const routes = queryRoutes(options);
  return createApp({ routes: [...routes, openApiRoute(routes, API)], log, metrics });
}

/** What the OpenAPI document says of query as a whole. */
export const API: OpenApiInfo = {
  title: 'Sluice query',
  version: '0.1.0',
  description: 'Looks up what became of commands, and what was stored of them.',
};

const NEVER = new AbortController().signal;

/** All routes of query but the one that describes them. */
export function queryRoutes({ store, metrics, ending = NEVER, now = Date.now }: QueryOptions): Route[] {
  const dependency = { name: 'store', check: async () => await store().ping() };
  return [
    ...timestampRoutes({ reader: () => store().reader, now }),
    ...activityEventsRoutes({ reader: () => store().reader }),
    ...commandRoutes({ store, ending }),
    ...deadLetterRoutes({ reader: () => store().reader }),
    ...streamRoutes({ reader: () => store().reader }),
    ...operationRoutes({ metrics, dependencies: [dependency] }),
  ];
}
