import { Empty, pubsub } from '../../grpc/protos.ts';
import { changeSubscription } from '../../resources/change-subscription.ts';
import { define } from '../define.ts';
import { checkSubscription } from './check-subscription.ts';
import { useSubscription } from './use-subscription.ts';

/** ModifyPushConfig: to another endpoint, or, with an empty configuration, to being pulled from. */
export const modifyPushConfig = define({
  path: 'google.pubsub.v1.Subscriber/ModifyPushConfig',
  request: pubsub.ModifyPushConfigRequest,
  response: Empty,
  handle: ({ subscription: name, pushConfig }, { service }) =>
    service.turns.take(async () => {
      const subscription = useSubscription(service, name);
      const { proto } = subscription;
      // The version stays where the request names none.
      const attributes = { ...proto.pushConfig?.attributes, ...pushConfig?.attributes };
      const changed = { ...proto, pushConfig: { ...pushConfig, attributes } };
      await changeSubscription(service, subscription, checkSubscription(changed, service, proto));
      return {};
    }),
});
