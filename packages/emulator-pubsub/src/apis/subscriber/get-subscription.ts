import { pubsub } from '../../grpc/protos.ts';
import { define } from '../define.ts';
import { useSubscription } from './use-subscription.ts';

/** GetSubscription. */
export const getSubscription = define({
  path: 'google.pubsub.v1.Subscriber/GetSubscription',
  request: pubsub.GetSubscriptionRequest,
  response: pubsub.Subscription,
  handle: ({ subscription }, { service }) => useSubscription(service, subscription).proto,
});
