import type { DeliverySettings } from './delivery.ts';

/**
 * How long a message waits after so many failed deliveries (from 1): the minimum, then twice as long each time, up to the
 * maximum. 0 without a policy: it is delivered again at once.
 *
 * https://cloud.google.com/pubsub/docs/subscription-retry-policy
 */
export function backoffMs(retry: DeliverySettings['retry'], failures: number): number {
  if (retry === null) return 0;
  const { minimumBackoffMs, maximumBackoffMs } = retry;
  // Beyond this the factor alone is longer than any maximum; a minimum of 0 times infinity would be no number.
  const doublings = Math.min(failures - 1, 40);
  return Math.min(minimumBackoffMs * 2 ** doublings, maximumBackoffMs);
}
