import { parseFilter } from '../../filter/filter.ts';
import { invalid, invalidName, notFound, shown } from '../../grpc/errors.ts';
import {
  DEFAULT_ACK_DEADLINE_SECONDS,
  DEFAULT_DELIVERY_ATTEMPTS,
  DEFAULT_MAXIMUM_BACKOFF_MS,
  DEFAULT_MINIMUM_BACKOFF_MS,
  DEFAULT_RETENTION_MS,
} from '../../resources/delivery-settings.ts';
import { checkLabels } from '../../resources/labels.ts';
import { checkName } from '../../resources/names.ts';
import type { Service } from '../../resources/service.ts';
import type { SubscriptionProto } from '../../resources/subscription.ts';
import { checkDuration, DAY_MS, durationOf, MINUTE_MS } from '../../resources/times.ts';
import { checkTransforms } from '../check-transforms.ts';
import { checkPushConfig, isPush } from './check-push-config.ts';

const ACTIVE = 1;
const MAX_ATTEMPTS = 100;
/** For durations without an upper limit of their own. */
const LONGEST_MS = 10_000 * 365 * DAY_MS;

/**
 * A subscription as it is stored, made of one that a client sent: with the defaults filled in, as the service answers it,
 * and without what the server alone may say. Of an update, `current` is what is there: a dead-letter topic that has been
 * deleted since is no fault of it.
 * @throws RpcError `INVALID_ARGUMENT`, or `NOT_FOUND` for its dead-letter topic.
 */
export function checkSubscription(
  subscription: SubscriptionProto,
  service: Service,
  current?: SubscriptionProto,
): SubscriptionProto {
  const { tags: _, analyticsHubSubscriptionInfo: __, ...proto } = subscription;
  checkLabels(proto.labels);
  checkTransforms(proto.messageTransforms);
  const checked: SubscriptionProto = {
    ...proto,
    state: ACTIVE,
    ackDeadlineSeconds: checkAckDeadline(
      'ack_deadline_seconds',
      proto.ackDeadlineSeconds || DEFAULT_ACK_DEADLINE_SECONDS,
    ),
    messageRetentionDuration: checkRetention(proto),
    expirationPolicy: checkExpiration(proto),
    pushConfig: checkPushConfig(proto.pushConfig),
  };
  checkFilter(proto.filter ?? '');
  if (proto.deadLetterPolicy && proto.deadLetterPolicy !== current?.deadLetterPolicy) {
    checked.deadLetterPolicy = checkDeadLetters(proto.deadLetterPolicy, service);
  }
  if (proto.retryPolicy) checked.retryPolicy = checkRetries(proto.retryPolicy);
  checkTargets(checked);
  return checked;
}

/** @throws RpcError `INVALID_ARGUMENT` */
export function checkAckDeadline(field: string, seconds: number): number {
  if (seconds >= 10 && seconds <= 600) return seconds;
  throw invalid(`Invalid ack deadline given (${field}=${seconds}). It must be between 10 and 600 seconds.`);
}

function checkRetention({ messageRetentionDuration }: SubscriptionProto) {
  if (!messageRetentionDuration) return durationOf(DEFAULT_RETENTION_MS);
  const limits = { leastMs: 10 * MINUTE_MS, mostMs: 31 * DAY_MS };
  checkDuration('message_retention_duration', messageRetentionDuration, limits);
  return messageRetentionDuration;
}

function checkExpiration({ expirationPolicy }: SubscriptionProto) {
  if (!expirationPolicy) return { ttl: durationOf(31 * DAY_MS) };
  const { ttl } = expirationPolicy;
  if (ttl) checkDuration('expiration_policy.ttl', ttl, { leastMs: DAY_MS, mostMs: LONGEST_MS });
  return expirationPolicy;
}

function checkFilter(filter: string): void {
  const parsed = parseFilter(filter);
  if (parsed.kind === 'faulty') throw invalid(`Invalid filter: ${shown(parsed.detail)}`);
}

function checkDeadLetters(policy: NonNullable<SubscriptionProto['deadLetterPolicy']>, { topics }: Service) {
  const topic = checkName('topics', 'dead_letter_topic', policy.deadLetterTopic ?? '');
  if (topics.find(topic) === undefined) throw notFound(topic);
  const attempts = policy.maxDeliveryAttempts || DEFAULT_DELIVERY_ATTEMPTS;
  if (attempts < DEFAULT_DELIVERY_ATTEMPTS || attempts > MAX_ATTEMPTS) {
    throw invalid(
      `max_delivery_attempts must be from ${DEFAULT_DELIVERY_ATTEMPTS} to ${MAX_ATTEMPTS}, got ${attempts}.`,
    );
  }
  return { deadLetterTopic: topic, maxDeliveryAttempts: attempts };
}

function checkRetries({ minimumBackoff, maximumBackoff }: NonNullable<SubscriptionProto['retryPolicy']>) {
  const limits = { leastMs: 0, mostMs: 10 * MINUTE_MS };
  const minimum = minimumBackoff ?? durationOf(DEFAULT_MINIMUM_BACKOFF_MS);
  const maximum = maximumBackoff ?? durationOf(DEFAULT_MAXIMUM_BACKOFF_MS);
  const minimumMs = checkDuration('retry_policy.minimum_backoff', minimum, limits);
  const maximumMs = checkDuration('retry_policy.maximum_backoff', maximum, limits);
  if (minimumMs > maximumMs) {
    throw invalid(
      `retry_policy.minimum_backoff must not be longer than maximum_backoff, got ${minimumMs / 1000}s and ${maximumMs / 1000}s.`,
    );
  }
  return { minimumBackoff: minimum, maximumBackoff: maximum };
}

/** Where its messages go; at most one of these. */
function checkTargets(proto: SubscriptionProto): void {
  const { bigqueryConfig, cloudStorageConfig, bigtableConfig } = proto;
  const targets = [isPush(proto), bigqueryConfig, cloudStorageConfig, bigtableConfig].filter(Boolean);
  if (targets.length > 1) {
    throw invalid('At most one of push_config, bigquery_config, cloud_storage_config and bigtable_config may be set.');
  }
  if (targets.length > 0 && proto.enableExactlyOnceDelivery) {
    throw invalid('enable_exactly_once_delivery is for subscriptions that are pulled from alone.');
  }
  if (bigqueryConfig && !bigqueryConfig.table) throw invalidName('bigquery_config.table', '');
  if (cloudStorageConfig && !cloudStorageConfig.bucket) throw invalidName('cloud_storage_config.bucket', '');
  if (bigtableConfig && !bigtableConfig.table) throw invalidName('bigtable_config.table', '');
  if (bigqueryConfig) proto.bigqueryConfig = { ...bigqueryConfig, state: ACTIVE };
  if (cloudStorageConfig) proto.cloudStorageConfig = { ...cloudStorageConfig, state: ACTIVE };
  if (bigtableConfig) proto.bigtableConfig = { ...bigtableConfig, state: ACTIVE };
}
