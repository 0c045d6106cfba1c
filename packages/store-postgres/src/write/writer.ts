import {
  type ApplyOutcome,
  type EffectsItem,
  isDecidedOnce,
  obeying,
  type PlaceMark,
  SluiceError,
  type StoreBatch,
  type StoredPosition,
  type StoreItem,
  type StoreWriter,
  standingItems,
} from '@sluice/core';
import type { Pool, PoolClient, QueryResult } from 'pg';
import { translated } from '../errors.ts';
import { advancePosition, furthestPositions, noGeneration, positionsOf } from '../positions.ts';
import { LOCKS, SCHEMA } from '../schema.ts';
import type { Notifier } from '../watch/notifier.ts';
import { outcomesOf, sorted } from './batch.ts';
import { insertDeadLetters, isAnyDeadLettered, withoutDeadLettered } from './dead-letters.ts';
import { decideNew } from './decide.ts';
import { isAnyMarked, marksOf } from './marks.ts';
import { encodeRows, insertNew, insertRows, isRowThere } from './rows.ts';
import { inTransaction } from './transaction.ts';

/**
 * One round trip: the locks first, and what they protect in a later statement, whose snapshot is taken with them held.
 */
const beginWith = (disjoint: 'pg_advisory_xact_lock' | 'pg_advisory_xact_lock_shared'): string => `
begin isolation level read committed;
select pg_advisory_xact_lock_shared(${LOCKS.space}, ${LOCKS.generation}), ${disjoint}(${LOCKS.space}, ${LOCKS.disjoint});
select id, exists (select from ${SCHEMA}.dead_letters) as has_dead_letters,
  exists (select from ${SCHEMA}.dead_letter_marks) as has_marks from ${SCHEMA}.generation`;

const BEGIN_SHARED = beginWith('pg_advisory_xact_lock_shared');
const BEGIN_ALONE = beginWith('pg_advisory_xact_lock');

const NO_MARKS: ReadonlyMap<string, PlaceMark> = new Map();
const PROJECTED: ApplyOutcome = { kind: 'projected' };
const DEAD_LETTERED: ApplyOutcome = { kind: 'dead-lettered' };

interface GenerationRow {
  readonly id: string;
  readonly has_dead_letters: boolean;
  readonly has_marks: boolean;
}

export class PostgresWriter implements StoreWriter {
  readonly #pool: Pool;
  readonly #notifier: Notifier;
  #generation: string;
  /** A replay over rows that are still there meets them in every batch; what it learnt from one spares it the next. */
  #expectsKnown = false;

  constructor(pool: Pool, generation: string, notifier: Notifier) {
    this.#pool = pool;
    this.#generation = generation;
    this.#notifier = notifier;
  }

  async apply(batch: StoreBatch): Promise<readonly ApplyOutcome[]> {
    return await translated(async () => {
      const outcomes = this.#expectsKnown ? undefined : await this.#applyNew(batch);
      if (outcomes) {
        this.#notifier.notify('outcomes');
        return outcomes;
      }
      const items = [...batch.items];
      const any = await this.#applyAny(
        batch,
        items,
        items.some(({ kind }) => kind === 'dead-letter'),
      );
      this.#notifier.notify(items.some(registers) ? 'registry' : 'outcomes');
      return any;
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
        const { has_dead_letters: hasDeadLetters, has_marks: hasMarks } = await this.#begin(client, BEGIN_SHARED);
        if (advance) await advancePosition(client, group, advance);
        if (hasMarks && (await isAnyMarked(client, rows))) return undefined;
        if (hasDeadLetters && (await isAnyDeadLettered(client, rows.commandIds()))) return undefined;
        await insertRows(client, rows);
        return new Array<ApplyOutcome>(rows.items).fill(PROJECTED);
      });
    } catch (error) {
      if (isRowThere(error)) return undefined;
      throw error;
    }
  }

  /**
   * For any batch: items may be of all kinds, and their commands may have had their outcome before.
   * @param alone whether dead letters may be written; found out along the way that they must be, it begins again
   */
  async #applyAny(batch: StoreBatch, all: readonly StoreItem[], alone: boolean): Promise<readonly ApplyOutcome[]> {
    const { group, advance } = batch;
    const outcomes = await inTransaction(this.#pool, async (client) => {
      const { has_marks: hasMarks } = await this.#begin(client, alone ? BEGIN_ALONE : BEGIN_SHARED);
      if (advance) await advancePosition(client, group, advance);
      const marks = hasMarks ? await marksOf(client, all) : NO_MARKS;
      if (marks.size > 0 && !alone) return undefined;
      const items = obeying(all, marks);
      const standing = standingItems(items, marks);
      const { effects, deadLetters } = sorted(await withoutDeadLettered(client, standing));
      const decided = new Map<string, ApplyOutcome>([
        ...(await this.#writeRows(client, effects)),
        ...(await decideNew(client, effects.filter(isDecidedOnce))),
      ]);
      for (const id of await insertDeadLetters(client, deadLetters)) decided.set(id, DEAD_LETTERED);
      return outcomesOf(items, standing, decided);
    });
    return outcomes ?? (await this.#applyAny(batch, all, true));
  }

  async #writeRows(client: PoolClient, effects: readonly EffectsItem[]): Promise<Iterable<[string, ApplyOutcome]>> {
    const items = effects.filter((item) => !isDecidedOnce(item));
    const written = await insertNew(client, items);
    const projected = items.filter(
      (item) =>
        item.effects.length === 0 || item.effects.some((effect) => effect.kind === 'row' && written.has(effect.row.id)),
    );
    this.#expectsKnown = projected.length < items.length;
    return projected.map(({ identity }) => [identity.commandId, PROJECTED]);
  }

  async #begin(client: PoolClient, statements: string): Promise<GenerationRow> {
    const results = await client.query(statements);
    // The driver's types do not know that several statements give several results.
    const [, , { rows }] = results as unknown as [unknown, unknown, QueryResult<GenerationRow>];
    const [generation] = rows;
    if (!generation) throw noGeneration();
    if (generation.id === this.#generation) return generation;
    throw new SluiceError('generation-changed', 'the tables were replaced by rebuilt ones. Nothing was written');
  }
}

const registers = (item: StoreItem): boolean =>
  item.kind === 'effects' && item.effects.some(({ kind }) => kind === 'registration');
