import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { netEffect } from './decide.ts';
import type { NetEffect } from './net-effect.ts';
import type { Activity, Catalogue, Cell, ColumnType, TableTransaction, TypedCell } from './table-transaction.ts';

/** A value as a database holds it: what is equal here is equal there. */
type Value = string | number | bigint | boolean | null;
interface Table {
  readonly columns: Map<string, ColumnType>;
  rows: Map<string, Value>[];
}
type Tables = Map<string, Table>;

const SCALE = 4;

/** What the database makes of a cell; undefined where it does not fit. Written for the few values that are tried here. */
function stored(type: ColumnType, cell: Cell): Value | undefined {
  if (cell === null) return null;
  if (type.kind === 'text') return typeof cell === 'string' ? cell : undefined;
  if (type.kind === 'boolean') return typeof cell === 'boolean' ? cell : undefined;
  if (type.kind === 'integer') return typeof cell === 'number' && cell % 1 === 0 ? BigInt(cell) : undefined;
  if (type.kind === 'float') return typeof cell === 'number' ? cell + 0 : undefined;
  if (typeof cell === 'boolean' || (typeof cell === 'string' && !/^-?\d+(\.\d+)?$/.test(cell))) return undefined;
  const scaled = scaledDecimal(Number(cell).toFixed(SCALE));
  const bound = 10n ** BigInt(type.precision - type.scale + SCALE);
  const fits = scaled < bound && scaled > -bound && scaled % 10n ** BigInt(SCALE - type.scale) === 0n;
  return fits ? scaled : undefined;
}

function scaledDecimal(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(SCALE, '0'));
}

/** What the database makes of a parameter's text. */
function parsed(type: ColumnType, text: string | null): Value {
  if (text === null) return null;
  if (type.kind === 'text') return text;
  if (type.kind === 'boolean') return text === 'true';
  if (type.kind === 'integer') return BigInt(text);
  return type.kind === 'float' ? Number(text) : scaledDecimal(text);
}

/** The sequential model: one activity after the other on tables of its own, which it throws away where one is refused. */
function applyInOrder(
  tables: Tables,
  transactions: readonly TableTransaction[],
): { tables: Tables; applied: boolean[] } {
  let current = tables;
  const applied = transactions.map(({ activities }) => {
    const draft = copied(current);
    const done = activities.every((activity) => applyActivity(draft, activity));
    if (done) current = draft;
    return done;
  });
  return { tables: current, applied };
}

const copied = (tables: Tables): Tables =>
  new Map([...tables].map(([name, { columns, rows }]) => [name, { columns: new Map(columns), rows: [...rows] }]));

function applyActivity(tables: Tables, activity: Activity): boolean {
  if (activity.kind === 'insert') {
    const table: Table = tables.get(activity.table) ?? { columns: new Map(), rows: [] };
    tables.set(activity.table, table);
    const row = new Map<string, Value>();
    for (const { name, type, value } of activity.columns) {
      const others = [...table.columns.keys()].filter((other) => other !== name);
      if (others.some((other) => other.toLowerCase() === name.toLowerCase())) return false;
      if (!table.columns.has(name)) table.columns.set(name, type);
      const held = stored(table.columns.get(name) as ColumnType, value);
      if (held === undefined) return false;
      row.set(name, held);
    }
    table.rows.push(row);
    return true;
  }
  const table = tables.get(activity.table);
  if (table === undefined) return false;
  const wanted: [string, Value][] = [];
  for (const { name, value } of activity.predicates) {
    const type = table.columns.get(name);
    const held = type && stored(type, value);
    if (held === undefined) return false;
    wanted.push([name, held]);
  }
  table.rows = table.rows.filter((row) => !wanted.every(([name, value]) => (row.get(name) ?? null) === value));
  return true;
}

/** A store: all tables and columns, then all deletes, then all inserts, each from its text. */
function applyNet(tables: Tables, { createTables, addColumns, deletes, inserts }: NetEffect): Tables {
  const result = copied(tables);
  for (const { table, columns } of createTables) {
    assert.ok(!result.has(table), 'a table is made once');
    result.set(table, { columns: new Map(columns.map(({ name, type }) => [name, type])), rows: [] });
  }
  for (const { table, columns } of addColumns) {
    for (const { name, type } of columns) {
      assert.ok(!result.get(table)?.columns.has(name), 'a column is added once');
      result.get(table)?.columns.set(name, type);
    }
  }
  for (const { table: name, columns, nulls, rows } of deletes) {
    const table = result.get(name) as Table;
    assertTypes(table, [...columns, ...nulls]);
    assert.equal(new Set(rows.map((row) => JSON.stringify(row))).size, rows.length, 'no delete is done twice');
    table.rows = table.rows.filter(
      (row) =>
        nulls.some((column) => (row.get(column.name) ?? null) !== null) ||
        !rows.some((texts) =>
          columns.every(({ name, type }, i) => (row.get(name) ?? null) === parsed(type, texts[i] as string)),
        ),
    );
  }
  for (const { table: name, columns, rows } of inserts) {
    const table = result.get(name) as Table;
    assertTypes(table, columns);
    for (const texts of rows) {
      table.rows.push(new Map(columns.map(({ name, type }, i) => [name, parsed(type, texts[i] as string | null)])));
    }
  }
  return result;
}

