import type { DeadLetters } from './dead-letters.ts';
import type { Delivered, OrderingKey } from './delivered.ts';
import type { DeliverySettings } from './delivery.ts';
import type { Leases } from './leases.ts';
import { NumberHeap } from './number-heap.ts';
import type { OrderingKeys } from './ordering-keys.ts';
import { backoffMs } from './retry.ts';

export interface RedeliveryOptions {
  readonly leases: Leases;
  readonly keys: OrderingKeys;
  readonly deadLetters: DeadLetters;
  readonly settings: () => DeliverySettings;
  /** Whether the message need not be delivered again. */
  readonly isSettled: (offset: number) => boolean;
  readonly onReady: () => void;
}

/**
 * Decides what becomes of a message that was given back or whose deadline passed: it rests, comes again, or goes to the
 * dead-letter topic. Of an ordering key, whatever was delivered after it comes again too.
 */
export class Redelivery {
  readonly #options: RedeliveryOptions;
  /** Offsets without a key to be delivered again, or of what is acknowledged by now. */
  readonly ready = new NumberHeap();

  constructor(options: RedeliveryOptions) {
    this.#options = options;
  }

  /** Ends these leases. A failure counts as a delivery attempt and obeys the retry policy; else it comes at once. */
  giveBack(ended: readonly Delivered[], isFailure: boolean): void {
    const { leases, keys } = this.#options;
    const byKey = new Map<OrderingKey, Delivered[]>();
    for (const delivered of ended) {
      if (delivered.status !== 'leased') continue;
      leases.end(delivered);
      if (isFailure) delivered.failures += 1;
      if (delivered.key === null) this.#settle(delivered, isFailure);
      else {
        const ofKey = byKey.get(delivered.key);
        if (ofKey === undefined) byKey.set(delivered.key, [delivered]);
        else ofKey.push(delivered);
      }
    }
    for (const [key, failed] of byKey) {
      const back = [...failed, ...this.#endFollowers(key, failed)].sort((a, b) => b.offset - a.offset);
      for (const { offset } of back) keys.giveBack(key, offset);
      for (const delivered of failed.sort((a, b) => a.offset - b.offset)) this.#settle(delivered, isFailure);
      keys.refresh(key);
    }
    this.#options.onReady();
  }

  /** The deadline has passed, or the rest after a failure. */
  due(due: readonly Delivered[]): void {
    const expired: Delivered[] = [];
    for (const delivered of due) {
      if (delivered.status === 'leased') expired.push(delivered);
      else this.#makeReady(delivered);
    }
    this.giveBack(expired, true);
  }

  /** It did not get to the dead-letter topic. */
  retry(delivered: Delivered): void {
    this.#rest(delivered);
    this.#options.onReady();
  }

  #endFollowers(key: OrderingKey, failed: readonly Delivered[]): Delivered[] {
    const earliest = failed.reduce((least, { offset }) => Math.min(least, offset), Number.POSITIVE_INFINITY);
    const followers = [...key.outstanding].filter(({ offset }) => offset > earliest);
    for (const follower of followers) this.#options.leases.end(follower);
    return followers;
  }

  #settle(delivered: Delivered, isFailure: boolean): void {
    const { leases, deadLetters, settings, isSettled } = this.#options;
    const { deadLetter } = settings();
    if (isSettled(delivered.offset)) leases.forget(delivered);
    else if (!isFailure) this.#makeReady(delivered);
    else if (deadLetter !== null && delivered.failures >= deadLetter.maxDeliveryAttempts)
      deadLetters.forward(delivered);
    else this.#rest(delivered);
  }

  #rest(delivered: Delivered): void {
    const restMs = backoffMs(this.#options.settings().retry, delivered.failures);
    if (restMs > 0) this.#options.leases.wait(delivered, restMs);
    else this.#makeReady(delivered);
  }

  #makeReady(delivered: Delivered): void {
    delivered.status = 'ready';
    if (delivered.key === null) this.ready.push(delivered.offset);
    else this.#options.keys.refresh(delivered.key);
  }
}
