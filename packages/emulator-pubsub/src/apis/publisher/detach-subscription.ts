import { pubsub } from '../../grpc/protos.ts';
import { detachFrom } from '../../resources/attach.ts';
import { checkName } from '../../resources/names.ts';
import { storedSubscription } from '../../resources/remove.ts';
import { detached, subscriptionRecord } from '../../resources/subscription.ts';
import { define } from '../define.ts';

/** DetachSubscription. Whatever it had to deliver is dropped; pulls are refused from now on. Twice is fine. */
export const detachSubscription = define({
  path: 'google.pubsub.v1.Publisher/DetachSubscription',
  request: pubsub.DetachSubscriptionRequest,
  response: pubsub.DetachSubscriptionResponse,
  handle(request, { service }) {
    const name = checkName('subscriptions', 'subscription', request.subscription);
    return service.turns.take(async () => {
      const subscription = service.subscriptions.get(name);
      const proto = { ...subscription.proto, detached: true };
      const { messagesId: _, ...stored } = storedSubscription(subscription, proto);
      await service.storage.resources.write([subscriptionRecord(stored)]);
      subscription.proto = proto;
      subscription.endStreams(detached(name));
      await detachFrom(service, subscription);
      return {};
    });
  },
});
