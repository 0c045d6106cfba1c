import type { CommandOutcome, StoreWatch } from '@sluice/core';
import { outcomeOf } from './reader.ts';
import type { Tables } from './tables.ts';

export function memoryWatch(tables: Tables): StoreWatch {
  return {
    async outcome(commandId, signal) {
      const { promise, resolve } = Promise.withResolvers<CommandOutcome | undefined>();
      const look = (): void => {
        const outcome = outcomeOf(tables, commandId);
        if (outcome || signal.aborted) resolve(outcome);
      };
      tables.watchers.add(look);
      signal.addEventListener('abort', look, { once: true });
      look();
      try {
        return await promise;
      } finally {
        tables.watchers.delete(look);
        signal.removeEventListener('abort', look);
      }
    },
    onRegistryChange(callback) {
      tables.watchers.add(callback);
      return { [Symbol.dispose]: () => void tables.watchers.delete(callback) };
    },
  };
}
