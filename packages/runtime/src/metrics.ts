import { collectDefaultMetrics, Registry } from 'prom-client';

/** A registry of the process's own, with Node's metrics in it and every line labelled with the service. */
export function createMetrics(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return registry;
}
