import { Counter, type Registry } from 'prom-client';

/** Why a payload was not taken, as a closed set for figures. */
export type InvalidReason =
  | 'unsupported-media-type'
  | 'malformed-json'
  | 'schema-violation'
  | 'too-large'
  | 'unknown-stream';

/** Counts what clients send, by the stream that it was meant for. */
export interface PayloadMeter {
  /** @param stream the name of a stream that there is */
  valid(stream: string): void;
  /** @param stream the same, or `UNKNOWN_STREAM`: what strangers write must make no label */
  invalid(stream: string, reason: InvalidReason): void;
}

/** Stands for all streams that nobody registered. */
export const UNKNOWN_STREAM = 'unknown';

/** `valid_payloads_total` and `invalid_payloads_total`. */
export function payloadMeter(registry: Registry): PayloadMeter {
  /** Since the counter was last asked for, by stream. */
  const counted = new Map<string, number>();
  const valid = new Counter({
    name: 'valid_payloads_total',
    help: 'Payloads that were as their stream wants them.',
    labelNames: ['stream'],
    registers: [registry],
    // Only when asked for: counting here takes ten times as long as in a plain number, and nearly all payloads are valid.
    collect: () => {
      for (const [stream, count] of counted) valid.inc({ stream }, count);
      counted.clear();
    },
  });
  const invalid = new Counter({
    name: 'invalid_payloads_total',
    help: 'Payloads that were refused for what they are.',
    labelNames: ['stream', 'reason'],
    registers: [registry],
  });
  return {
    valid: (stream) => void counted.set(stream, (counted.get(stream) ?? 0) + 1),
    invalid: (stream, reason) => invalid.inc({ stream, reason }),
  };
}
