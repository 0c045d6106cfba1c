import { removeSnapshot, removeSubscription } from './remove.ts';
import type { Service } from './service.ts';
import { durationMs } from './times.ts';

/**
 * One round of letting go: expired snapshots, subscriptions that nobody used for as long as their expiration policy says,
 * then of every topic's messages those that neither the topic's retention, nor a subscription, nor a snapshot needs.
 */
export async function retain(service: Service): Promise<void> {
  await service.turns.take(async () => {
    await removeExpired(service);
    await trim(service);
  });
}

async function removeExpired(service: Service): Promise<void> {
  const nowMs = service.clock.now();
  for (const snapshot of [...service.snapshots.values()]) {
    const { expireTime } = snapshot.proto;
    if (expireTime && durationMs(expireTime) <= nowMs) await removeSnapshot(service, snapshot);
  }
  for (const subscription of [...service.subscriptions.values()]) {
    const ttl = subscription.proto.expirationPolicy?.ttl;
    if (subscription.isInUse) subscription.lastActiveMs = nowMs;
    if (!ttl || nowMs - subscription.lastActiveMs < durationMs(ttl)) continue;
    await removeSubscription(service, subscription);
    service.log({ kind: 'subscription-expired', subscription: subscription.name });
  }
}

async function trim(service: Service): Promise<void> {
  const nowMs = service.clock.now();
  const { topics, subscriptions, snapshots, logs } = service;
  for (const [, { log, holders }] of [...logs.entries()]) {
    let needed = log.endOffset;
    for (const holder of holders) {
      const retention = topics.find(holder)?.proto.messageRetentionDuration;
      if (retention) needed = Math.min(needed, await log.offsetAt((nowMs - durationMs(retention)) * 1000));
      const delivery = subscriptions.find(holder)?.attachment?.delivery;
      if (delivery !== undefined) needed = Math.min(needed, await delivery.neededFrom(nowMs));
      needed = Math.min(needed, snapshots.find(holder)?.state.below ?? needed);
    }
    if (needed > log.startOffset) await log.trimBefore(needed);
  }
}

/** Runs the rounds. Returns the way to stop them, which resolves when none is under way any more. */
export function startRetention(service: Service, intervalMs: number): () => Promise<void> {
  let isStopped = false;
  let round: Promise<void> = Promise.resolve();
  let cancel: () => void = () => undefined;
  const schedule = (): void => {
    cancel = service.clock.after(intervalMs, () => {
      round = retain(service).catch((error: unknown) => service.log({ kind: 'retention-failed', error }));
      void round.then(() => {
        if (!isStopped) schedule();
      });
    });
  };
  schedule();
  return async () => {
    isStopped = true;
    cancel();
    await round;
  };
}
