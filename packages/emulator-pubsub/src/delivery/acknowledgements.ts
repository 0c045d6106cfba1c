import type { Clock } from '@sluice/durable-log';
import type { SubscriptionFaults } from '../faults.ts';
import type { AckLog, MessageLog } from '../storage/storage.ts';
import type { AckIds, LeaseName } from './ack-ids.ts';
import { ConfirmedLeases } from './confirmed-leases.ts';
import type { Delivered } from './delivered.ts';
import type { AckOutcome, DeliveryEvent, DeliverySettings } from './delivery.ts';
import type { Leases } from './leases.ts';
import type { OrderingKeys } from './ordering-keys.ts';
import type { Redelivery } from './redelivery.ts';

export interface AcknowledgementsOptions {
  readonly clock: Clock;
  readonly ackIds: AckIds;
  readonly log: MessageLog;
  readonly acks: AckLog;
  readonly leases: Leases;
  readonly keys: OrderingKeys;
  readonly redelivery: Redelivery;
  readonly settings: () => DeliverySettings;
  readonly faults: SubscriptionFaults;
  readonly onEvent: (event: DeliveryEvent) => void;
  /** Somebody may have room again, or a key be free. */
  readonly onReleased: () => void;
  /** Acknowledgements were not kept, and their leases are over: what is not acknowledged has to come again. */
  readonly onLost: () => void;
}

/**
 * What subscribers say of messages by their ack ids.
 *
 * Without exactly-once an id says which message is meant, and any lease's will do; an unknown one is ignored. With it,
 * only the id of the latest delivery is good, while its lease lasts: https://cloud.google.com/pubsub/docs/exactly-once-delivery
 * The same id once more, after it was confirmed, is done again, as the documentation of `StreamingPullRequest` says of
 * acknowledging twice; and where the subscription is ordered too, an id ahead of an earlier outstanding message of its
 * key is refused, for the time being.
 */
export class Acknowledgements {
  readonly #options: AcknowledgementsOptions;
  readonly #confirmed = new ConfirmedLeases();
  /** The latest lease when all of them were ended by a seek; what they meant has been overruled since. */
  #endedLease = -1;

  constructor(options: AcknowledgementsOptions) {
    this.#options = options;
  }

  /** After a seek: no id from before it means anything any more. */
  endAll(): void {
    this.#endedLease = this.#options.leases.lastLease;
    this.#confirmed.clear();
  }

  acknowledge(ackIds: readonly string[]): Promise<readonly AckOutcome[]> {
    return this.#options.settings().isExactlyOnce ? this.#confirm(ackIds) : this.#forgive(ackIds);
  }

  modifyDeadline(ackIds: readonly string[], deadlineMs: number): readonly AckOutcome[] {
    const { clock, leases, redelivery, settings } = this.#options;
    const bad: AckOutcome = settings().isExactlyOnce ? 'invalid' : 'done';
    const found: Delivered[] = [];
    const outcomes = ackIds.map((ackId): AckOutcome => {
      const delivered = this.#current(this.#name(ackId));
      if (delivered === undefined) return bad;
      found.push(delivered);
      return 'done';
    });
    if (deadlineMs <= 0) redelivery.giveBack(found, true);
    else {
      const untilMs = clock.now() + deadlineMs;
      for (const delivered of found) leases.extend(delivered, untilMs);
    }
    return outcomes;
  }

  /** At least once: whatever can be understood is acknowledged. */
  async #forgive(ackIds: readonly string[]): Promise<readonly AckOutcome[]> {
    const { acks, leases, log, onEvent, onLost, onReleased } = this.#options;
    const offsets: number[] = [];
    for (const ackId of ackIds) {
      const name = this.#name(ackId);
      if (name !== undefined && name.offset < log.endOffset && !this.#takeFault()) offsets.push(name.offset);
    }
    if (offsets.length > 0) {
      const durable = acks.add(offsets);
      for (const offset of offsets) {
        const delivered = leases.get(offset);
        if (delivered !== undefined) this.#forget(delivered);
      }
      onReleased();
      try {
        await durable;
      } catch (error) {
        onEvent({ type: 'ack-failed', error });
        if (!offsets.every((offset) => acks.has(offset))) onLost();
        throw error;
      }
    }
    return ackIds.map(() => 'done');
  }

