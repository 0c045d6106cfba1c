import type { DeliverySettings } from '../delivery/delivery.ts';
import { parseFilter } from '../filter/filter.ts';
import type { SubscriptionProto } from './subscription.ts';
import { DAY_MS, durationMs, MINUTE_MS } from './times.ts';

export const DEFAULT_ACK_DEADLINE_SECONDS = 10;
export const DEFAULT_DELIVERY_ATTEMPTS = 5;
export const DEFAULT_MINIMUM_BACKOFF_MS = 10_000;
export const DEFAULT_MAXIMUM_BACKOFF_MS = 10 * MINUTE_MS;
export const DEFAULT_RETENTION_MS = 7 * DAY_MS;

const everything = (): boolean => true;

/**
 * What a subscription's resource, which was checked when it came, says of how to deliver. `firstOffset` is the end of its
 * topic when it was created: it gives nothing older, unless the topic itself retains.
 */
export function deliverySettings(proto: SubscriptionProto, firstOffset: number): DeliverySettings {
  const { filter, retryPolicy, deadLetterPolicy, messageRetentionDuration, topicMessageRetentionDuration } = proto;
  const parsed = parseFilter(filter ?? '');
  const topicRetentionMs = durationOr(topicMessageRetentionDuration, 0);
  return {
    ackDeadlineMs: (proto.ackDeadlineSeconds || DEFAULT_ACK_DEADLINE_SECONDS) * 1000,
    isOrdered: proto.enableMessageOrdering ?? false,
    isExactlyOnce: proto.enableExactlyOnceDelivery ?? false,
    // Only where there is a filter are a message's attributes decoded.
    matches: filter && parsed.kind === 'filter' ? ({ attributes }) => parsed.matches(attributes) : everything,
    retry: retryPolicy
      ? {
          minimumBackoffMs: durationOr(retryPolicy.minimumBackoff, DEFAULT_MINIMUM_BACKOFF_MS),
          maximumBackoffMs: durationOr(retryPolicy.maximumBackoff, DEFAULT_MAXIMUM_BACKOFF_MS),
        }
      : null,
    deadLetter: deadLetterPolicy
      ? { maxDeliveryAttempts: deadLetterPolicy.maxDeliveryAttempts || DEFAULT_DELIVERY_ATTEMPTS }
      : null,
    retentionMs: Math.max(durationOr(messageRetentionDuration, DEFAULT_RETENTION_MS), topicRetentionMs),
    retainAcked: (proto.retainAckedMessages ?? false) || topicRetentionMs > 0,
    firstOffset: topicRetentionMs > 0 ? 0 : firstOffset,
  };
}

const durationOr = (duration: Parameters<typeof durationMs>[0] | null | undefined, otherwiseMs: number): number =>
  duration ? durationMs(duration) : otherwiseMs;
