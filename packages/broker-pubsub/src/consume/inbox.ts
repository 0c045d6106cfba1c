import type { Delivery } from './delivery.ts';

/**
 * Messages that wait for a handler, and the rule by which they are handed over: a key is in one batch at a time, in order.
 *
 * Two places are looked through, in this order: `returned` (what was given back, and what waited for it), then `fresh` (as
 * delivered). What is met there while its key is at work is `parked` until that is over. At any time, of one key,
 *
 *     at work < parked < returned < fresh
 *
 * so that what ends goes to the front of `returned`, in front of what was parked, and arrivals to the end of `fresh`.
 */
export class Inbox {
  readonly #fresh = new Queue();
  readonly #returned = new Queue();
  readonly #parked = new Map<string, Delivery[]>();
  readonly #busyKeys = new Set<string>();

  /** How many may be handed over, at most: some may turn out to have a key that is at work. */
  get ready(): number {
    return this.#fresh.length + this.#returned.length;
  }

  add(delivery: Delivery): void {
    this.#fresh.push(delivery);
  }

  /** The next batch; empty where all that is here waits for keys at work. */
  take(max: number): readonly Delivery[] {
    const batch: Delivery[] = [];
    const keys = new Set<string>();
    for (const queue of [this.#returned, this.#fresh]) {
      while (batch.length < max) {
        const delivery = queue.shift();
        if (!delivery) break;
        const { orderingKey } = delivery;
        if (orderingKey === '') batch.push(delivery);
        else if (this.#busyKeys.has(orderingKey)) this.#park(delivery);
        else {
          keys.add(orderingKey);
          batch.push(delivery);
        }
      }
    }
    for (const key of keys) this.#busyKeys.add(key);
    return batch;
  }

  /**
   * Ends what `take` began.
   * @param rest the last ones of the batch, which are to be handed over again
   */
  finish(batch: readonly Delivery[], rest: readonly Delivery[]): void {
    const returned = [...rest];
    for (const { orderingKey } of batch) {
      if (orderingKey === '' || !this.#busyKeys.delete(orderingKey)) continue;
      returned.push(...(this.#parked.get(orderingKey) ?? []));
      this.#parked.delete(orderingKey);
    }
    this.#returned.putBack(returned);
  }

  #park(delivery: Delivery): void {
    const parked = this.#parked.get(delivery.orderingKey);
    if (parked) parked.push(delivery);
    else this.#parked.set(delivery.orderingKey, [delivery]);
  }
}

/** First in, first out, without moving what is in it. */
class Queue {
  #items: Delivery[] = [];
  #first = 0;

  get length(): number {
    return this.#items.length - this.#first;
  }

  push(delivery: Delivery): void {
    this.#items.push(delivery);
  }

  /** In front of all that is here. */
  putBack(deliveries: readonly Delivery[]): void {
    if (deliveries.length === 0) return;
    this.#items = [...deliveries, ...this.#items.slice(this.#first)];
    this.#first = 0;
  }

  shift(): Delivery | undefined {
    const item = this.#items[this.#first];
    if (item === undefined) return undefined;
    this.#first++;
    if (this.#first > 1_024 && this.#first * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }
}
