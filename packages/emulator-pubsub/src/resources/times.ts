import type { google } from '@google-cloud/pubsub/build/protos/protos.js';
import { invalid, shown } from '../grpc/errors.ts';

type Duration = google.protobuf.IDuration;
type Timestamp = google.protobuf.ITimestamp;

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The years 1 to 9999, which is what a Timestamp may say. */
const FIRST_SECOND = -62_135_596_800;
const LAST_SECOND = 253_402_300_799;
/** About 10,000 years, which is what a Duration may say. */
const LONGEST_SECONDS = 315_576_000_000;

export const durationOf = (ms: number): Duration => ({ seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 });

export const timestampOf = (ms: number): Timestamp => ({ seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 });

/** In ms, whatever the fields say: for what was checked before. */
export const durationMs = ({ seconds, nanos }: Duration): number => Number(seconds ?? 0) * 1000 + (nanos ?? 0) / 1e6;

/**
 * A duration of a request in ms.
 * @throws RpcError `INVALID_ARGUMENT` where it is none, or not from `leastMs` to `mostMs`.
 */
export function checkDuration(
  field: string,
  duration: Duration,
  { leastMs, mostMs }: { readonly leastMs: number; readonly mostMs: number },
): number {
  const seconds = Number(duration.seconds ?? 0);
  const nanos = duration.nanos ?? 0;
  const isValid =
    Math.abs(seconds) <= LONGEST_SECONDS &&
    Math.abs(nanos) < 1e9 &&
    !(seconds > 0 && nanos < 0) &&
    !(seconds < 0 && nanos > 0);
  if (!isValid) throw invalid(`${field} must be a valid duration, got seconds ${seconds} and nanos ${nanos}.`);
  const ms = durationMs(duration);
  if (ms >= leastMs && ms <= mostMs) return ms;
  throw invalid(`${field} must be from ${leastMs / 1000}s to ${mostMs / 1000}s, got ${shown(String(ms / 1000))}s.`);
}

/**
 * A time of a request in µs since the epoch.
 * @throws RpcError `INVALID_ARGUMENT` where it is none.
 */
export function checkTimestampUs(field: string, time: Timestamp): number {
  const seconds = Number(time.seconds ?? 0);
  const nanos = time.nanos ?? 0;
  if (seconds < FIRST_SECOND || seconds > LAST_SECOND || nanos < 0 || nanos >= 1e9) {
    throw invalid(`${field} must be a valid timestamp, got seconds ${seconds} and nanos ${nanos}.`);
  }
  return seconds * 1e6 + Math.floor(nanos / 1000);
}
