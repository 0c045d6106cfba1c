import { type PositionAdvance, SluiceError, type StoredPosition } from '@sluice/core';
import type { Pool, PoolClient } from 'pg';
import { SCHEMA, START_ANEW } from './schema.ts';

interface PositionRow {
  readonly topic: string;
  readonly partition: number;
  readonly next_offset: string;
  readonly last_offset: string;
  readonly last_digest: string;
}

/** The group's positions and the generation that they belong to, read as one. */
export async function positionsOf(
  pool: Pool,
  group: string,
): Promise<{ readonly generation: string; readonly positions: readonly StoredPosition[] }> {
  const { rows } = await pool.query<{ generation: string } & (PositionRow | { topic: null })>(
    `select g.id as generation, p.topic, p.partition, p.next_offset, p.last_offset, p.last_digest
    from ${SCHEMA}.generation g left join ${SCHEMA}.positions p on p.consumer_group = $1`,
    [group],
  );
  const [first] = rows;
  if (!first) throw noGeneration();
  return { generation: first.generation, positions: rows.filter((row) => row.topic !== null).map(positionOf) };
}

export const noGeneration = (): SluiceError =>
  new SluiceError('misconfigured', `the table ${SCHEMA}.generation must have one row, but it is empty; ${START_ANEW}`);

export async function furthestPositions(pool: Pool, topics: readonly string[]): Promise<readonly StoredPosition[]> {
  const { rows } = await pool.query<PositionRow>(
    `select distinct on (topic, partition) topic, partition, next_offset, last_offset, last_digest
    from ${SCHEMA}.positions where topic = any($1) order by topic, partition, next_offset desc`,
    [topics],
  );
  return rows.map(positionOf);
}

const FIRST = `insert into ${SCHEMA}.positions (consumer_group, topic, partition, next_offset, last_offset, last_digest)
  values ($1, $2, $3, $4, $5, $6) on conflict do nothing`;

const NEXT = `update ${SCHEMA}.positions set next_offset = $4, last_offset = $5, last_digest = $6
  where consumer_group = $1 and topic = $2 and partition = $3 and next_offset = $7`;

/** Compares and sets. @throws SluiceError `position-conflict` where the stored position is another than `from` */
export async function advancePosition(client: PoolClient, group: string, { from, to }: PositionAdvance): Promise<void> {
  const { topic, partition, nextOffset, lastOffset, lastDigest } = to;
  const values = [group, topic, partition, nextOffset, lastOffset, lastDigest];
  const { rowCount } = from === null ? await client.query(FIRST, values) : await client.query(NEXT, [...values, from]);
  if (rowCount === 1) return;
  throw new SluiceError(
    'position-conflict',
    `the stored position of group ${group} in ${topic}/${partition} must be ${from ?? 'absent'}, and it is not: ` +
      'another consumer of the group projects that partition, or the row was changed by hand. Nothing was written',
  );
}

/** PostgreSQL's bigint comes as text; offsets are safe integers. */
function positionOf({ topic, partition, next_offset, last_offset, last_digest }: PositionRow): StoredPosition {
  return {
    topic,
    partition,
    nextOffset: Number(next_offset),
    lastOffset: Number(last_offset),
    lastDigest: last_digest,
  };
}
