import type { Logger } from '@sluice/runtime';
import { Counter, Gauge, Registry } from 'prom-client';
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
  /** `http://host:port`, with a path where it stands behind one, and with a user and a password where it wants them. */
  readonly url: URL;
  /** Tells the pushes of several processes apart. */
  readonly instance: string;
  readonly log: Logger;
  /** Default 5 s. */
  readonly everyMs?: number;
  /** How long all of a push may take. Default 3 s. */
  readonly timeoutMs?: number;
  /** In ms since the epoch. */
  readonly now?: () => number;
}

/** How long the last push may take, which the end of the service waits for. */
const LAST_TIMEOUT_MS = 1_000;

/** Begins to push. Disposing of it pushes once more. */
export function pushToGateway(options: PushgatewayOptions): OldMetrics {
  const { url, log, everyMs = 5_000, timeoutMs = 3_000, now = Date.now } = options;
  const valid = oldCounter('valid_payload_count', 'Payloads that were as their stream wants them.', now);
  const invalid = oldCounter('invalid_payload_count', 'Payloads that were refused for what they are.', now);
  const visits = lastVisit();
  const put = putTo(options);
  const ending = new AbortController();
  let isDown = false;
  let pushing: Promise<void> | undefined;
  const push = async (signal: AbortSignal): Promise<void> => {
    try {
      await put('valid_payload_schema', valid.registry, signal);
      await put('invalid_payload_schema', invalid.registry, signal);
      if (visits.isSet()) await put('base_endpoint', visits.registry, signal);
      if (isDown) log.info({ url: url.origin }, 'the Pushgateway is there again');
      isDown = false;
    } catch (error) {
      const isCutShort = signal.reason === ENDING;
      if (!isDown && !isCutShort) log.warn({ err: error, url: url.origin }, 'the Pushgateway does not take metrics');
      isDown ||= !isCutShort;
    }
  };
  const pushUnlessBusy = (): void => {
    pushing ??= push(AbortSignal.any([AbortSignal.timeout(timeoutMs), ending.signal])).finally(() => {
      pushing = undefined;
    });
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
      ending.abort(ENDING);
      await pushing;
      await push(AbortSignal.timeout(Math.min(timeoutMs, LAST_TIMEOUT_MS)));
    },
  };
}

/** Why a push is cut short that the last one says more than. */
const ENDING = new Error('the service ends');

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

type Put = (job: string, registry: Registry, signal: AbortSignal) => Promise<void>;

/** Not by prom-client's own way, whose promise never settles where an answer begins and does not end. */
function putTo({ url, instance }: PushgatewayOptions): Put {
  const { origin, pathname, username, password } = url;
  const base = origin + pathname.replace(/\/$/, '');
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authorization = login !== ':' && { Authorization: `Basic ${Buffer.from(login).toString('base64')}` };
  return async (job, registry, signal) => {
    const response = await fetch(`${base}/metrics/job/${job}/instance/${encodeURIComponent(instance)}`, {
      method: 'PUT',
      headers: { 'Content-Type': registry.contentType, ...authorization },
      body: await registry.metrics(),
      signal,
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`the Pushgateway answered ${response.status} to the push of ${job}`);
  };
}
