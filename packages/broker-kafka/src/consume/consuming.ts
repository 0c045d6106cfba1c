import type { ClientOptions } from '../client/client.ts';
import type { SessionOptions } from './group-session.ts';

const MEBIBYTE = 2 ** 20;

/** How a session goes about its work, where nothing else is asked for. */
export const CONSUMING = {
  sessionTimeoutMs: 6_000,
  heartbeatIntervalMs: 500,
  rebalanceTimeoutMs: 30_000,
  fetchWaitMs: 100,
  fetchBytesPerPartition: MEBIBYTE,
  fetchBytes: 10 * MEBIBYTE,
  aheadBytesPerPartition: 2 * MEBIBYTE,
  aheadBytes: 32 * MEBIBYTE,
  commitIntervalMs: 500,
  leaveTimeoutMs: 3_000,
  metadataMaxAgeMs: 5_000,
  silenceTimeoutMs: 60_000,
} as const satisfies Omit<SessionOptions, keyof ClientOptions>;
