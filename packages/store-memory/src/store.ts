import type { Store, StoreReader } from '@sluice/core';
import { emptyTables, type Tables } from './tables.ts';
import { MemoryWriter } from './writer.ts';

export interface MemoryStore extends Store {
  /** For tests to look at, and to take rows out of. */
  readonly tables: Tables;
}

/** A store that forgets, for unit tests. Stores opened over the same tables are like processes at one database. */
export function openMemoryStore(tables: Tables = emptyTables()): MemoryStore {
  const writer = new MemoryWriter(tables);
  const reader: StoreReader = {
    positions: (group) => writer.positions(group),
    timestampById: async (id) => {
      const row = tables.rows.get(id);
      return row && { id: row.id, eventTimestamp: row.eventTimestamp, createdAt: row.createdAt };
    },
  };
  return {
    tables,
    writer,
    reader,
    ping: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}
