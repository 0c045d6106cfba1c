import { type CommandOutcome, SluiceError, type StoreWatch } from '@sluice/core';
import { outcomeOf } from './reader.ts';
import type { Tables } from './tables.ts';

/** What one store over the tables is told. */
export class MemoryWatch implements StoreWatch, Disposable {
  readonly #tables: Tables;
  readonly #ending = new AbortController();

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async outcome(commandId: string, signal: AbortSignal): Promise<CommandOutcome | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<CommandOutcome | undefined>();
    const ending = this.#ending.signal;
    const look = (): void => {
      const outcome = outcomeOf(this.#tables, commandId);
      if (outcome || signal.aborted) resolve(outcome);
      else if (ending.aborted) reject(new SluiceError('closed', 'the store was closed'));
    };
    this.#tables.watchers.add(look);
    signal.addEventListener('abort', look, { once: true });
    ending.addEventListener('abort', look, { once: true });
    look();
    try {
      return await promise;
    } finally {
      this.#tables.watchers.delete(look);
      signal.removeEventListener('abort', look);
      ending.removeEventListener('abort', look);
    }
  }

  onRegistryChange(callback: () => void): Disposable {
    this.#tables.watchers.add(callback);
    return { [Symbol.dispose]: () => void this.#tables.watchers.delete(callback) };
  }

  [Symbol.dispose](): void {
    this.#ending.abort();
  }
}
