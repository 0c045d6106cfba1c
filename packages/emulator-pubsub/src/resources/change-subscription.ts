import { notPulled } from '../grpc/errors.ts';
import { deliverySettings } from './delivery-settings.ts';
import { restartPushing } from './pushing.ts';
import { storedSubscription } from './remove.ts';
import type { Service } from './service.ts';
import { isPulled, type Subscription, type SubscriptionProto, subscriptionRecord } from './subscription.ts';

/** Puts a checked resource in place of a subscription's. Needs its turn. */
export async function changeSubscription(
  service: Service,
  subscription: Subscription,
  proto: SubscriptionProto,
): Promise<SubscriptionProto> {
  const stored = storedSubscription(subscription, proto);
  await service.storage.resources.write([subscriptionRecord(stored)]);
  const before = subscription.proto;
  subscription.proto = stored.proto;
  if (!isPulled(proto)) subscription.endStreams(notPulled());
  subscription.attachment?.delivery.update(deliverySettings(proto, subscription.firstOffset));
  await restartPushing(service, subscription, before);
  return stored.proto;
}
