import { openApiDocument, openApiRoute } from '@sluice/http';
import { createLogger } from '@sluice/runtime';
import { Registry } from 'prom-client';
import { API, ingestRoutes } from './app.ts';
import { StreamRegistry } from './streams/registry.ts';

const described = (): never => {
  throw new Error('these routes are only described');
};

const log = createLogger({ service: 'ingest', level: 'fatal' });
using registry = new StreamRegistry({ store: described, log });

const routes = ingestRoutes({
  broker: {
    publisher: { publish: described, refusal: described },
    admin: { ping: described, ensureTopics: described },
  },
  topics: { timestamps: 'timestamps', activityEvents: 'events', activities: 'activities', control: 'control' },
  partitions: 1,
  requireTopics: described,
  registry,
  store: described,
  log,
  metrics: new Registry(),
  crash: () => {},
});

/** The OpenAPI document of ingest, without a running service. */
export const document = openApiDocument([...routes, openApiRoute(routes, API)], API);
