import type { Broker } from '@sluice/core';
import { waitFor } from '@sluice/testing';
import { NumberStore } from './numbers.ts';

const LONG = { timeoutMs: 60_000 };

/** A subscription of a number store. */
export class Run implements AsyncDisposable {
  readonly store: NumberStore;
  readonly #abort = new AbortController();
  readonly #run: Promise<void>;
  error: unknown;

  constructor(
    broker: Pick<Broker, 'subscriber'>,
    topics: readonly string[],
    { group = 'group', store = new NumberStore() }: { readonly group?: string; readonly store?: NumberStore } = {},
  ) {
    this.store = store;
    this.#run = broker.subscriber
      .run({ group, topics, handler: this.store, signal: this.#abort.signal })
      .catch((error) => {
        this.error = error;
      });
  }

  async untilHas(count: number): Promise<void> {
    const { store } = this;
    await waitFor(
      `${count} numbers`,
      () => this.error !== undefined || store.wrong.length > 0 || store.has(count),
      LONG,
    ).catch((error) => {
      throw new Error(`${store.numbers.length} of ${count} numbers came`, { cause: error });
    });
    if (this.error !== undefined) throw this.error;
    if (store.wrong.length > 0) throw new Error(store.wrong.join('; '));
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#run;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A test that failed while it held the store back ends all the same.
    this.store.release();
    await this.stop();
  }
}
