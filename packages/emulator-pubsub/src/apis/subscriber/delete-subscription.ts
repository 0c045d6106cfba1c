import { Empty, pubsub } from '../../grpc/protos.ts';
import { removeSubscription } from '../../resources/remove.ts';
import { define } from '../define.ts';
import { useSubscription } from './use-subscription.ts';

/** DeleteSubscription. Whoever reads from it is told that it is not found. */
export const deleteSubscription = define({
  path: 'google.pubsub.v1.Subscriber/DeleteSubscription',
  request: pubsub.DeleteSubscriptionRequest,
  response: Empty,
  handle: ({ subscription }, { service }) =>
    service.turns.take(async () => {
      await removeSubscription(service, useSubscription(service, subscription));
      return {};
    }),
});
