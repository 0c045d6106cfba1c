import type { Random } from '@sluice/testing';

/** A table transaction as it is on the wire. */
export interface TransactionPayload {
  readonly activities: readonly object[];
}

/** Few tables, columns and values, so that one transaction meets what another left. */
const TABLES = ['t', 't', 't', 'Order', 'u'];
/** One of them is never made. */
const DELETED = [...TABLES, ...TABLES, 'missing'];

interface Usual {
  readonly type: string;
  readonly values: readonly unknown[];
}

const COLUMNS: Readonly<Record<string, Usual>> = {
  a: { type: 'INTEGER', values: [0, 1, 2, 12, 9_007_199_254_740_991] },
  b: { type: 'VARCHAR(20)', values: ['', 'x', '1', 'null', '\u{1f9fd}', '"\\', "';--"] },
  c: { type: 'DECIMAL(8, 4)', values: [1, 1.5, '1.50', '01.5', 0, -1, '10.2500'] },
  d: { type: 'DOUBLE', values: [0, 1, 0.5, 1e300] },
  select: { type: 'BOOLEAN', values: [true, false] },
};

/** What a column is taken for now and then: the table refuses it, unless it was made so. */
const UNUSUAL: Usual = { type: 'TEXT', values: ['x', 'y'] };

/** Inserts and deletes, one to four, of which about a third are refused by what is there. */
export function randomTransaction(random: Random): TransactionPayload {
  const activities = Array.from({ length: 1 + random.below(4) }, () =>
    random.next() < 0.6
      ? { operation: 'insert', table: random.pick(TABLES), ...randomCells(random, 4) }
      : { operation: 'delete', table: random.pick(DELETED), value_to_delete: randomCells(random, 2) },
  );
  return { activities };
}

function randomCells(random: Random, most: number) {
  const rest = Object.keys(COLUMNS);
  const names = Array.from(
    { length: 1 + random.below(most) },
    () => rest.splice(random.below(rest.length), 1)[0] ?? '',
  );
  const usuals = names.map((name) => (random.next() < 0.08 ? UNUSUAL : (COLUMNS[name] ?? UNUSUAL)));
  return {
    col_names: names,
    col_types: usuals.map(({ type }) => type),
    col_values: usuals.map(({ values }) => (random.next() < 0.1 ? null : random.pick(values))),
  };
}
