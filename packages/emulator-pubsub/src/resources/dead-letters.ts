import type { StoredMessage } from '../storage/storage.ts';
import { idOf, projectOf } from './names.ts';
import type { Service } from './service.ts';
import type { Subscription } from './subscription.ts';

/**
 * Publishes a message to its subscription's dead-letter topic, with the attributes that
 * https://cloud.google.com/pubsub/docs/dead-letter-topics names. False where there is no such topic any more: then the
 * message is delivered again.
 */
export async function forwardDeadLetter(
  { topics }: Service,
  { name, proto }: Subscription,
  { data, attributes, orderingKey, publishTimeUs }: StoredMessage,
  attempts: number,
): Promise<boolean> {
  const topic = topics.find(proto.deadLetterPolicy?.deadLetterTopic ?? '');
  if (topic === undefined) return false;
  const source = {
    CloudPubSubDeadLetterSourceDeliveryCount: String(attempts),
    CloudPubSubDeadLetterSourceSubscription: idOf(name),
    CloudPubSubDeadLetterSourceSubscriptionProject: idOf(projectOf(name)),
    CloudPubSubDeadLetterSourceTopicPublishTime: new Date(publishTimeUs / 1000).toISOString().replace('Z', '+00:00'),
  };
  await topic.log.append([{ data, attributes: { ...attributes, ...source }, orderingKey }]);
  return true;
}
