import {
  type ApplyOutcome,
  type DeadLetter,
  type PositionAdvance,
  SluiceError,
  type StoreBatch,
  type StoredPosition,
  type StoreItem,
  type StoreWriter,
} from '@sluice/core';
import type { Pool, PoolClient } from 'pg';
import { insertDeadLetters } from './dead-letters.ts';
import { translated } from './errors.ts';
import { furthestPositions, positionsOf } from './positions.ts';
import { INSERT_ROWS, type NewRow, rowsAsJson } from './rows.ts';
import { LOCKS, SCHEMA } from './schema.ts';
import { inTransaction } from './transaction.ts';

const beginWith = (disjoint: 'pg_advisory_xact_lock' | 'pg_advisory_xact_lock_shared'): string =>
  'begin isolation level read committed; ' +
  `select pg_advisory_xact_lock_shared(${LOCKS.space}, ${LOCKS.generation}), ${disjoint}(${LOCKS.space}, ${LOCKS.disjoint})`;

const BEGIN_ROWS = beginWith('pg_advisory_xact_lock_shared');
const BEGIN_DEAD_LETTERS = beginWith('pg_advisory_xact_lock');

const SAME_GENERATION = `(select from ${SCHEMA}.generation where id = $2)`;

const MOVE = {
  first: `insert into ${SCHEMA}.positions
      (consumer_group, topic, partition, next_offset, last_offset, last_digest)
    select $3, $4, $5::integer, $6::bigint, $7::bigint, $8 where exists ${SAME_GENERATION}
    on conflict do nothing returning 1`,
  next: `update ${SCHEMA}.positions set next_offset = $6, last_offset = $7, last_digest = $8
    where consumer_group = $3 and topic = $4 and partition = $5 and next_offset = $9 and exists ${SAME_GENERATION}
    returning 1`,
  none: `select 1 where exists ${SAME_GENERATION}`,
} as const;

const applyStatement = (move: string): string => `
with moved as (${move}), ${INSERT_ROWS}
select (select count(*) from moved)::int as moved,
  exists ${SAME_GENERATION} as same_generation,
  (select count(*) from inserted)::int as inserted,
  case when (select count(*) from inserted) < json_array_length($1) then array(select id from inserted) end as ids`;

const STATEMENTS = {
  first: applyStatement(MOVE.first),
  next: applyStatement(MOVE.next),
  none: applyStatement(MOVE.none),
} as const;

interface Applied {
  readonly moved: number;
  readonly same_generation: boolean;
  readonly inserted: number;
  /** The ids inserted; null for all of them. */
  readonly ids: readonly string[] | null;
}

export class PostgresWriter implements StoreWriter {
  readonly #pool: Pool;
  #generation: string;

  constructor(pool: Pool, generation: string) {
    this.#pool = pool;
    this.#generation = generation;
  }

  async apply(batch: StoreBatch): Promise<readonly ApplyOutcome[]> {
    const { firsts, rows, deadLetters } = sort(batch.items);
    const json = rowsAsJson(rows);
    const begin = deadLetters.length > 0 ? BEGIN_DEAD_LETTERS : BEGIN_ROWS;
    return await translated(() =>
      inTransaction(this.#pool, begin, async (client) => {
        const applied = await this.#moveAndInsert(client, batch, json);
        const buried = await insertDeadLetters(client, deadLetters);
        const inserted = applied.ids === null ? null : new Set(applied.ids);
        return batch.items.map((item, index) => outcomeOf(item, firsts.has(index), inserted, buried));
      }),
    );
  }

  async positions(group: string): Promise<readonly StoredPosition[]> {
    const { generation, positions } = await translated(() => positionsOf(this.#pool, group));
    this.#generation = generation;
    return positions;
  }

  async furthestPositions(topics: readonly string[]): Promise<readonly StoredPosition[]> {
    return await translated(() => furthestPositions(this.#pool, topics));
  }

  async #moveAndInsert(client: PoolClient, { group, advance }: StoreBatch, rows: string): Promise<Applied> {
    const kind = advance === null ? 'none' : advance.from === null ? 'first' : 'next';
    const { rows: answer } = await client.query<Applied>(STATEMENTS[kind], [
      rows,
      this.#generation,
      ...(advance ? moveParameters(group, advance) : []),
    ]);
    const [applied] = answer;
    if (!applied?.same_generation) {
      throw new SluiceError('generation-changed', 'the tables were replaced by rebuilt ones; nothing was written');
    }
    if (applied.moved === 0 && advance) throw positionConflict(group, advance);
    return applied;
  }
}

function moveParameters(group: string, { from, to }: PositionAdvance): (string | number)[] {
  const { topic, partition, nextOffset, lastOffset, lastDigest } = to;
  return [group, topic, partition, nextOffset, lastOffset, lastDigest, ...(from === null ? [] : [from])];
}

function positionConflict(group: string, { from, to }: PositionAdvance): SluiceError {
  return new SluiceError(
    'position-conflict',
    `the stored position of group ${group} in ${to.topic}/${to.partition} must be ${from ?? 'absent'} but is not; ` +
      'another consumer projects that partition. Nothing was written',
  );
}

/** The first item of each command id decides; later ones are repetitions. */
function sort(items: readonly StoreItem[]) {
  const seen = new Set<string>();
  const firsts = new Set<number>();
  const rows: NewRow[] = [];
  const deadLetters: DeadLetter[] = [];
  for (const [index, item] of items.entries()) {
    const id = item.kind === 'effects' ? item.commandId : item.deadLetter.commandId;
    if (seen.has(id)) continue;
    seen.add(id);
    firsts.add(index);
    if (item.kind === 'dead-letter') deadLetters.push(item.deadLetter);
    else for (const { row } of item.effects) rows.push({ row, record: item.record });
  }
  return { firsts, rows, deadLetters };
}

function outcomeOf(
  item: StoreItem,
  isFirst: boolean,
  inserted: ReadonlySet<string> | null,
  buried: ReadonlySet<string>,
): ApplyOutcome {
  if (!isFirst) return { kind: 'known' };
  switch (item.kind) {
    case 'effects':
      return { kind: inserted === null || inserted.has(item.commandId) ? 'projected' : 'known' };
    case 'dead-letter':
      return { kind: buried.has(item.deadLetter.commandId) ? 'dead-lettered' : 'known' };
    default:
      return item satisfies never;
  }
}
