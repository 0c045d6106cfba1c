import { type EffectsItem, itemCommandId, itemPlace, type RowEffect, type StoreItem } from '@sluice/core';
import { DatabaseError, type PoolClient } from 'pg';
import { copyIn } from '../binary/copy-in.ts';
import { InstantWriter, requireText, TextMaker } from '../binary/field.ts';
import { BinaryRows } from '../binary/rows.ts';
import { placeOf } from '../place.ts';
import { SCHEMA } from '../schema.ts';
import { ROW_TABLES, type RowTable, type TableName } from './row-tables.ts';

/** What every row has, before its table's own columns. */
const SHARED_COLUMNS = ['id', 'created_at', 'client', 'topic', 'partition', 'record_offset', 'message_id'] as const;
/** Room for a few rows; for many it is made as they come. */
const EXPECTED_BYTES = 4_096;

export interface Span {
  readonly topic: string;
  readonly partition: number;
  readonly first: number;
  readonly last: number;
}

/** A batch's rows as COPY takes them. */
export interface EncodedRows {
  /** Null where no item makes a row. */
  readonly table: TableName | null;
  readonly data: Buffer;
  /** How many items they come from. */
  readonly items: number;
  /** Where they lie in the log; null where they do not follow each other in one partition. */
  readonly span: Span | null;
  /** Reads the items once more. */
  commandIds(): string[];
  /** Of all items in the log. Reads them once more. */
  places(): string[];
}

/** A table of any kind, for code that has made sure that row and table belong together. */
const tableOf = (name: TableName): RowTable<TableName> => ROW_TABLES[name] as unknown as RowTable<TableName>;

/**
 * Makes the rows of all items, item by item, so that none of them outlives its turn; undefined where one is anything else
 * than rows of the one table.
 * @throws SluiceError `invalid-data`
 */
export function encodeRows(items: Iterable<StoreItem>): EncodedRows | undefined {
  const encoded = new BinaryRows(EXPECTED_BYTES);
  const createdAt = new InstantWriter();
  const clients = new TextMaker('client');
  const topics = new TextMaker('topic');
  const messageIds = new TextMaker('message_id');
  let table: TableName | null = null;
  let fields = 0;
  let writeOwn: ReturnType<RowTable<TableName>['binary']> | undefined;
  let count = 0;
  let only: { readonly topic: string; readonly partition: number } | undefined;
  let first = -1;
  let last = -1;
  let isStretch = true;
  for (const item of items) {
    if (item.kind === 'dead-letter') return undefined;
    count++;
    const { topic, partition, record_offset, message_id } = placeOf(item.record);
    if (only === undefined) {
      only = { topic, partition: partition ?? -1 };
      first = record_offset ?? -1;
    }
    if (record_offset === null || record_offset <= last || partition !== only.partition || topic !== only.topic) {
      isStretch = false;
    }
    last = record_offset ?? -1;
    for (const effect of item.effects) {
      if (effect.kind !== 'row') return undefined;
      if (effect.table !== table) {
        if (table !== null) return undefined;
        table = effect.table;
        fields = SHARED_COLUMNS.length + ROW_TABLES[table].columns.length;
        writeOwn = tableOf(table).binary();
      }
      const { row } = effect;
      encoded.begin(fields);
      encoded.uuid(row.id);
      encoded.instant(createdAt, row.createdAt);
      encoded.text(clients.make(row.client));
      encoded.text(topics.make(topic));
      encoded.integer(partition);
      encoded.bigint(record_offset);
      if (message_id === null) encoded.null();
      else encoded.text(messageIds.make(message_id));
      writeOwn?.(encoded, row);
    }
  }
  const commandIds = (): string[] => Array.from(items, itemCommandId);
  const places = (): string[] => Array.from(items, itemPlace);
  const span = isStretch && only ? { ...only, first, last } : null;
  return { table, data: encoded.end(), items: count, span, commandIds, places };
}

/**
 * Inserts rows, and fails where one is there: COPY costs the server a third less than the fastest statement, and has no
 * conflict clause.
 */
export async function insertRows(client: PoolClient, { table, data }: EncodedRows): Promise<void> {
  if (table !== null) await copyIn(client, COPY[table], data);
}

const columnsOf = (table: TableName): string =>
  [...SHARED_COLUMNS, ...ROW_TABLES[table].columns.map(([name]) => name)].join(', ');

const copy = (table: TableName): string => `copy ${SCHEMA}.${table} (${columnsOf(table)}) from stdin (format binary)`;

const COPY: Readonly<Record<TableName, string>> = {
  timestamp_records: copy('timestamp_records'),
  activity_events: copy('activity_events'),
  events: copy('events'),
  markers: copy('markers'),
};

/** Whether `insertRows` failed because a row is there. */
export const isRowThere = (error: unknown): boolean =>
  error instanceof DatabaseError && error.code === '23505' && error.constraint === `${error.table}_pkey`;

/**
 * Inserts the rows that are not there yet and returns their ids. The rows go as one text of JSON, which costs more than
 * arrays of columns, and takes any of them as it is.
 * @throws SluiceError `invalid-data`
 */
export async function insertNew(client: PoolClient, items: readonly EffectsItem[]): Promise<ReadonlySet<string>> {
  const byTable = new Map<TableName, object[]>();
  for (const { record, effects } of items) {
    for (const effect of effects) {
      if (effect.kind !== 'row') continue;
      const rows = byTable.get(effect.table) ?? [];
      byTable.set(effect.table, rows);
      rows.push(valuesOf(effect, record));
    }
  }
  const inserted = new Set<string>();
  for (const [table, rows] of byTable) {
    const answer = await client.query<{ id: string }>(INSERT_NEW[table], [JSON.stringify(rows)]);
    for (const { id } of answer.rows) inserted.add(id);
  }
  return inserted;
}

function valuesOf({ table: name, row }: RowEffect, record: EffectsItem['record']): object {
  const table = tableOf(name);
  requireText('client', row.client);
  for (const [field, text] of Object.entries(table.texts(row))) requireText(field, text);
  return { id: row.id, created_at: row.createdAt, client: row.client, ...placeOf(record), ...table.values(row) };
}

const insertNewInto = (table: TableName): string => `
insert into ${SCHEMA}.${table} (${columnsOf(table)})
select ${[...SHARED_COLUMNS, ...ROW_TABLES[table].columns.map(([name, type]) => `${name}::${type}`)].join(', ')}
from json_to_recordset($1) as r(${[
  'id uuid, created_at timestamptz, client text, topic text, partition integer, record_offset bigint, message_id text',
  ...ROW_TABLES[table].columns.map(([name, type]) => `${name} ${asSent(type)}`),
].join(', ')})
on conflict (id) do nothing returning id`;

/** JSON inside JSON goes as a text, so that its own text stays as it is. */
const asSent = (type: string): string => (type.startsWith('json') ? 'text' : type);

const INSERT_NEW: Readonly<Record<TableName, string>> = {
  timestamp_records: insertNewInto('timestamp_records'),
  activity_events: insertNewInto('activity_events'),
  events: insertNewInto('events'),
  markers: insertNewInto('markers'),
};
