import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { netEffect } from './decide.ts';
import type { TransactionOutcome } from './net-effect.ts';
import type { Activity, Catalogue, Cell, ColumnType, TableTransaction, TypedCell } from './table-transaction.ts';

const TEXT = { kind: 'text' } as const;
const INTEGER = { kind: 'integer' } as const;
const MONEY = { kind: 'decimal', precision: 10, scale: 2 } as const;
const EMPTY: Catalogue = new Map();
const APPLIED: TransactionOutcome = { kind: 'applied' };
const rejected = (detail: string): TransactionOutcome => ({ kind: 'rejected', detail });

/** Numbers are declared INTEGER, what else there is TEXT. */
const cells = (values: Record<string, Cell>): readonly TypedCell[] =>
  Object.entries(values).map(([name, value]) => ({ name, type: typeof value === 'number' ? INTEGER : TEXT, value }));
const insert = (table: string, values: Record<string, Cell>): Activity => ({
  kind: 'insert',
  table,
  columns: cells(values),
});
const remove = (table: string, values: Record<string, Cell>): Activity => ({
  kind: 'delete',
  table,
  predicates: cells(values),
});
const transaction = (...activities: Activity[]): TableTransaction => ({ client: 'default', activities });
const catalogue = (tables: Record<string, Record<string, ColumnType>>): Catalogue =>
  new Map(Object.entries(tables).map(([table, columns]) => [table, new Map(Object.entries(columns))]));
const outcomes = (base: Catalogue, ...transactions: TableTransaction[]) => netEffect(base, transactions).outcomes;

const T: Catalogue = catalogue({ t: { a: INTEGER, b: TEXT, m: MONEY } });
const A = { name: 'a', type: INTEGER };
const B = { name: 'b', type: TEXT };

describe('netEffect: an insert', () => {
  it('makes a missing table with the declared types, once', () => {
    const effect = netEffect(EMPTY, [
      transaction(insert('t', { b: 'x', a: 1 })),
      transaction(insert('t', { a: 2, c: null })),
    ]);
    assert.deepEqual(effect, {
      outcomes: [APPLIED, APPLIED],
      createTables: [{ table: 't', columns: [B, A, { name: 'c', type: TEXT }] }],
      addColumns: [],
      deletes: [],
      inserts: [
        { table: 't', columns: [A, { name: 'c', type: TEXT }], rows: [['2', null]] },
        { table: 't', columns: [A, B], rows: [['1', 'x']] },
      ],
    });
  });

  it('makes missing columns of a table that is there, of which the value must fit the type it has', () => {
    const effect = netEffect(T, [
      transaction(insert('t', { a: 1, n: 1 })),
      transaction(insert('t', { n: 'no number' })),
      transaction({ kind: 'insert', table: 't', columns: [{ name: 'm', type: TEXT, value: '010.250' }] }),
    ]);
    assert.deepEqual(effect.outcomes, [
      APPLIED,
      rejected('Column "n" of table "t" must be a whole number of 64 bits or null, got "no number"'),
      APPLIED,
    ]);
    assert.deepEqual(effect.createTables, []);
    assert.deepEqual(effect.addColumns, [{ table: 't', columns: [{ name: 'n', type: INTEGER }] }]);
    assert.deepEqual(effect.inserts.find(({ columns }) => columns[0]?.name === 'm')?.rows, [['10.25']]);
  });

  it('is rejected where a value does not fit, and whatever its declared type, null fits', () => {
    assert.deepEqual(
      outcomes(
        T,
        transaction(insert('t', { a: 'x' })),
        transaction(insert('t', { b: 1 })),
        transaction(insert('t', { m: '1.234' })),
        transaction(insert('t', { a: null, b: null, m: null })),
        transaction(insert('new', { a: 1.5 })),
      ),
      [
        rejected('Column "a" of table "t" must be a whole number of 64 bits or null, got "x"'),
        rejected('Column "b" of table "t" must be a string or null, got 1'),
        rejected(
          'Column "m" of table "t" must be a number, or a string like "12.5", of at most 8 digits before the point and 2 after it, or null, got "1.234"',
        ),
        APPLIED,
        rejected('Column "a" of table "new" must be a whole number of 64 bits or null, got 1.5'),
      ],
    );
  });

  it('adds no column that differs from another in case alone', () => {
    const clash = (a: string, b: string) =>
      rejected(`Column "${a}" must differ from column "${b}" of table "t" in more than case`);
    assert.deepEqual(outcomes(T, transaction(insert('t', { A: 1 }))), [clash('A', 'a')]);
    assert.deepEqual(outcomes(EMPTY, transaction(insert('t', { ab: 1, aB: 1 }))), [clash('aB', 'ab')]);
    assert.deepEqual(
      outcomes(T, transaction(insert('t', { New: 1 })), transaction(insert('t', { nEW: 1 })), transaction()),
      [APPLIED, clash('nEW', 'New'), APPLIED],
    );
  });

  it('adds no column beyond a thousand', () => {
    const columns = Object.fromEntries(Array.from({ length: 999 }, (_, i) => [`c${i}`, TEXT]));
    const wide = catalogue({ t: columns });
    const beyond = rejected('Table "t" must have at most 1000 columns, got column "y" as another');
    assert.deepEqual(
      outcomes(
        wide,
        transaction(insert('t', { x: 1, y: 1 })),
        transaction(insert('t', { y: 1 })),
        transaction(insert('t', { x: 1 })),
      ),
      [beyond, APPLIED, rejected('Table "t" must have at most 1000 columns, got column "x" as another')],
    );
    assert.deepEqual(netEffect(wide, [transaction(insert('t', { x: 1, y: 1 }))]).addColumns, []);
  });

  it('keeps equal rows as many as they are, in their order', () => {
    const { inserts } = netEffect(T, [
      transaction(insert('t', { a: 1, b: 'x' }), insert('t', { b: 'y', a: 2 })),
      transaction(insert('t', { a: 1, b: 'x' })),
    ]);
    assert.deepEqual(inserts, [
      {
        table: 't',
        columns: [A, B],
        rows: [
          ['1', 'x'],
          ['2', 'y'],
          ['1', 'x'],
        ],
      },
    ]);
  });
});

