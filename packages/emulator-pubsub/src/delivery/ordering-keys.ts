import { OrderingKey } from './delivered.ts';
import { Deque } from './deque.ts';
import type { TakerGroup } from './takers.ts';

/**
 * So many messages may be known to wait for an earlier one of their key, as 8 bytes each. When it are more, the rest of
 * the backlog waits too, since what was skipped has to be remembered.
 */
const mostPending = 1_000_000;

export interface OrderingKeysOptions {
  /** Whether the message at this offset is settled, and so need not be delivered. */
  readonly isSettled: (offset: number) => boolean;
  /** Whether the message at this offset, next of its key, may be delivered now. */
  readonly isReady: (offset: number) => boolean;
  /** There may be something to deliver. */
  readonly onReady: () => void;
}

/** The keys of a subscription that delivers in order. A key that has nothing outstanding or pending takes no memory. */
export class OrderingKeys {
  readonly #options: OrderingKeysOptions;
  readonly #keys = new Map<string, OrderingKey>();
  #pending = 0;
  /** Keys that nobody holds and whose next message is ready. */
  readonly free = new Deque<OrderingKey>();

  /** As free, of the keys that a group holds. */
  readonly #held = new WeakMap<TakerGroup, Deque<OrderingKey>>();

  constructor(options: OrderingKeysOptions) {
    this.#options = options;
  }

  get pending(): number {
    return this.#pending;
  }

  get isFull(): boolean {
    return this.#pending >= mostPending;
  }

  /** Keys that the group holds and whose next message is ready. */
  heldBy(group: TakerGroup): Deque<OrderingKey> {
    let queue = this.#held.get(group);
    if (queue === undefined) {
      queue = new Deque();
      this.#held.set(group, queue);
    }
    return queue;
  }

  of(name: string): OrderingKey {
    let key = this.#keys.get(name);
    if (key === undefined) {
      key = new OrderingKey(name);
      this.#keys.set(name, key);
    }
    return key;
  }

  /** A new message has to wait for earlier ones of its key. */
  park(key: OrderingKey, offset: number): void {
    key.pending.push(offset);
    this.#pending += 1;
    if (key.pending.length === 1) this.refresh(key);
  }

  /** What was outstanding comes again, before all that is pending. The latest first. */
  giveBack(key: OrderingKey, offset: number): void {
    key.pending.unshift(offset);
    this.#pending += 1;
  }

  /** The next message to be delivered, if that may be done now. */
  next(key: OrderingKey): number | undefined {
    this.#dropSettled(key);
    const offset = key.pending.peek();
    return offset !== undefined && this.#options.isReady(offset) ? offset : undefined;
  }

  shift(key: OrderingKey): void {
    if (key.pending.shift() !== undefined) this.#pending -= 1;
  }

  /** The key at the head of a queue, of which something can be delivered. */
  head(queue: Deque<OrderingKey>): OrderingKey | undefined {
    for (;;) {
      const key = queue.peek();
      if (key === undefined) return undefined;
      if (key.queuedIn === queue && this.next(key) !== undefined) return key;
      this.leaveQueue(queue);
    }
  }

  /** Takes the key at the head of the queue out of it, to the end where more of it can be delivered. */
  leaveQueue(queue: Deque<OrderingKey>): void {
    const key = queue.shift();
    if (key === undefined || key.queuedIn !== queue) return;
    key.queuedIn = null;
    this.refresh(key);
  }

  /** To be called when something of the key has changed: lets it go, or stand where its next message is waited for. */
  refresh(key: OrderingKey): void {
    if (key.holder !== null && key.outstanding.size === 0 && key.confirming === 0) {
      key.holder.heldKeys -= 1;
      key.holder = null;
    }
    const isReady = this.next(key) !== undefined;
    if (key.pending.length === 0 && key.holder === null) {
      if (this.#keys.get(key.name) === key) this.#keys.delete(key.name);
      key.queuedIn = null;
      return;
    }
    if (!isReady) return;
    const queue = key.holder === null ? this.free : this.heldBy(key.holder);
    if (key.queuedIn === queue) return;
    key.queuedIn = queue;
    queue.push(key);
    this.#options.onReady();
  }

  clear(): void {
    for (const key of this.#keys.values()) {
      if (key.holder !== null) key.holder.heldKeys -= 1;
      key.holder = null;
      key.queuedIn = null;
    }
    this.#keys.clear();
    this.free.clear();
    this.#pending = 0;
  }

  #dropSettled(key: OrderingKey): void {
    for (;;) {
      const offset = key.pending.peek();
      if (offset === undefined || !this.#options.isSettled(offset)) return;
      this.shift(key);
    }
  }
}
