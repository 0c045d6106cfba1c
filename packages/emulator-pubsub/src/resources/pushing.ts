import type { PushOptions } from '../push/push.ts';
import { deliverySettings } from './delivery-settings.ts';
import type { Service } from './service.ts';
import type { Subscription, SubscriptionProto } from './subscription.ts';

/** Lets the messages of a subscription that has an endpoint be pushed there. */
export async function startPushing(service: Service, subscription: Subscription): Promise<void> {
  const { attachment, name, proto } = subscription;
  const config = pushConfigOf(proto);
  if (attachment === undefined || config === undefined) return;
  // Loaded for who pushes alone.
  const { startPush } = await import('../push/push.ts');
  attachment.push = startPush({
    delivery: attachment.delivery,
    subscription: name,
    config,
    ackDeadlineMs: ackDeadlineMs(proto),
    clock: service.clock,
    onEvent: service.log,
  });
}

/** The same after the resource has changed, where that is another endpoint or deadline than before. */
export async function restartPushing(
  service: Service,
  subscription: Subscription,
  before: SubscriptionProto,
): Promise<void> {
  const { attachment, proto } = subscription;
  if (attachment === undefined) return;
  const isSame =
    ackDeadlineMs(before) === ackDeadlineMs(proto) &&
    JSON.stringify(pushConfigOf(before)) === JSON.stringify(pushConfigOf(proto));
  if (isSame) return;
  const { push } = attachment;
  attachment.push = undefined;
  await push?.[Symbol.asyncDispose]();
  await startPushing(service, subscription);
}

const ackDeadlineMs = (proto: SubscriptionProto): number => deliverySettings(proto, 0).ackDeadlineMs;

function pushConfigOf({ pushConfig }: SubscriptionProto): PushOptions['config'] | undefined {
  if (!pushConfig?.pushEndpoint) return undefined;
  const { oidcToken, noWrapper } = pushConfig;
  return {
    endpoint: pushConfig.pushEndpoint,
    attributes: pushConfig.attributes ?? {},
    ...(oidcToken && {
      oidcToken: { serviceAccountEmail: oidcToken.serviceAccountEmail ?? '', audience: oidcToken.audience ?? '' },
    }),
    ...(noWrapper && { noWrapper: { writeMetadata: noWrapper.writeMetadata ?? false } }),
  };
}
