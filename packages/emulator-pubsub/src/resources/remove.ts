import { detachFrom } from './attach.ts';
import { deliverySettings } from './delivery-settings.ts';
import { DELETED_TOPIC } from './names.ts';
import { policyKey } from './policies.ts';
import { removal } from './records.ts';
import type { Service } from './service.ts';
import { type Snapshot, snapshotRecord } from './snapshot.ts';
import {
  deleted,
  type StoredSubscription,
  type Subscription,
  type SubscriptionProto,
  subscriptionRecord,
} from './subscription.ts';
import type { Topic } from './topic.ts';

/*
 * Each of these needs its turn. The store forgets a resource in one write with all that refers to it; what lies of it in
 * files goes after that, or at the next start.
 */

/** What is stored of a subscription with this resource. */
export const storedSubscription = (
  { acksId, firstOffset, name, attachment }: Subscription,
  proto: SubscriptionProto,
): StoredSubscription => ({
  acksId,
  firstOffset,
  ...(attachment !== undefined && { messagesId: attachment.messagesId }),
  proto: { ...proto, name },
});

/**
 * Deletes a topic. Its subscriptions and snapshots stay, and keep its messages; they, and subscriptions whose dead letters
 * went to it, have `_deleted-topic_` in its place.
 */
export async function removeTopic(service: Service, topic: Topic): Promise<void> {
  const { storage, topics, subscriptions, snapshots, logs } = service;
  const { name } = topic;
  const changed = [...subscriptions.values()].flatMap((subscription) => {
    const proto = withoutTopic(subscription.proto, name);
    return proto === subscription.proto ? [] : [{ subscription, proto }];
  });
  const pictures = [...snapshots.values()]
    .filter(({ proto }) => proto.topic === name)
    .map((each): Snapshot => ({ ...each, proto: { ...each.proto, topic: DELETED_TOPIC } }));
  await storage.resources.write([
    removal(name),
    removal(policyKey(name)),
    ...changed.map(({ subscription, proto }) => subscriptionRecord(storedSubscription(subscription, proto))),
    ...pictures.map(snapshotRecord),
  ]);
  topics.delete(name);
  for (const { subscription, proto } of changed) {
    subscription.proto = proto;
    subscription.attachment?.delivery.update(deliverySettings(proto, subscription.firstOffset));
  }
  for (const snapshot of pictures) snapshots.set(snapshot.name, snapshot);
  await logs.release(topic.messagesId, name);
}

function withoutTopic(proto: SubscriptionProto, name: string): SubscriptionProto {
  let without = proto;
  if (proto.topic === name) {
    const { topicMessageRetentionDuration: _, ...rest } = proto;
    without = { ...rest, topic: DELETED_TOPIC };
  }
  if (proto.deadLetterPolicy?.deadLetterTopic !== name) return without;
  return { ...without, deadLetterPolicy: { ...proto.deadLetterPolicy, deadLetterTopic: DELETED_TOPIC } };
}

export async function removeSubscription(service: Service, subscription: Subscription): Promise<void> {
  const { name } = subscription;
  await service.storage.resources.write([removal(name), removal(policyKey(name))]);
  service.subscriptions.delete(name);
  subscription.endStreams(deleted(name));
  await detachFrom(service, subscription);
}

export async function removeSnapshot(service: Service, { name, messagesId }: Snapshot): Promise<void> {
  await service.storage.resources.write([removal(name), removal(policyKey(name))]);
  service.snapshots.delete(name);
  await service.logs.release(messagesId, name);
}
