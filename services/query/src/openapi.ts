import { openApiDocument, openApiRoute } from '@sluice/http';
import { createLogger } from '@sluice/runtime';
import { Registry } from 'prom-client';
import { API, queryRoutes } from './app.ts';

const routes = queryRoutes({
  store: () => {
    throw new Error('these routes are only described');
  },
  log: createLogger({ service: 'query', level: 'fatal' }),
  metrics: new Registry(),
});

/** The OpenAPI document of query, without a running service. */
export const document = openApiDocument([...routes, openApiRoute(routes, API)], API);
