import { SluiceError, type StoredPosition } from '@sluice/core';
import type { Pool } from 'pg';
import { SCHEMA } from './schema.ts';

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
): Promise<{ generation: string; positions: readonly StoredPosition[] }> {
  const { rows } = await pool.query<PositionRow & { generation: string }>(
    `select g.id as generation, p.topic, p.partition, p.next_offset, p.last_offset, p.last_digest
    from ${SCHEMA}.generation g left join ${SCHEMA}.positions p on p.consumer_group = $1`,
    [group],
  );
  const [first] = rows;
  if (!first)
    throw new SluiceError('misconfigured', `the table ${SCHEMA}.generation must have one row, but it is empty`);
  return { generation: first.generation, positions: rows.filter(({ topic }) => topic !== null).map(positionOf) };
}

export async function furthestPositions(pool: Pool, topics: readonly string[]): Promise<readonly StoredPosition[]> {
  const { rows } = await pool.query<PositionRow>(
    `select distinct on (topic, partition) topic, partition, next_offset, last_offset, last_digest
    from ${SCHEMA}.positions where topic = any($1) order by topic, partition, next_offset desc`,
    [topics],
  );
  return rows.map(positionOf);
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
