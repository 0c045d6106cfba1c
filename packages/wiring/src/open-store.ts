import type { Store } from '@sluice/core';
import type { PostgresStoreOptions } from '@sluice/store-postgres';
import type { StoreConfig } from './store-settings.ts';

/** Opens the store that the configuration names, and makes its tables where they are missing. */
export async function openStore({ url }: StoreConfig, limits: Omit<PostgresStoreOptions, 'url'> = {}): Promise<Store> {
  // Loaded only where it is used: ingest opens no store.
  const { openPostgresStore } = await import('@sluice/store-postgres');
  return await openPostgresStore({ url, ...limits });
}