function assertTypes(table: Table, columns: readonly { name: string; type: ColumnType }[]): void {
  for (const { name, type } of columns) assert.deepEqual(table.columns.get(name), type, 'types are the actual ones');
}

const catalogueOf = (tables: Tables): Catalogue => new Map([...tables].map(([name, { columns }]) => [name, columns]));

/** Tables as what a reader sees of them: rows in no order, every column of the table in each. */
function seen(tables: Tables): unknown {
  return [...tables]
    .map(([name, { columns, rows }]) => {
      const names = [...columns.keys()].sort();
      const shown = rows.map((row) => names.map((column) => shownValue(row.get(column) ?? null)).join(' | ')).sort();
      return { name, columns: names.map((column) => [column, columns.get(column)]), rows: shown };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const shownValue = (value: Value): string => `${typeof value} ${String(value)}`;

const types = fc.constantFrom<ColumnType>(
  { kind: 'text' },
  { kind: 'integer' },
  { kind: 'integer' },
  { kind: 'float' },
  { kind: 'boolean' },
  { kind: 'decimal', precision: 4, scale: 2 },
  { kind: 'decimal', precision: 8, scale: 4 },
);

/** Mostly what the type takes, so that most transactions are applied; few values, so that deletes find rows. */
function cellOf(type: ColumnType): fc.Arbitrary<Cell> {
  const usual: Record<ColumnType['kind'], readonly Cell[]> = {
    text: ['', 'x', '1', '1:1', 'null', '1.0'],
    integer: [0, -0, 1, 12, 1e3, -1],
    float: [0, -0, 1, 0.5, 1e3],
    boolean: [true, false],
    decimal: [1, 1.5, '1.50', '01.5', 0, '-0', 10.25, '10.250', '1'],
  };
  const any: readonly Cell[] = ['x', 1, 1.5, '1.5', true, '12.3456', 1000, 'x'];
  return fc.oneof(
    { weight: 40, arbitrary: fc.constantFrom(...usual[type.kind]) },
    { weight: 6, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom(...any) },
  );
}

/** Usually the type that its name stands for, so that tables take most of what comes. */
const USUAL: Record<string, ColumnType> = {
  a: { kind: 'integer' },
  b: { kind: 'text' },
  c: { kind: 'decimal', precision: 8, scale: 4 },
  d: { kind: 'float' },
  A: { kind: 'boolean' },
};
const typedCell = (name: string): fc.Arbitrary<TypedCell> =>
  fc
    .oneof({ weight: 30, arbitrary: fc.constant(USUAL[name] as ColumnType) }, { weight: 1, arbitrary: types })
    .chain((type) => cellOf(type).map((value) => ({ name, type, value })));
const typedCells = (maxLength: number): fc.Arbitrary<TypedCell[]> =>
  fc
    .oneof(
      { weight: 20, arbitrary: fc.shuffledSubarray(['a', 'b', 'c', 'd'], { minLength: 1, maxLength }) },
      { weight: 1, arbitrary: fc.constant<string[]>(['A']) },
    )
    .chain((names) => fc.tuple(...names.map(typedCell)));
const tableNames = fc.constantFrom('t', 't', 't', 'u', 'v');
const activity: fc.Arbitrary<Activity> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('insert' as const), table: tableNames, columns: typedCells(4) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('delete' as const), table: tableNames, predicates: typedCells(2) }),
  },
);
const transactions = fc.array(
  fc.record({ client: fc.constant('default'), activities: fc.array(activity, { maxLength: 3, size: 'max' }) }),
  { maxLength: 30, size: 'max' },
);

describe('netEffect', () => {
  it('comes to what the transactions come to one after the other, in one batch or in several', () => {
    let applied = 0;
    let rejected = 0;
    let dropped = 0;
    fc.assert(
      fc.property(transactions, transactions, fc.nat({ max: 30 }), (before, batch, at) => {
        const start = applyInOrder(new Map(), before).tables;
        const model = applyInOrder(start, batch);
        const net = netEffect(catalogueOf(start), batch);
        assert.deepEqual(
          net.outcomes.map(({ kind }) => kind === 'applied'),
          model.applied,
        );
        assert.deepEqual(seen(applyNet(start, net)), seen(model.tables));

        const first = applyNet(start, netEffect(catalogueOf(start), batch.slice(0, at)));
        const second = applyNet(first, netEffect(catalogueOf(first), batch.slice(at)));
        assert.deepEqual(seen(second), seen(model.tables));

        applied += model.applied.filter(Boolean).length;
        rejected += model.applied.filter((done) => !done).length;
        const kept = batch.filter((_, i) => model.applied[i]).flatMap(({ activities }) => activities);
        const rows = net.inserts.reduce((sum, group) => sum + group.rows.length, 0);
        dropped += kept.filter(({ kind }) => kind === 'insert').length - rows;
      }),
      { numRuns: 500 },
    );
    // What is tried must be of every kind often, or it says nothing.
    const counts = `${applied} applied, ${rejected} rejected, ${dropped} rows taken back within their batch`;
    assert.ok(applied > 1000 && rejected > 500 && dropped > 100, counts);
  });
});