describe('netEffect: a delete', () => {
  it('is rejected where there is no such table', () => {
    assert.deepEqual(outcomes(T, transaction(remove('x', { a: 1 })), transaction(remove('T', { a: 1 }))), [
      rejected('Table "x" does not exist'),
      rejected('Table "T" does not exist'),
    ]);
  });

  it('is rejected where there are no such columns, all of which are named, up to twenty', () => {
    const many = Object.fromEntries(Array.from({ length: 23 }, (_, i) => [`c${i}`, 'x']));
    assert.deepEqual(outcomes(T, transaction(remove('t', { x: 1, b: 'x', A: 1 }))), [
      rejected('Column "x", "A" does not exist in table "t"'),
    ]);
    const [outcome] = outcomes(T, transaction(remove('t', many)));
    assert.ok(outcome?.kind === 'rejected');
    assert.match(outcome.detail, /^Column "c0", .*"c19" and 3 more does not exist in table "t"$/);
  });

  it('is rejected where a value does not fit the actual type', () => {
    assert.deepEqual(outcomes(T, transaction(remove('t', { a: 'x' }))), [
      rejected('Column "a" of table "t" must be a whole number of 64 bits or null, got "x"'),
    ]);
  });

  it('is one row of its group, however often and in whatever order of columns it comes', () => {
    const { deletes } = netEffect(T, [
      transaction(remove('t', { a: 1, b: 'x' }), remove('t', { b: 'x', a: 1 })),
      transaction(remove('t', { a: 2, b: 'x' })),
    ]);
    assert.deepEqual(deletes.map(sortedRows), [
      {
        table: 't',
        columns: [A, B],
        nulls: [],
        rows: [
          ['1', 'x'],
          ['2', 'x'],
        ],
      },
    ]);
  });

  it('tells values from NULL, which is a group of its own', () => {
    const { deletes } = netEffect(T, [
      transaction(remove('t', { a: null }), remove('t', { b: null, a: 1 }), remove('t', { b: '', a: 1 })),
      transaction(remove('t', { a: null, b: null })),
    ]);
    assert.deepEqual(deletes.toReversed(), [
      { table: 't', columns: [], nulls: [A], rows: [[]] },
      { table: 't', columns: [A], nulls: [B], rows: [['1']] },
      { table: 't', columns: [A, B], nulls: [], rows: [['1', '']] },
      { table: 't', columns: [], nulls: [A, B], rows: [[]] },
    ]);
  });

  it('takes the batch’s own rows that it finds and comes after, and no later ones', () => {
    const { inserts, deletes } = netEffect(T, [
      transaction(insert('t', { a: 1, b: 'before' }), insert('t', { a: 2, b: 'other' }), remove('t', { a: 1 })),
      transaction(insert('t', { a: 1, b: 'after' }), insert('t', { b: 'null' })),
      transaction(insert('t', { a: 3, m: 10 }), remove('t', { m: '10.00', a: 3 })),
    ]);
    assert.deepEqual(inserts, [
      { table: 't', columns: [B], rows: [['null']] },
      {
        table: 't',
        columns: [A, B],
        rows: [
          ['2', 'other'],
          ['1', 'after'],
        ],
      },
    ]);
    assert.equal(deletes.length, 2);
  });

  it('with null takes the batch’s rows that hold null there, or do not name the column', () => {
    const rows = [insert('t', { a: 1, b: null }), insert('t', { a: 1 }), insert('t', { a: 1, b: '' })];
    const { inserts } = netEffect(T, [transaction(...rows, remove('t', { a: 1, b: null }))]);
    assert.deepEqual(inserts, [{ table: 't', columns: [A, B], rows: [['1', '']] }]);
  });

  it('finds a row by each value for itself, not by what they are in a line', () => {
    const rows = [
      insert('t', { b: 'x', c: '11' }),
      insert('t', { b: 'x1', c: '1' }),
      insert('t', { b: '2:x1', c: '1' }),
    ];
    const { inserts, deletes } = netEffect(catalogue({ t: { b: TEXT, c: TEXT } }), [
      transaction(...rows, remove('t', { b: 'x1', c: '1' }), remove('t', { b: 'x', c: '' })),
      transaction(remove('t', { b: '', c: 'x' })),
    ]);
    assert.deepEqual(inserts[0]?.rows, [
      ['x', '11'],
      ['2:x1', '1'],
    ]);
    assert.equal(deletes[0]?.rows.length, 3);
  });

  it('from a table that the batch makes is done with that', () => {
    const { createTables, deletes, inserts } = netEffect(EMPTY, [
      transaction(insert('t', { a: 1 }), remove('t', { a: 1 })),
    ]);
    assert.deepEqual([createTables, deletes, inserts], [[{ table: 't', columns: [A] }], [], []]);
  });
});

