/** What the next produce request to a partition meets, once. */
export type ProduceFault =
  /** Refused as if the partition had moved to another broker; nothing is appended. */
  | 'not-leader'
  /** Appended, durable, then the connection is cut instead of answered. */
  | 'lose-reply'
  /** Refused; nothing is appended. */
  | 'out-of-order-sequence'
  /** Refused; nothing is appended. */
  | 'unknown-producer-id';

/**
 * Faults on demand, for tests of clients: each call arranges what the next `times` produce requests to the partition
 * meet, in the order of the calls.
 */
export class Faults {
  readonly #produce = new Map<string, ProduceFault[]>();

  produce(topic: string, partition: number, fault: ProduceFault, times = 1): void {
    const key = `${topic}-${partition}`;
    const queue = this.#produce.get(key) ?? [];
    this.#produce.set(key, queue);
    for (let each = 0; each < times; each += 1) queue.push(fault);
  }

  /** Forgets what has not happened yet. */
  clear(): void {
    this.#produce.clear();
  }

  /** The fault that this produce request meets, if any. */
  take(topic: string, partition: number): ProduceFault | undefined {
    if (this.#produce.size === 0) return undefined;
    return this.#produce.get(`${topic}-${partition}`)?.shift();
  }
}
