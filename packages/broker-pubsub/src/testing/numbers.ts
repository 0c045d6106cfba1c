import type { Broker, BrokerRecord, Handled, RecordBatch, SubscriptionHandler } from '@sluice/core';
import { waitFor } from '@sluice/testing';

/** How many keys the numbers are spread over; number n is of key n modulo this. */
export const KEYS = 8;

/** Publishes the values `from`, `from + 1`, …, as a sender that tries again until they are confirmed. */
export async function publishNumbers(
  broker: Broker,
  topic: string,
  count: number,
  from = 0,
  padding = 0,
): Promise<void> {
  const numbers = Array.from({ length: count }, (_, index) => from + index);
  let open = numbers.map((number) => ({
    topic,
    key: `key ${number % KEYS}`,
    value: Buffer.from(String(number).padEnd(padding)),
    headers: [{ name: 'ce_id', value: `id of ${number}` }],
  }));
  await waitFor(
    `${count} records to be published`,
    async () => {
      const results = await broker.publisher.publish(open);
      open = open.filter((_, index) => results[index]?.kind === 'failed');
      return open.length === 0;
    },
    { timeoutMs: 60_000 },
  );
}

/**
 * A handler that knows a command by its id, as a store does: its first effect stands. What comes again is counted, and
 * first effects that are not in the order of their key are kept as wrong.
 */
export class NumberStore implements SubscriptionHandler {
  readonly numbers: number[] = [];
  readonly wrong: string[] = [];
  /** Records that had been seen before. */
  repeated = 0;
  calls = 0;
  readonly #known = new Set<string>();
  readonly #lastOfKey = new Map<string, number>();
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

  async assigned(): Promise<never> {
    throw new TypeError('a broker without offsets assigns nothing');
  }

  async handle({ records }: RecordBatch): Promise<Handled> {
    this.calls++;
    await this.#gate;
    for (const record of records) this.#take(record);
    return { count: records.length };
  }

  /** Whether exactly the numbers below `count` are in effect, each once, each key in order. */
  has(count: number): boolean {
    return this.numbers.length === count && this.wrong.length === 0 && Math.max(-1, ...this.numbers) === count - 1;
  }

  #take(record: BrokerRecord): void {
    const [id = ''] = record.headerTexts?.(ID) ?? [];
    if (this.#known.has(id)) {
      this.repeated++;
      return;
    }
    this.#known.add(id);
    const number = Number(record.value);
    const key = String(record.key);
    const last = this.#lastOfKey.get(key) ?? -1;
    if (number < last) this.wrong.push(`${key}: ${number} after ${last}`);
    this.#lastOfKey.set(key, number);
    this.numbers.push(number);
  }
}

const ID = ['ce_id'];
