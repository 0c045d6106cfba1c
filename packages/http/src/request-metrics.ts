import { Counter, Histogram, type Registry } from 'prom-client';

/** Counts one answer of a route. */
export type RouteMeter = (status: number, seconds: number) => void;

/**
 * `http_requests_total` and `http_request_duration_seconds`, by method, route and status. A route is its pattern, never
 * the path that was asked for, so that clients cannot make labels.
 */
export function requestMetrics(registry: Registry): (method: string, route: string) => RouteMeter {
  const labelNames = ['method', 'route', 'status'] as const;
  const tallies: Tally[] = [];
  const total = new Counter({
    name: 'http_requests_total',
    help: 'Requests answered.',
    labelNames,
    registers: [registry],
    // Only when asked for: counting a request here takes ten times as long as in a plain number.
    collect: () => {
      for (const tally of tallies) {
        total.inc(tally.labels, tally.answered);
        tally.answered = 0;
      }
    },
  });
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'From the request line read to the answer handed to the socket.',
    labelNames,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  return (method, route) => {
    const byStatus = new Map<number, Tally>();
    return (status, seconds) => {
      let tally = byStatus.get(status);
      if (!tally) {
        const labels = { method, route, status: String(status) };
        const { observe } = duration.labels(labels);
        tally = { labels, answered: 0, observe };
        byStatus.set(status, tally);
        tallies.push(tally);
      }
      tally.answered++;
      tally.observe(seconds);
    };
  };
}

/** The answers of one method, route and status. */
interface Tally {
  readonly labels: { readonly method: string; readonly route: string; readonly status: string };
  /** Since the counter was last asked for. */
  answered: number;
  observe(seconds: number): void;
}
