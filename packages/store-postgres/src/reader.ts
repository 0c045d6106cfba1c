import type { Instant, StoredPosition, StoreReader, TimestampRecord } from '@sluice/core';
import type { Pool } from 'pg';
import { translated } from './errors.ts';
import { positionsOf } from './positions.ts';
import { SCHEMA } from './schema.ts';

/** As text, since a JavaScript date has no microseconds. */
const instantText = (column: string): string =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ${column}`;

const TIMESTAMP_BY_ID = {
  name: 'timestamp-by-id',
  text: `select id, ${instantText('event_timestamp')}, ${instantText('created_at')}
    from ${SCHEMA}.timestamp_records where id = $1`,
};

interface TimestampColumns {
  readonly id: string;
  readonly event_timestamp: Instant;
  readonly created_at: Instant;
}

export class PostgresReader implements StoreReader {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async timestampById(id: string): Promise<TimestampRecord | undefined> {
    const { rows } = await translated(() => this.#pool.query<TimestampColumns>({ ...TIMESTAMP_BY_ID, values: [id] }));
    const [row] = rows;
    return row && { id: row.id, eventTimestamp: row.event_timestamp, createdAt: row.created_at };
  }

  async positions(group: string): Promise<readonly StoredPosition[]> {
    const { positions } = await translated(() => positionsOf(this.#pool, group));
    return positions;
  }
}
