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
      const { attributes } = subscription.proto.pushConfig ?? {};
      // The version stays where the request names none.
      const kept = pushConfig?.pushEndpoint && attributes ? { ...attributes, ...pushConfig.attributes } : undefined;
      const changed = { ...pushConfig, ...(kept && { attributes: kept }) };
      await changeSubscription(
        service,
        subscription,
        checkSubscription({ ...subscription.proto, pushConfig: changed }, service),
      );
      return {};
    }),
});
