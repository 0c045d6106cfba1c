import type { Store } from '@sluice/core';
import { type HttpServer, listen } from '@sluice/http';
import { createLogger } from '@sluice/runtime';
import { Registry } from 'prom-client';
import { queryApp } from '../app.ts';

export interface TestQuery extends HttpServer {
  get(path: string, init?: RequestInit): Promise<TestAnswer>;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test knows what it asked for.
  readonly body: any;
  readonly text: string;
}

/** Query on a port of its own, before a store that a test made. */
export async function testQuery(store: () => Store, ending?: AbortSignal): Promise<TestQuery> {
  const log = createLogger({ service: 'query', level: 'fatal', destination: { write: () => {} } });
  const app = queryApp({ store, log, metrics: new Registry(), ...(ending && { ending }) });
  const server = await listen(app, { address: { host: '127.0.0.1', port: 0 }, log });
  return {
    ...server,
    async get(path, init) {
      const response = await fetch(`${server.url}${path}`, init);
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        text,
        body: text === '' ? undefined : JSON.parse(text),
      };
    },
  };
}
