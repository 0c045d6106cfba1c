import type { ClientEventFilter, ClientEventRow, Instant, PageRequest } from '@sluice/core';
import type { Pool } from 'pg';
import { instantText } from '../instant-text.ts';
import { SCHEMA } from '../schema.ts';
import { Conditions } from './page.ts';

interface EventColumns {
  readonly id: string;
  readonly created_at: Instant;
  readonly schema_version: number;
  readonly data: string;
}

/** Events of a client's stream, newest first. */
export async function clientEvents(
  pool: Pool,
  { client, event, ...range }: ClientEventFilter,
  page: PageRequest,
): Promise<readonly ClientEventRow[]> {
  const conditions = new Conditions()
    .add('client = ?', client)
    .add('event = ?', event)
    .within('events.created_at', range)
    .after('events.created_at', 'id', page);
  const limit = conditions.limit(page);
  const { rows } = await pool.query<EventColumns>(
    `select id, ${instantText('events.created_at', 'created_at')}, schema_version, data::text as data
    from ${SCHEMA}.events ${conditions.where()} order by events.created_at desc, id desc ${limit}`,
    conditions.values,
  );
  return rows.map((row) => ({
    id: row.id,
    createdAt: row.created_at,
    client,
    event,
    schemaVersion: row.schema_version,
    data: row.data,
  }));
}
