import { detachFrom } from './attach.ts';
import { DELETED_TOPIC } from './names.ts';
import { policyKey } from './policies.ts';
import { removal } from './records.ts';
import type { Service } from './service.ts';
import { type Snapshot, snapshotRecord } from './snapshot.ts';
import { deleted, type StoredSubscription, type Subscription, subscriptionRecord } from './subscription.ts';
import type { Topic } from './topic.ts';

/*
 * Each of these needs its turn. The store forgets a resource in one write with all that refers to it; what lies of it in
 * files goes after that, or at the next start.
 */

/** What of a subscription is stored. */
export const storedSubscription = ({
  acksId,
  firstOffset,
  proto,
  name,
  attachment,
}: Subscription): StoredSubscription => ({
  acksId,
  firstOffset,
  ...(attachment !== undefined && { messagesId: attachment.messagesId }),
  proto: { ...proto, name },
});

/** Deletes a topic; its subscriptions and snapshots stay, and keep its messages. */
export async function removeTopic(service: Service, topic: Topic): Promise<void> {
  const { storage, topics, subscriptions, snapshots, logs } = service;
  const orphans = [...subscriptions.values()].filter(({ proto }) => proto.topic === topic.name);
  const pictures = [...snapshots.values()].filter(({ proto }) => proto.topic === topic.name);
  const protos = orphans.map(({ proto }) => {
    const { topicMessageRetentionDuration: _, ...rest } = proto;
    return { ...rest, topic: DELETED_TOPIC };
  });
  const orphanSnapshots = pictures.map(
    (each): Snapshot => ({ ...each, proto: { ...each.proto, topic: DELETED_TOPIC } }),
  );
  await storage.resources.write([
    removal(topic.name),
    removal(policyKey(topic.name)),
    ...orphans.map((each, index) =>
      subscriptionRecord({ ...storedSubscription(each), proto: { ...protos[index], name: each.name } }),
    ),
    ...orphanSnapshots.map(snapshotRecord),
  ]);
  topics.delete(topic.name);
  for (const [index, orphan] of orphans.entries()) orphan.proto = protos[index] ?? orphan.proto;
  for (const snapshot of orphanSnapshots) snapshots.set(snapshot.name, snapshot);
  await logs.release(topic.messagesId, topic.name);
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
