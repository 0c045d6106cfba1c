import { readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { printable, SluiceError } from '@sluice/core';
import { Client } from 'pg';
import { OWN_SCHEMA } from './client-tables/schema-name.ts';
import { connectionConfig, type PostgresOptions } from './connect.ts';
import { LOCKS, SCHEMA, START_ANEW, TABLES } from './schema.ts';

const DIRECTORY = join(import.meta.dirname, 'migrations');
const TABLE = 'migrations';
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Of the names in a message. */
const MAX_TOLD_LENGTH = 2_000;
/** How long to wait for another process that is at it. */
const MIGRATION_TIMEOUT_MS = 120_000;

/**
 * Brings the tables of the current generation up to date. Any number of processes may do so at once; a user without the
 * right to make tables may, where there is nothing to do.
 * @throws SluiceError `misconfigured` where a table is gone that was made before
 */
export async function migrate(options: PostgresOptions): Promise<void> {
  const client = new Client(
    connectionConfig({ ...options, statementTimeoutMs: MIGRATION_TIMEOUT_MS, lockTimeoutMs: MIGRATION_TIMEOUT_MS }),
  );
  // The query under way reports it too.
  client.on('error', () => {});
  try {
    await client.connect();
    if (await isUpToDate(client, SCHEMA)) return await refuseDamaged(client);
    await refuseOrphans(client);
    await client.query(PUT_IN_SEARCH_PATH);
    await makeTables(client, SCHEMA);
    await refuseDamaged(client);
  } finally {
    await client.end();
  }
}

async function isUpToDate(client: Client, schema: string): Promise<boolean> {
  const { rows: found } = await client.query('select to_regclass($1) is not null as found', [`${schema}.${TABLE}`]);
  if (!found[0]?.found) return false;
  const { rows } = await client.query<{ name: string }>(`select name from ${schema}.${TABLE}`);
  const done = new Set(rows.map(({ name }) => name));
  return (await readdir(DIRECTORY)).every((file) => done.has(parse(file).name));
}

/** A migration that is noted as done is not run again, whatever became of what it made. */
async function refuseDamaged(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'select name from unnest($1::text[]) name where to_regclass(name) is null',
    [TABLES.map((table) => `${SCHEMA}.${table}`)],
  );
  if (rows.length === 0) return;
  const missing = rows.map(({ name }) => name).join(', ');
  throw new SluiceError('misconfigured', `a part of Sluice's tables is missing (${missing}); ${START_ANEW}`);
}

const ORPHANS = `select string_agg(format('drop schema %I cascade', nspname), '; ' order by nspname) as dropping
from pg_namespace where obj_description(oid, 'pg_namespace') = $1 and to_regclass($2) is null`;

/** What was decided is gone with the schema, so that a replay would do to clients' tables of old what was done before. */
async function refuseOrphans(client: Client): Promise<void> {
  const { rows } = await client.query<{ dropping: string | null }>(ORPHANS, [OWN_SCHEMA, `${SCHEMA}.decisions`]);
  const dropping = rows[0]?.dropping;
  if (!dropping) return;
  throw new SluiceError(
    'misconfigured',
    `the tables of clients must be dropped together with the schema ${SCHEMA}, or a replay would double their rows; ` +
      `run "${printable(dropping, MAX_TOLD_LENGTH)}", then start the services again`,
  );
}

/** Makes a generation's tables in a schema, which need not be the current one, and leaves the search path at it. */
export async function makeTables(client: Client, schema: string): Promise<void> {
  // Half of what opening a store takes is loading this, and mostly there is nothing to do.
  const { runner } = await import('node-pg-migrate');
  await runner({
    dbClient: client,
    dir: DIRECTORY,
    direction: 'up',
    schema,
    createSchema: true,
    migrationsTable: TABLE,
    advisoryLockMode: 'wait',
    logger: SILENT,
  });
}

/**
 * Makes `timestamp_records` name the table in everybody's sessions, so that psql needs no prefix; our own statements do
 * not rely on it. What the database's owner has set stays behind it. A user who does not own the database gets it for
 * its own sessions.
 */
const PUT_IN_SEARCH_PATH = `do $$
declare
  given text;
begin
  perform pg_advisory_xact_lock(${LOCKS.space}, ${LOCKS.searchPath});
  select substr(setting, length('search_path=') + 1) into given
    from pg_db_role_setting s, unnest(s.setconfig) setting, pg_database d, pg_roles r
    where d.datname = current_database() and s.setdatabase = d.oid and setting like 'search_path=%'
      and r.rolname = current_user and s.setrole in (0, r.oid)
    order by s.setrole desc limit 1;
  given := coalesce(given, '"$user", public');
  if given ~ '(^|, *)"?${SCHEMA}"?(,|$)' then
    return;
  end if;
  begin
    execute format('alter database %I set search_path = ${SCHEMA}, %s', current_database(), given);
  exception when insufficient_privilege then
    execute format('alter role current_user in database %I set search_path = ${SCHEMA}, %s', current_database(), given);
  end;
end $$`;
