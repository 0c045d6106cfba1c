import {
  type Catalogue,
  type Column,
  type ColumnType,
  type DeleteRows,
  type EffectsItem,
  type InsertRows,
  type NetEffect,
  netEffect,
  SluiceError,
  type TableColumns,
  type TableTransaction,
} from '@sluice/core';
import { DatabaseError, escapeIdentifier, escapeLiteral, type PoolClient, type QueryConfig } from 'pg';
import type { Decision } from '../write/decisions.ts';
import { typeFrom, typeText } from './column-type.ts';
import { pieces } from './pieces.ts';
import { clientSchema, OWN_SCHEMA } from './schema-name.ts';

interface ClientTransaction {
  readonly commandId: string;
  readonly transaction: TableTransaction;
}

const LOCK = 'select pg_advisory_xact_lock(hashtextextended(name, 0)) from unnest($1::text[]) name';

/** One transaction at a time changes a client's tables. In one order, since two batches may have the same clients. */
export async function lockClients(client: PoolClient, items: readonly EffectsItem[]): Promise<void> {
  const schemas = items.flatMap(transactionsOf).map(({ transaction }) => clientSchema(transaction.client));
  if (schemas.length > 0) await client.query(LOCK, [[...new Set(schemas)].sort()]);
}

/**
 * Decides table transactions and does what those come to that are applied. Rules of the domain are settled before the first
 * statement, so that a batch of any size is a handful of statements, and a refused transaction leaves nothing to undo.
 * @throws SluiceError `invalid-data` where PostgreSQL cannot do it all the same
 */
export async function applyTransactions(
  client: PoolClient,
  items: readonly EffectsItem[],
): Promise<ReadonlyMap<string, Decision>> {
  const byClient = Map.groupBy(items.flatMap(transactionsOf), ({ transaction }) => transaction.client);
  const decisions = new Map<string, Decision>();
  if (byClient.size > 0) await client.query(TAKE_LONG);
  for (const [owner, own] of byClient) {
    for (const piece of pieces(own)) {
      const outcomes = await applyOf(client, clientSchema(owner), piece);
      for (const [index, { commandId }] of piece.entries()) {
        const outcome = outcomes[index];
        if (outcome) decisions.set(commandId, outcome.kind === 'applied' ? { kind: 'projected' } : outcome);
      }
    }
  }
  return decisions;
}

const transactionsOf = ({ identity, effects }: EffectsItem): readonly ClientTransaction[] =>
  effects.flatMap((effect) =>
    effect.kind === 'table-transaction' ? [{ commandId: identity.commandId, transaction: effect.transaction }] : [],
  );

async function applyOf(
  client: PoolClient,
  schema: string,
  own: readonly ClientTransaction[],
): Promise<NetEffect['outcomes']> {
  const transactions = own.map(({ transaction }) => transaction);
  const tables = tablesOf(transactions);
  const net = netEffect(await catalogueOf(client, schema, tables), transactions);
  try {
    await doIt(client, schema, net);
  } catch (error) {
    throw isOfTheirTables(error, net, tables) ? refused(error) : error;
  }
  return net.outcomes;
}

const tablesOf = (transactions: readonly TableTransaction[]): string[] => [
  ...new Set(transactions.flatMap(({ activities }) => activities.map(({ table }) => table))),
];

const CATALOGUE = `
select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type
from pg_namespace n join pg_class c on c.relnamespace = n.oid join pg_attribute a on a.attrelid = c.oid
where n.nspname = $1 and c.relname = any($2) and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
order by c.relname, a.attnum`;

async function catalogueOf(client: PoolClient, schema: string, tables: readonly string[]): Promise<Catalogue> {
  const { rows } = await client.query<{ table: string; column: string; type: string }>(CATALOGUE, [schema, tables]);
  const catalogue = new Map<string, Map<string, ColumnType>>();
  for (const { table, column, type } of rows) {
    const columns = catalogue.get(table) ?? new Map<string, ColumnType>();
    catalogue.set(table, columns);
    columns.set(column, typeFrom(type));
  }
  return catalogue;
}

