import type { Activity, TableTransaction } from '@sluice/core';

/**
 * By how many different sets of columns one piece may delete from a table, unless a transaction alone has more. Each of a
 * batch's inserts is looked for in each set: thousands of both would take minutes, gigabytes, and the connection with it.
 */
const MAX_DELETE_SHAPES = 64;

/** A client's transactions in their order, in pieces that are decided one after the other; most batches are one. */
export function* pieces<T extends { readonly transaction: TableTransaction }>(
  transactions: readonly T[],
): Generator<readonly T[]> {
  let piece: T[] = [];
  let shapes = new Shapes();
  for (const one of transactions) {
    shapes.add(one.transaction.activities);
    if (shapes.most > MAX_DELETE_SHAPES && piece.length > 0) {
      yield piece;
      piece = [];
      shapes = new Shapes();
      shapes.add(one.transaction.activities);
    }
    piece.push(one);
  }
  if (piece.length > 0) yield piece;
}

/** The sets of columns that deletes name, by table. Those of one set in another order are taken for others. */
class Shapes {
  readonly #byTable = new Map<string, Set<string>>();
  most = 0;

  add(activities: readonly Activity[]): void {
    for (const activity of activities) {
      if (activity.kind !== 'delete') continue;
      const known = this.#byTable.get(activity.table) ?? new Set();
      this.#byTable.set(activity.table, known);
      let shape = '';
      for (const { name, value } of activity.predicates) shape += value === null ? `${name}? ` : `${name} `;
      known.add(shape);
      this.most = Math.max(this.most, known.size);
    }
  }
}
