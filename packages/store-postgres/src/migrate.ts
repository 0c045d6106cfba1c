import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import { Client } from 'pg';
import { connectionConfig, type PostgresOptions } from './connect.ts';
import { SCHEMA } from './schema.ts';

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** How long to wait for another process's migration. */
const MIGRATION_TIMEOUT_MS = 120_000;

/** Brings the tables of the current generation up to date. Any number of processes may do so at once. */
export async function migrate(options: PostgresOptions): Promise<void> {
  const client = new Client({
    ...connectionConfig({ ...options, statementTimeoutMs: MIGRATION_TIMEOUT_MS, lockTimeoutMs: MIGRATION_TIMEOUT_MS }),
  });
  client.on('error', () => {});
  try {
    await client.connect();
    await makeTables(client, SCHEMA);
    await putInSearchPath(client, SCHEMA);
  } finally {
    await client.end();
  }
}

/** Makes the tables of a generation in a schema, which need not be the current one. */
async function makeTables(client: Client, schema: string): Promise<void> {
  await runner({
    dbClient: client,
    dir: join(import.meta.dirname, 'migrations'),
    direction: 'up',
    schema,
    createSchema: true,
    migrationsTable: 'migrations',
    advisoryLockMode: 'wait',
    logger: SILENT,
  });
}

/**
 * Makes `timestamp_records` mean this schema's table in everybody's sessions, so that psql needs no prefix. Our own
 * statements do not rely on it. Where the user does not own the database, its own sessions have to do.
 */
async function putInSearchPath(client: Client, schema: string): Promise<void> {
  await client.query(`do $$
    declare
      given text := coalesce(
        (select substr(setting, 13) from pg_db_role_setting s, unnest(s.setconfig) setting
          where s.setdatabase = (select oid from pg_database where datname = current_database())
            and s.setrole = 0 and setting like 'search_path=%'),
        '"$user", public');
    begin
      if given ~ '(^|, *)"?${schema}"?(,|$)' then return; end if;
      begin
        execute format('alter database %I set search_path = %I, %s', current_database(), '${schema}', given);
      exception when insufficient_privilege then
        execute format('alter role current_user in database %I set search_path = %I, %s', current_database(), '${schema}', given);
      end;
    end $$`);
}
