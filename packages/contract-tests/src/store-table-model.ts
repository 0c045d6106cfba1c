import type { Activity, Cell, ColumnType, TableTransaction } from '@sluice/core';
import type { TableSeen } from './store-under-test.ts';

/** A value as a database holds it: what is equal here is equal there. */
type Value = string | number | bigint | boolean | null;

interface Table {
  readonly columns: Map<string, ColumnType>;
  rows: Map<string, Value>[];
}

/** No decimal that is tried here has more digits after the point. */
const SCALE = 9;

/**
 * A client's tables in their plainest form: one activity after the other on tables of its own, which are thrown away where
 * one is refused.
 */
export class TableModel {
  #tables = new Map<string, Table>();

  /** Whether it was applied. */
  apply({ activities }: TableTransaction): boolean {
    const draft = new Map(
      [...this.#tables].map(([name, { columns, rows }]) => [name, { columns: new Map(columns), rows: [...rows] }]),
    );
    const isDone = activities.every((activity) => applyActivity(draft, activity));
    if (isDone) this.#tables = draft;
    return isDone;
  }

  seen(): unknown {
    return shown([...this.#tables].map(([name, { columns, rows }]) => ({ name, columns, rows })));
  }
}

/** Tables of a store, as `TableModel.seen` shows them: rows in no order, as often as they are there. */
export function seenTables(tables: readonly TableSeen[]): unknown {
  return shown(
    tables.map(({ name, columns, rows }) => ({
      name,
      columns: new Map(columns.map((column) => [column.name, column.type])),
      rows: rows.map((row) => new Map(columns.map(({ name, type }, at) => [name, printed(type, row[at] ?? null)]))),
    })),
  );
}

function applyActivity(tables: Map<string, Table>, activity: Activity): boolean {
  if (activity.kind === 'insert') {
    const table: Table = tables.get(activity.table) ?? { columns: new Map(), rows: [] };
    tables.set(activity.table, table);
    const row = new Map<string, Value>();
    for (const { name, type, value } of activity.columns) {
      const isTaken = [...table.columns.keys()].some((other) => other !== name && same(other, name));
      if (!table.columns.has(name) && isTaken) return false;
      const actual = table.columns.get(name) ?? type;
      table.columns.set(name, actual);
      const held = stored(actual, value);
      if (held === undefined) return false;
      row.set(name, held);
    }
    table.rows.push(row);
    return true;
  }
  const table = tables.get(activity.table);
  if (!table) return false;
  const wanted = activity.predicates.map(({ name, value }) => {
    const type = table.columns.get(name);
    return { name, held: type && stored(type, value) };
  });
  if (wanted.some(({ held }) => held === undefined)) return false;
  table.rows = table.rows.filter((row) => !wanted.every(({ name, held }) => (row.get(name) ?? null) === held));
  return true;
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** What the database makes of a cell; undefined where it does not fit. */
function stored(type: ColumnType, cell: Cell): Value | undefined {
  if (cell === null) return null;
  switch (type.kind) {
    case 'text':
      return typeof cell === 'string' ? cell : undefined;
    case 'boolean':
      return typeof cell === 'boolean' ? cell : undefined;
    case 'integer':
      return typeof cell === 'number' && cell % 1 === 0 && Math.abs(cell) < 2 ** 63 ? BigInt(cell) : undefined;
    case 'float':
      return typeof cell === 'number' ? cell + 0 : undefined;
    case 'decimal': {
      if (typeof cell === 'boolean' || !/^-?\d+(\.\d+)?$/.test(String(cell))) return undefined;
      const scaled = scaledDecimal(String(cell));
      const bound = 10n ** BigInt(type.precision - type.scale + SCALE);
      const isFitting = scaled < bound && scaled > -bound && scaled % 10n ** BigInt(SCALE - type.scale) === 0n;
      return isFitting ? scaled : undefined;
    }
    default:
      return type satisfies never;
  }
}

/** The value of what a store prints. */
function printed(type: ColumnType, text: string | null): Value {
  if (text === null) return null;
  switch (type.kind) {
    case 'text':
      return text;
    case 'boolean':
      return text === 'true';
    case 'integer':
      return BigInt(text);
    case 'float':
      return Number(text) + 0;
    case 'decimal':
      return scaledDecimal(text);
    default:
      return type satisfies never;
  }
}

function scaledDecimal(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(SCALE, '0'));
}

function shown(tables: readonly ({ readonly name: string } & Table)[]): unknown {
  return tables
    .map(({ name, columns, rows }) => {
      const names = [...columns.keys()].sort();
      const texts = rows.map((row) => names.map((column) => shownValue(row.get(column) ?? null)).join(' | ')).sort();
      return { name, columns: names.map((column) => [column, columns.get(column)]), rows: texts };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const shownValue = (value: Value): string => `${typeof value} ${String(value)}`;
