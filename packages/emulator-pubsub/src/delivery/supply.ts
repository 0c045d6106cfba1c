import type { Clock } from '@sluice/durable-log';
import type { SubscriptionFaults } from '../faults.ts';
import type { AckLog, StoredMessage } from '../storage/storage.ts';
import type { AckIds } from './ack-ids.ts';
import type { Backlog } from './backlog.ts';
import type { OrderingKey } from './delivered.ts';
import type { DeliverySettings } from './delivery.ts';
import type { Deque } from './deque.ts';
import type { Leases } from './leases.ts';
import type { Lot } from './lot.ts';
import type { OrderingKeys } from './ordering-keys.ts';
import type { Redelivery } from './redelivery.ts';
import type { SilentAcks } from './silent-acks.ts';

/** So many messages are passed over in one turn of the event loop, that a long run of them does not hold up the rest. */
const mostPassedInTurn = 2_000;

export interface SupplyOptions {
  readonly clock: Clock;
  readonly ackIds: AckIds;
  readonly acks: AckLog;
  readonly backlog: Backlog;
  readonly leases: Leases;
  readonly keys: OrderingKeys;
  readonly redelivery: Redelivery;
  readonly silentAcks: SilentAcks;
  readonly settings: () => DeliverySettings;
  readonly isSettled: (offset: number) => boolean;
  readonly faults: SubscriptionFaults;
}

/** Finds the messages that a taker may have now: what came back, what waits for its key, and what is new. */
export class Supply {
  readonly #options: SupplyOptions;
  #passed = 0;
  #oldestUs = 0;
  /**
   * What came back goes first, unless the lot before was of nothing else: a message that fails again and again must not
   * keep the others from being delivered.
   */
  #isNewDue = false;

  constructor(options: SupplyOptions) {
    this.#options = options;
  }

  /** How many messages there may be to deliver. */
  get available(): number {
    const { backlog, keys, redelivery } = this.#options;
    return backlog.ahead + keys.pending + redelivery.ready.size;
  }

  /** Whether there may be more than was found, once the disk has answered or others have had their turn. */
  get isUnfinished(): boolean {
    return this.hasPassedEnough || this.#options.backlog.isFetching || this.#options.silentAcks.isBusy;
  }

  get hasPassedEnough(): boolean {
    return this.#passed >= mostPassedInTurn;
  }

  beginTurn(): void {
    const { clock, settings } = this.#options;
    this.#passed = 0;
    this.#oldestUs = (clock.now() - settings().retentionMs) * 1_000;
  }

  endTurn(): void {
    this.#options.silentAcks.flush();
  }

  fill(lot: Lot): void {
    if (!this.#isNewDue) this.#takeBack(lot);
    const before = lot.messages.length;
    this.#takeNew(lot);
    const hasNew = lot.messages.length > before;
    this.#takeBack(lot);
    if (lot.messages.length > 0) this.#isNewDue = !hasNew;
    this.#reorder(lot);
  }

  #takeNew(lot: Lot): void {
    const { acks, backlog, keys, settings, silentAcks } = this.#options;
    const { isOrdered, matches } = settings();
    while (lot.isOpen && !keys.isFull && !this.hasPassedEnough && !silentAcks.isBusy) {
      const message = backlog.next();
      if (message === undefined) return;
      backlog.advance();
      if (acks.has(message.offset)) {
        this.#passed += 1;
      } else if (message.publishTimeUs < this.#oldestUs || !matches(message)) {
        this.#passed += 1;
        silentAcks.add(message.offset);
      } else if (isOrdered && message.orderingKey !== '') {
        const key = keys.of(message.orderingKey);
        if (key.isOpenTo(lot.taker.group)) this.#deliver(lot, message, key);
        else {
          this.#passed += 1;
          keys.park(key, message.offset);
        }
      } else this.#deliver(lot, message, null);
    }
  }

  /** What was delivered before, or had to wait for its key. */
  #takeBack(lot: Lot): void {
    const { keys } = this.#options;
    this.#takeReturned(lot);
    this.#takeOfKeys(lot, keys.heldBy(lot.taker.group));
    this.#takeOfKeys(lot, keys.free);
  }

  #takeReturned(lot: Lot): void {
    const { backlog, leases, redelivery, isSettled } = this.#options;
    const { ready } = redelivery;
    while (lot.isOpen) {
      const offset = ready.peek();
      if (offset === undefined) return;
      const delivered = leases.get(offset);
      if (delivered?.status !== 'ready' || isSettled(offset)) {
        ready.pop();
        if (delivered?.status === 'ready') leases.forget(delivered);
        continue;
      }
      const message = backlog.at(offset);
      if (message === undefined) return;
      ready.pop();
      if (this.#isTooOld(message)) this.#drop(offset);
      else this.#deliver(lot, message, null);
    }
  }

  #takeOfKeys(lot: Lot, queue: Deque<OrderingKey>): void {
    const { keys } = this.#options;
    while (lot.isOpen) {
      const key = keys.head(queue);
      if (key === undefined) return;
      // Waits for the disk at the head of the queue, since others would wait for the same.
      if (!this.#takeOfKey(lot, key)) return;
      keys.leaveQueue(queue);
    }
  }

  /** False where the disk has to be asked first. */
  #takeOfKey(lot: Lot, key: OrderingKey): boolean {
    const { backlog, keys } = this.#options;
    while (lot.isOpen) {
      const offset = keys.next(key);
      if (offset === undefined) return true;
      const message = backlog.at(offset);
      if (message === undefined) return false;
      keys.shift(key);
      if (this.#isTooOld(message)) this.#drop(offset);
      else this.#deliver(lot, message, key);
    }
    return true;
  }

  #isTooOld(message: StoredMessage | 'gone'): message is 'gone' {
    return message === 'gone' || message.publishTimeUs < this.#oldestUs;
  }

  #drop(offset: number): void {
    const { leases, silentAcks } = this.#options;
    const delivered = leases.get(offset);
    if (delivered !== undefined) leases.forget(delivered);
    silentAcks.add(offset);
  }

  #deliver(lot: Lot, message: StoredMessage, key: OrderingKey | null): void {
    const { ackIds, faults, leases, redelivery, settings } = this.#options;
    const delivered = leases.begin(message, key, lot.taker, lot.leasedUntilMs);
    const isCopy = delivered.isDoubled;
    delivered.isDoubled = false;
    lot.add({
      ackId: ackIds.issue(message.offset, delivered.lease),
      message,
      deliveryAttempt: settings().deadLetter === null ? 0 : delivered.failures + 1,
    });
    if (faults.duplicates > 0 && !isCopy) {
      faults.duplicates -= 1;
      delivered.isDoubled = true;
      redelivery.giveBack([delivered], false);
    }
  }

  #reorder(lot: Lot): void {
    const { faults } = this.#options;
    const count = Math.min(faults.reorders, lot.messages.length);
    if (count < 2) return;
    faults.reorders -= count;
    lot.reverse(count);
  }
}
