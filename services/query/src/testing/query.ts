import type { Store } from '@sluice/core';
import { type HttpServer, listen } from '@sluice/http';
import { createLogger } from '@sluice/runtime';
import { type Fetched, fetched } from '@sluice/testing';
import { Registry } from 'prom-client';
import { queryApp } from '../app.ts';

export interface TestQuery extends HttpServer {
  get(path: string, init?: RequestInit): Promise<Fetched>;
}

/** Query on a port of its own, before a store that a test made. */
export async function testQuery(store: () => Store, ending?: AbortSignal): Promise<TestQuery> {
  const log = createLogger({ service: 'query', level: 'fatal', destination: { write: () => {} } });
  const app = queryApp({ store, log, metrics: new Registry(), ...(ending && { ending }) });
  const server = await listen(app, { address: { host: '127.0.0.1', port: 0 }, log });
  return {
    ...server,
    get: (path, init) => fetched(server.url + path, init),
  };
}
