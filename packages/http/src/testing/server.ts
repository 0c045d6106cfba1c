import { createLogger } from '@sluice/runtime';
import { Registry } from 'prom-client';
import { type AppOptions, createApp } from '../app.ts';
import type { Route } from '../route.ts';
import { type HttpServer, listen, type ServerLimits } from '../server.ts';

export interface TestServer extends HttpServer {
  readonly metrics: Registry;
  /** Every line that was logged. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

/** The routes on a port of their own, with what they log and count. */
export async function testServer(
  routes: readonly Route[],
  options: Partial<AppOptions> & { readonly limits?: Partial<ServerLimits>; readonly level?: 'debug' | 'info' } = {},
): Promise<TestServer> {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger({
    service: 'test',
    level: options.level ?? 'info',
    destination: { write: (line) => void lines.push(JSON.parse(line)) },
  });
  const metrics = new Registry();
  const app = createApp({ routes, log, metrics, ...options });
  const { limits = {} } = options;
  return { ...(await listen(app, { address: { host: '127.0.0.1', port: 0 }, log, limits })), metrics, lines };
}
