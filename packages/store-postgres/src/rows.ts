import type { BrokerRecord, TimestampRow } from '@sluice/core';
import { DatabaseError, type PoolClient } from 'pg';
import { instantArray, integerArray, textArray, uuidArray } from './binary-array.ts';
import { placeOf } from './place.ts';
import { SCHEMA } from './schema.ts';

export interface NewRow {
  readonly row: TimestampRow;
  readonly record: BrokerRecord;
}

const INSERT_ALL = `
insert into ${SCHEMA}.timestamp_records
  (id, event_timestamp, created_at, client, topic, partition, record_offset, message_id)
select id, event_timestamp, created_at, client, topic, partition, record_offset, message_id
from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::text[], $5::text[], $6::bigint[], $7::bigint[],
  $8::text[]) as r(id, event_timestamp, created_at, client, topic, partition, record_offset, message_id)`;

const INSERT_NEW = `${INSERT_ALL} on conflict (id) do nothing returning id`;

/** Inserts all rows, and fails where one is there: so none pays for a conflict clause. @throws SluiceError `invalid-data` */
export async function insertAll(client: PoolClient, rows: readonly NewRow[]): Promise<void> {
  if (rows.length > 0) await client.query(INSERT_ALL, parametersOf(rows));
}

/** Whether `insertAll` failed because a row is there. */
export const isRowThere = (error: unknown): boolean =>
  error instanceof DatabaseError && error.code === '23505' && error.constraint === 'timestamp_records_pkey';

/** Inserts the rows that are not there yet and returns their ids. @throws SluiceError `invalid-data` */
export async function insertNew(client: PoolClient, rows: readonly NewRow[]): Promise<ReadonlySet<string>> {
  if (rows.length === 0) return new Set();
  const { rows: inserted } = await client.query<{ id: string }>(INSERT_NEW, parametersOf(rows));
  return new Set(inserted.map(({ id }) => id));
}

function parametersOf(rows: readonly NewRow[]): Buffer[] {
  const places = rows.map(({ record }) => placeOf(record));
  return [
    uuidArray(rows.map(({ row }) => row.id)),
    instantArray(rows.map(({ row }) => row.eventTimestamp)),
    instantArray(rows.map(({ row }) => row.createdAt)),
    textArray(
      'client',
      rows.map(({ row }) => row.client),
    ),
    textArray(
      'topic',
      places.map(({ topic }) => topic),
    ),
    integerArray(places.map(({ partition }) => partition)),
    integerArray(places.map(({ record_offset }) => record_offset)),
    textArray(
      'message_id',
      places.map(({ message_id }) => message_id),
    ),
  ];
}