  /** Exactly once: a lease holds until its acknowledgement is durable. */
  async #confirm(ackIds: readonly string[]): Promise<readonly AckOutcome[]> {
    const { acks, leases, onEvent, onReleased } = this.#options;
    const names = ackIds.map((ackId) => this.#name(ackId));
    const outcomes: AckOutcome[] = new Array(ackIds.length);
    const offsets: number[] = [];
    const begun: { readonly delivered: Delivered; readonly lease: number }[] = [];
    for (const index of this.#inOrder(names)) {
      const name = names[index];
      const delivered = this.#current(name);
      const outcome = this.#judge(name, delivered);
      outcomes[index] = outcome;
      if (outcome !== 'done' || delivered === undefined) continue;
      offsets.push(delivered.offset);
      if (delivered.status !== 'leased') continue;
      leases.confirm(delivered);
      begun.push({ delivered, lease: delivered.lease });
    }
    if (offsets.length === 0) return outcomes;
    try {
      await acks.add(offsets);
    } catch (error) {
      onEvent({ type: 'ack-failed', error });
      for (const { delivered } of begun) {
        if (delivered.status !== 'confirming') continue;
        delivered.isUnkept = true;
        leases.restore(delivered);
      }
      const failed = new Set(offsets);
      return outcomes.map((outcome, index) => {
        const offset = names[index]?.offset;
        return outcome === 'done' && offset !== undefined && failed.has(offset) ? 'temporary-failure' : outcome;
      });
    }
    for (const { delivered, lease } of begun) {
      if (delivered.status !== 'confirming') continue;
      this.#confirmed.add(delivered.offset, lease);
      this.#forget(delivered);
    }
    onReleased();
    return outcomes;
  }

  #judge(name: LeaseName | undefined, delivered: Delivered | undefined): AckOutcome {
    if (delivered === undefined) {
      return name?.isOfThisRun && this.#confirmed.has(name.offset, name.lease) ? 'done' : 'invalid';
    }
    if (this.#takeFault()) return 'temporary-failure';
    if (delivered.key === null || delivered.status === 'confirming') return 'done';
    return delivered.key.first() === delivered ? 'done' : 'unordered';
  }

  /** Indices, such that of each key the earlier messages come first. */
  #inOrder(names: readonly (LeaseName | undefined)[]): number[] {
    const indices = [...names.keys()];
    if (this.#options.settings().isOrdered) {
      indices.sort((a, b) => (names[a]?.offset ?? 0) - (names[b]?.offset ?? 0));
    }
    return indices;
  }

  #name(ackId: string): LeaseName | undefined {
    const name = this.#options.ackIds.parse(ackId);
    if (name === undefined) return undefined;
    const isOverruled = name.isOfThisRun ? name.lease <= this.#endedLease : this.#endedLease >= 0;
    return isOverruled ? undefined : name;
  }

  /** The message whose latest lease has this name, while that lasts. */
  #current(name: LeaseName | undefined): Delivered | undefined {
    if (!name?.isOfThisRun) return undefined;
    const delivered = this.#options.leases.get(name.offset);
    if (delivered === undefined || delivered.lease !== name.lease) return undefined;
    return delivered.status === 'leased' || delivered.status === 'confirming' ? delivered : undefined;
  }

  #forget(delivered: Delivered): void {
    const { leases, keys } = this.#options;
    // A test asked for a second delivery, which comes whatever becomes of the first.
    if (delivered.isDoubled) return;
    leases.forget(delivered);
    if (delivered.key !== null) keys.refresh(delivered.key);
  }

  #takeFault(): boolean {
    const { faults } = this.#options;
    if (faults.failedAcks === 0) return false;
    faults.failedAcks -= 1;
    return true;
  }
}
