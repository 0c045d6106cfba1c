export { tablesIn } from './client-tables.ts';
export { type MemoryStore, openMemoryStore } from './store.ts';
export type { Stored, Tables } from './tables.ts';
