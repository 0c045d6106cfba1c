import type { Acknowledger } from './acknowledger.ts';
import type { Delivery } from './delivery.ts';

/**
 * The messages in hand, and their leases, which are extended for as long as the handler takes: a store may be down for
 * hours. (The client's own lease management lets go after one.)
 */
export class Leases implements Disposable {
  readonly #acknowledger: Acknowledger;
  readonly #seconds: number;
  readonly #held = new Map<string, Delivery>();
  readonly #timer: NodeJS.Timeout;
  #bytes = 0;

  constructor(acknowledger: Acknowledger, seconds: number) {
    this.#acknowledger = acknowledger;
    this.#seconds = seconds;
    this.#timer = setInterval(() => this.#extend(), (seconds * 1_000) / TICKS);
  }

  get size(): number {
    return this.#held.size;
  }

  /** Of the messages' values. */
  get bytes(): number {
    return this.#bytes;
  }

  get(messageId: string): Delivery | undefined {
    return this.#held.get(messageId);
  }

  add(delivery: Delivery): void {
    this.#held.set(delivery.messageId, delivery);
    this.#bytes += delivery.record.value.length;
  }

  remove({ messageId, record }: Delivery): void {
    if (this.#held.delete(messageId)) this.#bytes -= record.value.length;
  }

  /** Gives everything back, to be delivered to others at once. */
  async release(): Promise<void> {
    const ackIds = [...this.#held.values()].map(({ ackId }) => ackId);
    this.#held.clear();
    this.#bytes = 0;
    await this.#acknowledger.giveBack(ackIds);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #extend(): void {
    const now = performance.now();
    const due = now - (this.#seconds * 1_000) / TICKS;
    const ackIds: string[] = [];
    for (const delivery of this.#held.values()) {
      if (delivery.leasedAt > due) continue;
      delivery.leasedAt = now;
      ackIds.push(delivery.ackId);
    }
    if (ackIds.length > 0) void this.#acknowledger.extend(ackIds, this.#seconds);
  }
}

/** How often in a lease's time the leases are looked at: a lease is extended when half of it is over, or a little more. */
const TICKS = 4;
