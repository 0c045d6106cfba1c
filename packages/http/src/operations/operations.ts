import { SluiceError } from '@sluice/core';
import type { Registry } from 'prom-client';
import type { RouteDoc } from '../openapi/route-doc.ts';
import { NOT_READY, problem } from '../problem.ts';
import { json } from '../reply.ts';
import type { Route } from '../route.ts';
import { ALIVE_DOC, HEALTHY_DOC, METRICS_DOC, READY_DOC } from './docs.ts';
import { type Dependency, readiness } from './readiness.ts';

export interface OperationsOptions {
  readonly metrics: Registry;
  readonly dependencies: readonly Dependency[];
}

/** What every service answers to those who run it: whether it is alive, whether it can work, and its figures. */
export function operationRoutes({ metrics, dependencies }: OperationsOptions): Route[] {
  const report = readiness({ dependencies });
  const get = (path: string, doc: RouteDoc, handle: Route['handle']): Route => ({ method: 'GET', path, doc, handle });
  const alive = json(200, { status: 'UP', Status: 'UP' });
  const healthy = json(200, { status: 'healthy' });
  return [
    get('/health', ALIVE_DOC, () => alive),
    get('/api/health', { ...HEALTHY_DOC, operationId: 'getApiHealth' }, () => healthy),
    get('/api/healthz', { ...HEALTHY_DOC, operationId: 'getApiHealthz' }, () => healthy),
    get('/ready', READY_DOC, async () => {
      const found = Object.entries(await report());
      const missing = found.filter(([, reason]) => reason !== undefined);
      const dependencies = Object.fromEntries(found.map(([name, reason]) => [name, reason ?? 'ready']));
      if (missing.length === 0) return json(200, { status: 'ready', dependencies });
      const detail = missing.map(([name, reason]) => `${name}: ${reason}`).join('; ');
      // Tells the log that this is an outage, and no failure of ours.
      const cause = new SluiceError('unavailable', detail);
      return problem(NOT_READY, detail, { extensions: { dependencies }, cause });
    }),
    get('/metrics', METRICS_DOC, async () => ({
      status: 200,
      contentType: metrics.contentType,
      body: await metrics.metrics(),
    })),
  ];
}
