import { openDelivery } from '../delivery/open-delivery.ts';
import { forwardDeadLetter } from './dead-letters.ts';
import { deliverySettings } from './delivery-settings.ts';
import { startPushing } from './pushing.ts';
import type { Service } from './service.ts';
import type { Subscription } from './subscription.ts';

/** Puts a subscription to work on its messages. A new one has acknowledged all that was published before it. */
export async function attach(service: Service, subscription: Subscription, messagesId: string): Promise<void> {
  const { clock, faults, storage, logs } = service;
  const { name, acksId, firstOffset } = subscription;
  const log = await logs.hold(messagesId, name);
  const acks = await storage.openAcks(acksId);
  if (acks.state() === undefined) await acks.replace({ below: firstOffset, ranges: [] });
  const delivery = openDelivery({
    id: acksId,
    log,
    acks,
    settings: deliverySettings(subscription.proto, firstOffset),
    clock,
    forward: (message, attempts) => forwardDeadLetter(service, subscription, message, attempts),
    faults: faults.ofSubscription(name),
    onEvent: ({ type, error }) => service.log({ kind: 'delivery-failed', subscription: name, doing: type, error }),
  });
  subscription.attachment = { messagesId, log, acks, delivery, push: undefined };
  await startPushing(service, subscription);
}

/** Takes it off its messages, and removes what it has acknowledged. */
export async function detachFrom({ storage, logs }: Service, subscription: Subscription): Promise<void> {
  const { attachment } = subscription;
  if (attachment === undefined) return;
  subscription.attachment = undefined;
  await attachment.push?.[Symbol.asyncDispose]();
  await attachment.delivery[Symbol.asyncDispose]();
  await storage.removeAcks(subscription.acksId);
  await logs.release(attachment.messagesId, subscription.name);
}

/** Leaves nothing of a new subscription that could not be attached, or could not be stored. */
export async function abandon(service: Service, subscription: Subscription, messagesId: string): Promise<void> {
  await detachFrom(service, subscription);
  await service.storage.removeAcks(subscription.acksId);
  await service.logs.release(messagesId, subscription.name);
}