describe('netEffect: a rejected transaction', () => {
  it('leaves nothing, not even the tables and columns it made, and the next is decided without it', () => {
    const effect = netEffect(T, [
      transaction(insert('new', { a: 1 }), insert('t', { z: 1 }), remove('t', { a: 1 }), remove('missing', { a: 1 })),
      transaction(remove('new', { a: 1 })),
      transaction(remove('t', { z: 1 })),
      transaction(insert('new', { a: 'text now' }), insert('t', { Z: 'x' })),
    ]);
    assert.deepEqual(effect, {
      outcomes: [
        rejected('Table "missing" does not exist'),
        rejected('Table "new" does not exist'),
        rejected('Column "z" does not exist in table "t"'),
        APPLIED,
      ],
      createTables: [{ table: 'new', columns: [{ name: 'a', type: TEXT }] }],
      addColumns: [{ table: 't', columns: [{ name: 'Z', type: TEXT }] }],
      deletes: [],
      inserts: [
        { table: 'new', columns: [{ name: 'a', type: TEXT }], rows: [['text now']] },
        { table: 't', columns: [{ name: 'Z', type: TEXT }], rows: [['x']] },
      ],
    });
  });

  it('takes none of what an applied one before it did', () => {
    const effect = netEffect(EMPTY, [
      transaction(insert('t', { a: 1 })),
      transaction(insert('t', { b: 'x' }), remove('t', { a: 1 }), remove('missing', { a: 1 })),
    ]);
    assert.deepEqual(effect.createTables, [{ table: 't', columns: [A] }]);
    assert.deepEqual(effect.inserts, [{ table: 't', columns: [A], rows: [['1']] }]);
  });

  it('is none that has no activities', () => {
    assert.deepEqual(netEffect(EMPTY, [transaction()]), {
      outcomes: [APPLIED],
      createTables: [],
      addColumns: [],
      deletes: [],
      inserts: [],
    });
  });
});

describe('netEffect: its time', () => {
  const mixed = (count: number): readonly TableTransaction[] =>
    Array.from({ length: count }, (_, i) =>
      transaction(
        remove('t', { a: i % 2 === 0 ? i - 3 : 3, b: 'something' }),
        insert('t', { a: i, b: i % 7 === 4 ? 'something' : 'else', m: 1 }),
        insert('t', { b: 'else', a: 1 }),
      ),
    );
  /** Of three runs the least, since what disturbs one only ever adds. */
  const cpuOf = (work: () => unknown): number =>
    Math.min(
      ...[1, 2, 3].map(() => {
        const before = process.cpuUsage();
        work();
        return process.cpuUsage(before).user;
      }),
    );

  /** How often the time goes into it that writing and reading the batch as JSON takes, which is linear in its length. */
  function timesJson(base: Catalogue, batch: readonly TableTransaction[]): number {
    const json = cpuOf(() => JSON.parse(JSON.stringify(batch)));
    return cpuOf(() => netEffect(base, batch)) / json;
  }

  it('grows with the number of steps, not with its square', () => {
    const ratio = timesJson(T, mixed(15_000));
    assert.ok(
      ratio < 5,
      `45,000 steps took ${ratio} times what JSON takes; compared with each other, they take dozens`,
    );
  });

  it('grows with what is named, not with the columns that a table has', () => {
    const wide = insert('w', Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`c${i}`, i])));
    const narrow = Array.from({ length: 15_000 }, (_, i) =>
      transaction(insert('w', { [`c${i % 1000}`]: 1 }), remove('w', { c0: 1 })),
    );
    const ratio = timesJson(EMPTY, [transaction(wide), ...narrow]);
    assert.ok(ratio < 5, `30,000 steps took ${ratio} times what JSON takes; with all columns each, they take dozens`);
  });
});

function sortedRows<Group extends { readonly rows: readonly unknown[] }>(group: Group): Group {
  return { ...group, rows: [...group.rows].sort((a, b) => (String(a) < String(b) ? -1 : 1)) };
}