async function doIt(client: PoolClient, schema: string, net: NetEffect): Promise<void> {
  const nameOf = ({ table }: TableColumns): string => `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;
  if (net.createTables.length > 0) await client.query(makeSchema(schema));
  for (const created of net.createTables) {
    await client.query(`create table ${nameOf(created)} (${created.columns.map(definition).join(', ')})`);
  }
  for (const altered of net.addColumns) {
    const additions = altered.columns.map((column) => `add column ${definition(column)}`);
    await client.query(`alter table ${nameOf(altered)} ${additions.join(', ')}`);
  }
  for (const rows of net.deletes) await deleteRows(client, nameOf(rows), rows);
  for (const rows of net.inserts) await insertInto(client, nameOf(rows), rows);
}

const makeSchema = (schema: string): string => `create schema if not exists ${escapeIdentifier(schema)};
comment on schema ${escapeIdentifier(schema)} is ${escapeLiteral(OWN_SCHEMA)}`;

const definition = ({ name, type }: Column): string => `${escapeIdentifier(name)} ${typeText(type)}`;

/**
 * A delete looks through its whole table, which may be of any size: given up at the time that is set for all statements, it
 * would be tried again without end.
 */
const LONG_MS = 600_000;
const TAKE_LONG = `set local statement_timeout = ${LONG_MS}`;

/** Waits longer than the server, as for all statements. */
async function atLength(client: PoolClient, text: string, values: readonly string[] = []): Promise<void> {
  const statement: QueryConfig & { readonly query_timeout: number } = {
    text,
    values: [...values],
    query_timeout: LONG_MS + 5_000,
  };
  await client.query(statement);
}

async function deleteRows(client: PoolClient, name: string, { columns, nulls, rows }: DeleteRows): Promise<void> {
  const conditions = [
    ...columns.map((column, index) => `t.${escapeIdentifier(column.name)} = r.c${index}`),
    ...nulls.map((column) => `t.${escapeIdentifier(column.name)} is null`),
  ].join(' and ');
  if (columns.length === 0) await atLength(client, `delete from ${name} t where ${conditions}`);
  else await atLength(client, `delete from ${name} t using ${recordset(columns)} where ${conditions}`, [jsonOf(rows)]);
}

async function insertInto(client: PoolClient, name: string, { columns, rows }: InsertRows): Promise<void> {
  const names = columns.map((column) => escapeIdentifier(column.name)).join(', ');
  const values = columns.map((_, index) => `r.c${index}`).join(', ');
  await atLength(client, `insert into ${name} (${names}) select ${values} from ${recordset(columns)}`, [jsonOf(rows)]);
}

/** Columns by number, so that no name of a stranger's is a key in JSON. */
const recordset = (columns: readonly Column[]): string =>
  `json_to_recordset($1) as r(${columns.map(({ type }, index) => `c${index} ${typeText(type)}`).join(', ')})`;

function jsonOf(rows: readonly (readonly (string | null)[])[]): string {
  return JSON.stringify(rows.map((row) => Object.fromEntries(row.map((text, index) => [`c${index}`, text]))));
}

/** Classes of SQLSTATE that are about the server, the connection or its user, or pass by themselves. */
const NOT_OF_THEIR_TABLES = /^(08|25|28|3D|40|42501|53|55P03|57|58|XX)/;
/** What PostgreSQL plans for: a transaction may hold 64 locks, and more where the others hold fewer. */
const LOCKS_OF_A_TRANSACTION = 64;
/** A table that is made or altered takes this many at most: its own, its TOAST table's and that one's index. */
const LOCKS_OF_A_NEW_TABLE = 3;

/** What PostgreSQL refuses of the rest can only come of names, of values, of limits, or of what was changed by hand. */
function isOfTheirTables(
  error: unknown,
  { createTables, addColumns }: NetEffect,
  tables: readonly string[],
): error is DatabaseError {
  if (!(error instanceof DatabaseError) || error.code === undefined) return false;
  if (!isLockTableFull(error)) return !NOT_OF_THEIR_TABLES.test(error.code);
  const changed = createTables.length + addColumns.length;
  return Math.max(tables.length, changed * LOCKS_OF_A_NEW_TABLE) > LOCKS_OF_A_TRANSACTION;
}

/** Whether PostgreSQL cannot note a further lock of any transaction. Which one has too many, it does not say. */
export const isLockTableFull = (error: unknown): error is DatabaseError & { readonly code: '53200' } =>
  error instanceof DatabaseError && error.code === '53200' && error.file === 'lock.c';

/** That PostgreSQL cannot do it, for reasons that waiting does not mend. */
export const refused = (error: DatabaseError): SluiceError =>
  new SluiceError('invalid-data', `PostgreSQL cannot do this with the client's tables (SQLSTATE ${error.code})`, {
    cause: error,
  });
