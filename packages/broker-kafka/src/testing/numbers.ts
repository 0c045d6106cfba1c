import type { AssignedPartition, Broker, Handled, RecordBatch, SubscriptionHandler } from '@sluice/core';

/** Publishes `count` records with the values `from`, `from + 1`, … under keys of their own. */
export async function publishNumbers(
  broker: Broker,
  topic: string,
  count: number,
  from = 0,
  padding = 0,
): Promise<void> {
  for (let at = from; at < from + count; at += 1_000) {
    const numbers = Array.from({ length: Math.min(1_000, from + count - at) }, (_, index) => at + index);
    const results = await broker.publisher.publish(
      numbers.map((number) => ({
        topic,
        key: `key ${number}`,
        value: Buffer.from(String(number).padEnd(padding)),
        headers: [],
      })),
    );
    for (const result of results) if (result.kind === 'failed') throw result.error;
  }
}

/** A handler with positions of its own, as a store has them: each offset counts once, in order, without a gap. */
export class NumberStore implements SubscriptionHandler {
  readonly #next = new Map<string, number>();
  readonly numbers: number[] = [];
  assignments = 0;
  calls = 0;
  #gate = Promise.resolve();
  #open = (): void => {};

  /** Finishes no batch until `release`. */
  hold(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    this.#open = resolve;
  }

  release(): void {
    this.#open();
  }

  async assigned(
    partitions: readonly AssignedPartition[],
  ): Promise<readonly (AssignedPartition & { offset: number })[]> {
    this.assignments++;
    return partitions.map((each) => ({ ...each, offset: this.#next.get(nameOf(each)) ?? each.startOffset }));
  }

  async handle(batch: RecordBatch): Promise<Handled> {
    this.calls++;
    await this.#gate;
    const name = nameOf(batch);
    for (const { position, value } of batch.records) {
      if (position.kind !== 'offset') throw new TypeError('a record without an offset');
      const next = this.#next.get(name) ?? 0;
      if (position.offset > next) throw new RangeError(`${name} leapt from ${next} to ${position.offset}`);
      if (position.offset < next) continue;
      this.#next.set(name, next + 1);
      this.numbers.push(Number(value));
    }
    return { count: batch.records.length };
  }

  /** Whether exactly the numbers below `count` came, each once. */
  has(count: number): boolean {
    return (
      this.numbers.length === count && new Set(this.numbers).size === count && Math.max(...this.numbers) === count - 1
    );
  }
}

function nameOf({ topic, partition }: { readonly topic: string; readonly partition: number | null }): string {
  return `${topic}/${partition}`;
}
