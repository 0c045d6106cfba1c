import { notPulled } from '../../grpc/errors.ts';
import { checkName } from '../../resources/names.ts';
import type { Service } from '../../resources/service.ts';
import { type Attachment, isPulled, type Subscription } from '../../resources/subscription.ts';

/**
 * A subscription that somebody asks for, which its expiration policy is told.
 * @throws RpcError `INVALID_ARGUMENT` where the name is none, `NOT_FOUND`
 */
export function useSubscription(service: Service, name: string, field = 'subscription'): Subscription {
  const subscription = service.subscriptions.get(checkName('subscriptions', field, name));
  subscription.lastActiveMs = service.clock.now();
  return subscription;
}

/** @throws RpcError `FAILED_PRECONDITION`, too, where it is detached or its messages are sent somewhere. */
export function usePulled(
  service: Service,
  name: string,
): { readonly subscription: Subscription; readonly attachment: Attachment } {
  const subscription = useSubscription(service, name);
  const attachment = subscription.attached();
  if (!isPulled(subscription.proto)) throw notPulled();
  return { subscription, attachment };
}
