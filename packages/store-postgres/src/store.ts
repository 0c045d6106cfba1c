import type { Store } from '@sluice/core';
import type { Pool, QueryConfig } from 'pg';
import { connectionConfig, openPool, type PostgresOptions } from './connect.ts';
import { translated } from './errors.ts';
import { migrate } from './migrate.ts';
import { positionsOf } from './positions.ts';
import { PostgresReader } from './read/reader.ts';
import { Notifier } from './watch/notifier.ts';
import { PostgresWatch } from './watch/watch.ts';
import { PostgresWriter } from './write/writer.ts';

export type PostgresStoreOptions = PostgresOptions;

/**
 * The store on PostgreSQL: makes its tables where they are missing and opens a pool of connections.
 * @throws SluiceError `unavailable` while PostgreSQL is out of reach, `unauthorized`, `misconfigured`
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  return await translated(async () => {
    await migrate(options);
    const pool = openPool(options);
    try {
      const { generation } = await positionsOf(pool, '');
      const notifier = new Notifier(options.notifies === false ? null : pool);
      const watch = new PostgresWatch(pool, connectionConfig(options));
      return {
        writer: new PostgresWriter(pool, generation, notifier),
        reader: new PostgresReader(pool),
        watch,
        ping: () => translated(() => ping(pool)),
        [Symbol.asyncDispose]: async () => {
          await Promise.all([watch[Symbol.asyncDispose](), notifier[Symbol.asyncDispose]()]);
          await pool.end();
        },
      };
    } catch (error) {
      await pool.end();
      throw error;
    }
  });
}

/** Readiness is asked for often, and an answer that comes late is none. */
const PING_TIMEOUT_MS = 2_000;

async function ping(pool: Pool): Promise<void> {
  const question: QueryConfig & { readonly query_timeout: number } = {
    text: 'select 1',
    query_timeout: PING_TIMEOUT_MS,
  };
  await pool.query(question);
}
