import { Deletions, Insertions } from './groups.ts';
import type { DeleteRows, InsertRows, NetEffect } from './net-effect.ts';
import type { DecidedCell, Step } from './step.ts';

/**
 * All deletes before all inserts come to the same as the steps in their order, once the inserts are left out whose row a
 * later delete would have found: no delete touches a later insert, and to the rows that were there before, the order of
 * deletes is all one. So the steps are gone through from the last to the first, and the deletes that are known by then are
 * those that come later.
 */
export function condense(steps: readonly Step[]): Pick<NetEffect, 'deletes' | 'inserts'> {
  const tables = new Map<string, TableSteps>();
  for (const { kind, table, cells } of steps.toReversed()) {
    const known = tables.get(table.name) ?? new TableSteps(table.name, table.isNew);
    tables.set(table.name, known);
    if (kind === 'delete') known.precedeByDelete(cells);
    else known.precedeByInsert(cells);
  }
  const inOrder = [...tables.values()].toReversed();
  return {
    deletes: inOrder.flatMap((table) => table.deletes()),
    inserts: inOrder.flatMap((table) => table.inserts()),
  };
}

/** The steps of one table, from the last one backwards. */
class TableSteps {
  readonly #name: string;
  readonly #isNew: boolean;
  readonly #deletions = new Deletions();
  readonly #insertions = new Insertions();

  constructor(name: string, isNew: boolean) {
    this.#name = name;
    this.#isNew = isNew;
  }

  precedeByDelete(cells: readonly DecidedCell[]): void {
    this.#deletions.add(cells);
  }

  precedeByInsert(cells: readonly DecidedCell[]): void {
    const { group, row } = this.#insertions.rowOf(cells);
    if (!this.#deletions.find(group, row)) group.rows.push(row);
  }

  /** None of a table that the batch makes: what it could hold was looked at here. */
  deletes(): readonly DeleteRows[] {
    return this.#isNew ? [] : this.#deletions.results(this.#name);
  }

  inserts(): readonly InsertRows[] {
    return this.#insertions.results(this.#name);
  }
}
