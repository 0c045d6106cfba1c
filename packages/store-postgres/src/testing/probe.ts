import type { TableSeen } from '@sluice/contract-tests';
import type { DeadLetter, RecordPosition, Store, TimestampRow } from '@sluice/core';
import { Client, escapeIdentifier } from 'pg';
import { typeFrom } from '../client-tables/column-type.ts';
import { clientSchema } from '../client-tables/schema-name.ts';
import { type PlaceColumns, positionFrom } from '../place.ts';
import { openPostgresStore, type PostgresStoreOptions } from '../store.ts';

/** What tests do behind the port's back, on any PostgreSQL. */
export interface Probe extends AsyncDisposable {
  readonly client: Client;
  readonly store: Store;
  openAnother(): Promise<Store>;
  rows(): Promise<readonly (TimestampRow & { readonly topic: string; readonly position: RecordPosition })[]>;
  deadLetters(): Promise<readonly DeadLetter[]>;
  clientTables(client: string): Promise<readonly TableSeen[]>;
  removeRows(): Promise<void>;
}

/** Every schema of ours, those of clients included. */
const DROP_ALL = `do $$ declare name text; begin
  for name in select nspname from pg_namespace where nspname ~ '^sluice(_|$)' loop
    execute format('drop schema %I cascade', name);
  end loop; end $$`;

/** Empties the database, unless it is to be kept, and opens a store in it. */
export async function openProbe(options: PostgresStoreOptions, contents: 'keep' | 'drop' = 'drop'): Promise<Probe> {
  const client = new Client({ connectionString: options.url });
  client.on('error', () => {});
  await client.connect();
  if (contents === 'drop') await client.query(DROP_ALL);
  const store = await openPostgresStore(options);
  return {
    client,
    store,
    openAnother: () => openPostgresStore(options),
    rows: async () => (await client.query<RowColumns>(ROWS)).rows.map(rowFrom),
    deadLetters: async () => (await client.query<DeadLetterColumns>(DEAD_LETTERS)).rows.map(deadLetterFrom),
    clientTables: (owner) => tablesOf(client, clientSchema(owner)),
    removeRows: async () => {
      await client.query('truncate sluice.timestamp_records, sluice.activity_events, sluice.events');
    },
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]();
      await client.end();
    },
  };
}

async function tablesOf(client: Client, schema: string): Promise<readonly TableSeen[]> {
  const { rows: columns } = await client.query<{ table: string; name: string; type: string }>(
    `select c.relname as table, a.attname as name, format_type(a.atttypid, a.atttypmod) as type
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
    where n.nspname = $1 and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped order by a.attnum`,
    [schema],
  );
  const byTable = Map.groupBy(columns, ({ table }) => table);
  return await Promise.all(
    [...byTable].map(async ([name, own]) => {
      const texts = own.map((column) => `${escapeIdentifier(column.name)}::text`).join(', ');
      const from = `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;
      const { rows } = await client.query<(string | null)[]>({
        text: `select ${texts} from ${from}`,
        rowMode: 'array',
      });
      return { name, columns: own.map((column) => ({ name: column.name, type: typeFrom(column.type) })), rows };
    }),
  );
}

const instant = (column: string): string =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ${column}`;

const ROWS = `select id, ${instant('event_timestamp')}, ${instant('created_at')}, client,
  topic, partition, record_offset, message_id from sluice.timestamp_records`;

const DEAD_LETTERS = `select command_id, stream, client, reason, detail, ${instant('created_at')},
  topic, partition, record_offset, message_id, record_timestamp_ms, key, value, headers from sluice.dead_letters`;

interface RowColumns extends PlaceColumns {
  readonly id: string;
  readonly event_timestamp: TimestampRow['eventTimestamp'];
  readonly created_at: TimestampRow['createdAt'];
  readonly client: string;
}

interface DeadLetterColumns extends PlaceColumns {
  readonly command_id: string;
  readonly stream: string;
  readonly client: string;
  readonly reason: DeadLetter['reason'];
  readonly detail: string;
  readonly created_at: DeadLetter['createdAt'];
  readonly record_timestamp_ms: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly { name?: string; name_base64?: string; value: string | null }[];
}

const rowFrom = (columns: RowColumns) => ({
  id: columns.id,
  eventTimestamp: columns.event_timestamp,
  createdAt: columns.created_at,
  client: columns.client,
  topic: columns.topic,
  position: positionFrom(columns),
});

function deadLetterFrom(columns: DeadLetterColumns): DeadLetter {
  const { stream, client, reason, detail, topic, key, value } = columns;
  return {
    commandId: columns.command_id,
    stream,
    client,
    reason,
    detail,
    createdAt: columns.created_at,
    record: {
      topic,
      position: positionFrom(columns),
      timestampMs: columns.record_timestamp_ms,
      key,
      value,
      headers: columns.headers.map((header) => ({
        name: header.name ?? Buffer.from(header.name_base64 ?? '', 'base64').toString('utf8'),
        value: header.value === null ? null : Buffer.from(header.value, 'base64'),
      })),
    },
  };
}
