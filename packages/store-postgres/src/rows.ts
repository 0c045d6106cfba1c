import { type BrokerRecord, SluiceError, type TimestampRow } from '@sluice/core';
import { placeOf } from './place.ts';
import { SCHEMA } from './schema.ts';

export interface NewRow {
  readonly row: TimestampRow;
  readonly record: BrokerRecord;
}

/**
 * A common table expression that inserts the rows of `$1`, unless `moved` is empty: those whose command has no outcome
 * yet. A dead letter at the same place is this record's own, from before its projection was mended, and gives way.
 */
export const INSERT_ROWS = `
  inserted as (
    insert into ${SCHEMA}.timestamp_records
      (id, event_timestamp, created_at, client, topic, partition, record_offset, message_id)
    select r.id, r.event_timestamp, r.created_at, r.client, r.topic, r.partition, r.record_offset, r.message_id
    from json_to_recordset($1) as r(id uuid, event_timestamp timestamptz, created_at timestamptz, client text,
      topic text, partition integer, record_offset bigint, message_id text)
    where exists (select from moved)
      and not exists (select from ${SCHEMA}.dead_letters d where d.command_id = r.id
        and (d.topic, d.partition, d.record_offset, d.message_id)
          is distinct from (r.topic, r.partition, r.record_offset, r.message_id))
    on conflict (id) do nothing
    returning id
  ),
  redeemed as (delete from ${SCHEMA}.dead_letters d using inserted i where d.command_id = i.id)`;

/** @throws SluiceError `invalid-data` */
export function rowsAsJson(rows: readonly NewRow[]): string {
  return JSON.stringify(
    rows.map(({ row, record }) => ({
      id: row.id,
      event_timestamp: requireInstant('event_timestamp', row.eventTimestamp),
      created_at: requireInstant('created_at', row.createdAt),
      client: requireText('client', row.client),
      ...placeOf(record),
    })),
  );
}

/** PostgreSQL also reads `now` and `tomorrow` as times; an instant has one form. */
function requireInstant(field: string, value: string): string {
  if (value.length === 27 && value.endsWith('Z')) return value;
  throw new SluiceError('invalid-data', `${field} must be an instant in UTC with microseconds, got ${excerpt(value)}`);
}

function requireText(field: string, value: string): string {
  if (value.isWellFormed() && !value.includes('\0')) return value;
  throw new SluiceError(
    'invalid-data',
    `${field} must be text without NUL or half a surrogate pair, got ${excerpt(value)}`,
  );
}

const excerpt = (value: string): string => JSON.stringify(value.slice(0, 100));
