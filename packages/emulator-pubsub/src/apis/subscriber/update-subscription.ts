import { invalidArgument } from '../../grpc/errors.ts';
import { pubsub } from '../../grpc/protos.ts';
import { changeSubscription } from '../../resources/change-subscription.ts';
import { applyMask, type MaskedType } from '../../resources/field-mask.ts';
import type { SubscriptionProto } from '../../resources/subscription.ts';
import { define } from '../define.ts';
import { checkSubscription } from './check-subscription.ts';
import { useSubscription } from './use-subscription.ts';

const SUBSCRIPTION: MaskedType = {
  name: 'Subscription',
  mutable: [
    'push_config',
    'bigquery_config',
    'cloud_storage_config',
    'bigtable_config',
    'ack_deadline_seconds',
    'retain_acked_messages',
    'message_retention_duration',
    'labels',
    'expiration_policy',
    'dead_letter_policy',
    'retry_policy',
    'enable_exactly_once_delivery',
    'message_transforms',
  ],
  nested: [
    'push_config.push_endpoint',
    'push_config.attributes',
    'expiration_policy.ttl',
    'dead_letter_policy.dead_letter_topic',
    'dead_letter_policy.max_delivery_attempts',
    'retry_policy.minimum_backoff',
    'retry_policy.maximum_backoff',
  ],
  immutable: [
    'name',
    'topic',
    'enable_message_ordering',
    'filter',
    'detached',
    'topic_message_retention_duration',
    'state',
    'analytics_hub_subscription_info',
    'tags',
  ],
};

/**
 * UpdateSubscription: the fields that the mask names; what the update does not have goes back to its default. What is
 * delivered from now on goes by it. Topic, filter and ordering cannot be changed.
 */
export const updateSubscription = define({
  path: 'google.pubsub.v1.Subscriber/UpdateSubscription',
  request: pubsub.UpdateSubscriptionRequest,
  response: pubsub.Subscription,
  handle({ subscription: update, updateMask }, { service }) {
    if (!update) throw invalidArgument('subscription');
    return service.turns.take(async () => {
      const subscription = useSubscription(service, update.name ?? '', 'subscription.name');
      const { updated } = applyMask<SubscriptionProto>(SUBSCRIPTION, subscription.proto, update, updateMask);
      return changeSubscription(service, subscription, checkSubscription(updated, service, subscription.proto));
    });
  },
});
