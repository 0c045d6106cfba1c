import type { Store } from '@sluice/core';
import { memoryReader } from './reader.ts';
import { emptyTables, type Tables } from './tables.ts';
import { MemoryWatch } from './watch.ts';
import { MemoryWriter } from './writer.ts';

export interface MemoryStore extends Store {
  /** For tests to look at, and to take rows out of. */
  readonly tables: Tables;
}

/** A store that forgets, for unit tests. Stores opened over the same tables are like processes at one database. */
export function openMemoryStore(tables: Tables = emptyTables()): MemoryStore {
  const watch = new MemoryWatch(tables);
  return {
    tables,
    writer: new MemoryWriter(tables),
    reader: memoryReader(tables),
    watch,
    ping: async () => {},
    [Symbol.asyncDispose]: async () => watch[Symbol.dispose](),
  };
}
