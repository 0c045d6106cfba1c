import { Counter, Histogram, type Registry } from 'prom-client';

/** Counts one answer of a route. */
export type RouteMeter = (status: number, seconds: number) => void;

/**
 * `http_requests_total` and `http_request_duration_seconds`, by method, route and status. A route is its pattern, never
 * the path that was asked for, so that clients cannot make labels.
 */
export function requestMetrics(registry: Registry): (method: string, route: string) => RouteMeter {
  const labelNames = ['method', 'route', 'status'] as const;
  const total = new Counter({
    name: 'http_requests_total',
    help: 'Requests answered.',
    labelNames,
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'From the request line read to the answer handed to the socket.',
    labelNames,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  return (method, route) => {
    const byStatus = new Map<number, { inc(): void; observe(seconds: number): void }>();
    return (status, seconds) => {
      let children = byStatus.get(status);
      if (!children) {
        const labels = { method, route, status: String(status) };
        const [count, spent] = [total.labels(labels), duration.labels(labels)];
        children = { inc: () => count.inc(), observe: (value) => spent.observe(value) };
        byStatus.set(status, children);
      }
      children.inc();
      children.observe(seconds);
    };
  };
}
