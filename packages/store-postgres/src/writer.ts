import { type ApplyOutcome, SluiceError, type StoreBatch, type StoredPosition, type StoreWriter } from '@sluice/core';
import type { Pool, PoolClient, QueryResult } from 'pg';
import { outcomesOf, sortBatch } from './batch.ts';
import { insertDeadLetters, isAnyDeadLettered, withoutDeadLettered } from './dead-letters.ts';
import { translated } from './errors.ts';
import { advancePosition, furthestPositions, noGeneration, positionsOf } from './positions.ts';
import { encodeRows, insertNew, insertRows, isRowThere } from './rows.ts';
import { LOCKS, SCHEMA } from './schema.ts';
import { inTransaction } from './transaction.ts';

/**
 * One round trip: the locks first, and what they protect in a later statement, whose snapshot is taken with them held.
 */
const beginWith = (disjoint: 'pg_advisory_xact_lock' | 'pg_advisory_xact_lock_shared'): string => `
begin isolation level read committed;
select pg_advisory_xact_lock_shared(${LOCKS.space}, ${LOCKS.generation}), ${disjoint}(${LOCKS.space}, ${LOCKS.disjoint});
select id, exists (select from ${SCHEMA}.dead_letters) as has_dead_letters from ${SCHEMA}.generation`;

const BEGIN_SHARED = beginWith('pg_advisory_xact_lock_shared');
const BEGIN_ALONE = beginWith('pg_advisory_xact_lock');

const PROJECTED: ApplyOutcome = { kind: 'projected' };

interface GenerationRow {
  readonly id: string;
  readonly has_dead_letters: boolean;
}

export class PostgresWriter implements StoreWriter {
  readonly #pool: Pool;
  #generation: string;
  /** A replay over rows that are still there meets them in every batch; what it learnt from one spares it the next. */
  #expectsKnown = false;

  constructor(pool: Pool, generation: string) {
    this.#pool = pool;
    this.#generation = generation;
  }

  async apply(batch: StoreBatch): Promise<readonly ApplyOutcome[]> {
    return await translated(async () => {
      const outcomes = this.#expectsKnown ? undefined : await this.#applyNew(batch);
      return outcomes ?? (await this.#applyAny(batch));
    });
  }

  async positions(group: string): Promise<readonly StoredPosition[]> {
    const { generation, positions } = await translated(() => positionsOf(this.#pool, group));
    // Whoever asks where to go on begins anew, in the generation that answers.
    this.#generation = generation;
    return positions;
  }

  async furthestPositions(topics: readonly string[]): Promise<readonly StoredPosition[]> {
    return await translated(() => furthestPositions(this.#pool, topics));
  }

  /** For a batch of rows that are all new, as most are; undefined, and nothing changed, where this one is not. */
  async #applyNew({ group, items, advance }: StoreBatch): Promise<readonly ApplyOutcome[] | undefined> {
    const rows = encodeRows(items);
    if (!rows) return undefined;
    try {
      return await inTransaction(this.#pool, async (client) => {
        const { hasDeadLetters } = await this.#begin(client, BEGIN_SHARED);
        if (advance) await advancePosition(client, group, advance);
        if (hasDeadLetters && (await isAnyDeadLettered(client, rows.commandIds()))) return undefined;
        await insertRows(client, rows);
        return new Array<ApplyOutcome>(rows.items).fill(PROJECTED);
      });
    } catch (error) {
      if (isRowThere(error)) return undefined;
      throw error;
    }
  }

  /** For any batch: items may be dead letters, and their commands may have had their outcome before. */
  async #applyAny({ group, items, advance }: StoreBatch): Promise<readonly ApplyOutcome[]> {
    const all = [...items];
    const withDeadLetters = all.some(({ kind }) => kind === 'dead-letter');
    return await inTransaction(this.#pool, async (client) => {
      await this.#begin(client, withDeadLetters ? BEGIN_ALONE : BEGIN_SHARED);
      if (advance) await advancePosition(client, group, advance);
      const { effects, deadLetters, isFirst } = sortBatch(all);
      const undecided = await withoutDeadLettered(client, effects);
      const written = await insertNew(client, undecided);
      const projected = undecided.filter(
        (item) => item.effects.length === 0 || item.effects.some(({ row }) => written.has(row.id)),
      );
      this.#expectsKnown = projected.length < undecided.length;
      const buried = await insertDeadLetters(client, deadLetters);
      return outcomesOf(all, isFirst, new Set(projected.map(({ commandId }) => commandId)), buried);
    });
  }

  async #begin(client: PoolClient, statements: string): Promise<{ readonly hasDeadLetters: boolean }> {
    const results = await client.query(statements);
    // The driver's types do not know that several statements give several results.
    const [, , { rows }] = results as unknown as [unknown, unknown, QueryResult<GenerationRow>];
    const [generation] = rows;
    if (!generation) throw noGeneration();
    if (generation.id === this.#generation) return { hasDeadLetters: generation.has_dead_letters };
    throw new SluiceError('generation-changed', 'the tables were replaced by rebuilt ones. Nothing was written');
  }
}
