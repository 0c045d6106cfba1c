import { storeContract } from '@sluice/contract-tests';
import { openMemoryStore, tablesIn } from './index.ts';

storeContract({
  name: 'memory',
  open: async () => {
    const store = openMemoryStore();
    const { timestampRecords: rows, activityEvents, events, deadLetters, clientTables } = store.tables;
    return {
      store,
      openAnother: async () => openMemoryStore(store.tables),
      rows: async () => [...rows.values()],
      deadLetters: async () => [...deadLetters.values()],
      clientTables: async (client) => tablesIn(clientTables.get(client) ?? new Map()),
      removeRows: async () => {
        for (const table of [rows, activityEvents, events]) table.clear();
      },
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    };
  },
});
