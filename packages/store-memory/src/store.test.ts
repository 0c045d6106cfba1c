import { storeContract } from '@sluice/contract-tests';
import { openMemoryStore } from './index.ts';

storeContract({
  name: 'memory',
  open: async () => {
    const store = openMemoryStore();
    const { timestampRecords: rows, deadLetters } = store.tables;
    return {
      store,
      openAnother: async () => openMemoryStore(store.tables),
      rows: async () => [...rows.values()],
      deadLetters: async () => [...deadLetters.values()],
      removeRows: async () => rows.clear(),
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    };
  },
});
