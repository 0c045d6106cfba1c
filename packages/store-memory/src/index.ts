export { type MemoryStore, openMemoryStore } from './store.ts';
export type { StoredRow, Tables } from './tables.ts';
