import type { Logger } from '@sluice/runtime';
import { Counter, Gauge, Pushgateway, Registry } from 'prom-client';
import type { PayloadMeter } from './payload-metrics.ts';

/**
 * Pushes the figures of the old gatekeeper to a Prometheus Pushgateway, under its names
 * (https://github.com/prometheus/pushgateway#api): a push replaces what this instance pushed before. It happens now and
 * then and never for a request, so that a gateway which is down or slow costs a line in the log.
 */
export interface OldMetrics extends AsyncDisposable {
  /** Counts beside `meter`. */
  counting(meter: PayloadMeter): PayloadMeter;
  /** The base address was asked for. */
  visited(): void;
}

export interface PushgatewayOptions {
  /** `http://host:port`. */
  readonly url: URL;
  /** Tells the pushes of several processes apart. */
  readonly instance: string;
  readonly log: Logger;
  /** Default 5 s. */
  readonly everyMs?: number;
  /** How long a push may take. Default 3 s. */
  readonly timeoutMs?: number;
  /** In ms since the epoch. */
  readonly now?: () => number;
}

/** Begins to push. Disposing of it pushes once more. */
export function pushToGateway(options: PushgatewayOptions): OldMetrics {
  const { url, log, everyMs = 5_000, now = Date.now } = options;
  const valid = oldCounter('valid_payload_count', 'Payloads that were as their stream wants them.', now);
  const invalid = oldCounter('invalid_payload_count', 'Payloads that were refused for what they are.', now);
  const visits = lastVisit();
  const jobs = [
    job('valid_payload_schema', valid.registry, options),
    job('invalid_payload_schema', invalid.registry, options),
  ];
  const pushVisits = job('base_endpoint', visits.registry, options);
  let isDown = false;
  let pushing: Promise<void> | undefined;
  const push = async (): Promise<void> => {
    try {
      for (const each of jobs) await each();
      if (visits.isSet()) await pushVisits();
      if (isDown) log.info({ url: url.origin }, 'the Pushgateway is there again');
      isDown = false;
    } catch (error) {
      if (!isDown) log.warn({ err: error, url: url.origin }, 'the Pushgateway does not take metrics; they are kept');
      isDown = true;
    }
  };
  const pushUnlessBusy = (): Promise<void> => {
    pushing ??= push().finally(() => {
      pushing = undefined;
    });
    return pushing;
  };
  const timer = setInterval(pushUnlessBusy, everyMs);
  return {
    counting: (meter) => ({
      valid(stream) {
        valid.count();
        meter.valid(stream);
      },
      invalid(stream, reason) {
        invalid.count();
        meter.invalid(stream, reason);
      },
    }),
    visited: () => visits.set(now() / 1_000),
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await pushing;
      await pushUnlessBusy();
    },
  };
}

/** A counter as Python's client exposes it: the count under `_total`, and when it began under `_created`. */
function oldCounter(name: string, help: string, now: () => number) {
  const registry = new Registry();
  const registers = [registry];
  const total = new Counter({ name: `${name}_total`, help, registers });
  new Gauge({ name: `${name}_created`, help: `When ${name} began, in seconds since the epoch.`, registers }).set(
    now() / 1_000,
  );
  return { registry, count: () => total.inc() };
}

function lastVisit() {
  const registry = new Registry();
  const gauge = new Gauge({
    name: 'job_last_success_unixtime',
    help: 'When the base address was last asked for, in seconds since the epoch.',
    registers: [registry],
  });
  let isSet = false;
  return {
    registry,
    isSet: () => isSet,
    set(seconds: number) {
      isSet = true;
      gauge.set(seconds);
    },
  };
}

function job(
  jobName: string,
  registry: Registry,
  { url, instance, timeoutMs = 3_000 }: PushgatewayOptions,
): () => Promise<void> {
  return async () => {
    const gateway = new Pushgateway(url.href, { signal: AbortSignal.timeout(timeoutMs) }, registry);
    const { resp } = await gateway.push({ jobName, groupings: { instance } });
    const { statusCode = 0 } = (resp ?? {}) as { readonly statusCode?: number };
    if (statusCode >= 300) throw new Error(`the Pushgateway answered ${statusCode}`);
  };
}
