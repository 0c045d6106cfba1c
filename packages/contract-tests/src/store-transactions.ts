import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import type { Activity, Cell, ColumnType } from '@sluice/core';
import {
  advance,
  type CommandItem,
  deadLetterItem,
  inPartition,
  markItem,
  registrationItem,
  rowItem,
  transactionItem,
} from './store-items.ts';
import type { StoreContractOptions, TableSeen } from './store-under-test.ts';

const TEXT: ColumnType = { kind: 'text' };
const INTEGER: ColumnType = { kind: 'integer' };
const FLOAT: ColumnType = { kind: 'float' };
const BOOLEAN: ColumnType = { kind: 'boolean' };
const decimal = (precision: number, scale: number): ColumnType => ({ kind: 'decimal', precision, scale });

const KEYWORDS =
  'select table user order group where null true false default primary references create drop all and any array as both ' +
  'case cast check collate column constraint current_user desc distinct do else end except from grant having in initially ' +
  'into limit not offset on only or returning session_user some then to union unique using variadic when window with r t d';

/** Every name that a reader lets through may be any of these, and many others. */
const NAMES = [...KEYWORDS.split(' '), 'c0', '_', 'CamelCase', 'camelcase', 'pg_class', 'ctid_', `n${'a'.repeat(62)}`];

type Cells = Readonly<Record<string, readonly [ColumnType, Cell]>>;

const cellsOf = (cells: Cells) => Object.entries(cells).map(([name, [type, value]]) => ({ name, type, value }));
const insert = (table: string, cells: Cells): Activity => ({ kind: 'insert', table, columns: cellsOf(cells) });
const remove = (table: string, cells: Cells): Activity => ({ kind: 'delete', table, predicates: cellsOf(cells) });

const rowsOf = (tables: readonly TableSeen[], name: string): readonly (readonly (string | null)[])[] | undefined =>
  tables.find((table) => table.name === name)?.rows.toSorted((a, b) => (String(a) < String(b) ? -1 : 1));

export function testTransactions(open: StoreContractOptions['open']): void {
  describe('table transactions', () => {
    test('make tables and columns, insert and delete; values of all types come back', async () => {
      await using tested = await open();
      const { writer } = tested.store;
      const all = (n: number): Cells => ({
        text: [TEXT, `naïve 🧽 "${n}" \\ {a,b} ' \n`],
        whole: [INTEGER, n === 1 ? 9_007_199_254_740_991 : -n],
        double: [FLOAT, n === 1 ? 1e300 : 0.1],
        flag: [BOOLEAN, n === 1],
        exact: [decimal(38, 9), n === 1 ? '12345678901234567890123456789.123456789' : '-0.5'],
      });
      const items = [
        transactionItem(0, 'Bob', [insert('t', all(1)), insert('t', all(2))]),
        transactionItem(1, 'Bob', [insert('t', { text: [TEXT, null], more: [INTEGER, 7] })]),
        transactionItem(2, 'Bob', [remove('t', { whole: [INTEGER, -2], flag: [BOOLEAN, false] })]),
      ];
      for (const [offset, item] of items.entries()) {
        const batch = { group: 'g', items: [item], advance: advance(offset || null, offset + 1) };
        assert.deepEqual(await writer.apply(batch), [{ kind: 'projected' }]);
      }
      const tables = await tested.clientTables('Bob');
      assert.deepEqual(
        tables.map(({ columns }) => columns),
        [
          [
            { name: 'text', type: TEXT },
            { name: 'whole', type: INTEGER },
            { name: 'double', type: FLOAT },
            { name: 'flag', type: BOOLEAN },
            { name: 'exact', type: decimal(38, 9) },
            { name: 'more', type: INTEGER },
          ],
        ],
      );
      const [first, second] = rowsOf(tables, 't') ?? [];
      assert.deepEqual(first, [null, null, null, null, null, '7']);
      assert.deepEqual(second, [
        'naïve 🧽 "1" \\ {a,b} \' \n',
        '9007199254740991',
        '1e+300',
        'true',
        '12345678901234567890123456789.123456789',
        null,
      ]);
    });

    test('null is held by NULL alone, and equal rows are as many', async () => {
      await using tested = await open();
      const { writer } = tested.store;
      const row = (a: Cell, b: Cell): Activity => insert('t', { a: [INTEGER, a], b: [TEXT, b] });
      const first = transactionItem(0, 'Bob', [row(1, null), row(1, null), row(1, 'x'), row(null, null), row(2, null)]);
      await writer.apply({ group: 'g', items: [first], advance: null });
      const second = transactionItem(1, 'Bob', [remove('t', { a: [INTEGER, null], b: [TEXT, null] }), row(1, null)]);
      await writer.apply({ group: 'g', items: [second], advance: null });
      const left = [
        ['1', null],
        ['1', null],
        ['1', null],
        ['1', 'x'],
        ['2', null],
      ];
      assert.deepEqual(rowsOf(await tested.clientTables('Bob'), 't'), left);
      const third = transactionItem(2, 'Bob', [remove('t', { b: [TEXT, null], a: [INTEGER, 1] })]);
      await writer.apply({ group: 'g', items: [third], advance: null });
      assert.deepEqual(rowsOf(await tested.clientTables('Bob'), 't'), [
        ['1', 'x'],
        ['2', null],
      ]);
    });

    test('a refused one leaves nothing, not even its tables, and its outcome says why; the next is applied', async () => {
      await using tested = await open();
      const { writer, reader } = tested.store;
      const refused = transactionItem(0, 'Bob', [
        insert('new', { a: [INTEGER, 1] }),
        remove('missing', { a: [INTEGER, 1] }),
      ]);
      const [outcome] = await writer.apply({ group: 'g', items: [refused], advance: advance(null, 1) });
      assert.ok(outcome?.kind === 'rejected', outcome?.kind);
      assert.match(outcome.detail, /Table "missing" does not exist/);
      assert.deepEqual(await tested.clientTables('Bob'), []);
      const [told] = await reader.outcomes([refused.commandId]);
      const { commandId: id, stream, record, identity } = refused;
      const { topic, position } = record;
      const about = { id, stream, client: 'Bob', createdAt: identity.time, topic, position };
      assert.deepEqual(told, { ...about, status: 'rejected', detail: outcome.detail });
      assert.deepEqual(await writer.positions('g'), [advance(null, 1).to]);

      const next = transactionItem(1, 'Bob', [insert('new', { a: [TEXT, 'x'] })]);
      assert.deepEqual(await writer.apply({ group: 'g', items: [next], advance: advance(1, 2) }), [
        { kind: 'projected' },
      ]);
      assert.deepEqual(rowsOf(await tested.clientTables('Bob'), 'new'), [['x']]);
      const mismatch = transactionItem(2, 'Bob', [insert('new', { b: [TEXT, 'y'], a: [INTEGER, 5] })]);
      assert.equal(
        (await writer.apply({ group: 'g', items: [mismatch], advance: advance(2, 3) }))[0]?.kind,
        'rejected',
      );
      const [table] = await tested.clientTables('Bob');
      assert.deepEqual(table?.columns, [{ name: 'a', type: TEXT }], 'nor a column of a refused one');
    });

    test('are decided once, whatever group or place repeats them, alone or in a batch', async () => {
      await using tested = await open();
      await using another = await tested.openAnother();
      const id = randomUUID();
      const applied = (at: Parameters<typeof transactionItem>[0]): CommandItem =>
        transactionItem(at, 'Bob', [insert('t', { a: [INTEGER, 1] })], { id });
      const refusedId = randomUUID();
      const refused = (at: number): CommandItem =>
        transactionItem(at, 'Bob', [remove('later', { a: [INTEGER, 1] })], { id: refusedId });
      const { writer } = tested.store;
      await writer.apply({ group: 'g', items: [applied(0), refused(1)], advance: advance(null, 2) });
      const makesIt = transactionItem(2, 'Bob', [insert('later', { a: [INTEGER, 1] })]);
      await writer.apply({ group: 'g', items: [makesIt], advance: advance(2, 3) });
      for (const [group, at] of [
        ['g', 7],
        ['h', 0],
        ['i', 1],
      ] as const) {
        const items = [applied(at), refused(at), applied(at + 1), refused(1)];
        const outcomes = await another.writer.apply({ group, items, advance: null });
        assert.deepEqual(outcomes, Array(4).fill({ kind: 'known' }));
        assert.deepEqual(await writer.apply({ group, items: [applied(inPartition(5, at))], advance: null }), [
          { kind: 'known' },
        ]);
      }
      const tables = await tested.clientTables('Bob');
      assert.deepEqual([rowsOf(tables, 't'), rowsOf(tables, 'later')], [[['1']], [['1']]]);
      const [outcome] = await tested.store.reader.outcomes([id]);
      assert.deepEqual(outcome?.position, inPartition(0, 0));
    });

    test('one batch holds applied and refused ones, repetitions, dead letters, rows, and several clients', async () => {
      await using tested = await open();
      const { writer } = tested.store;
      const known = transactionItem(0, 'Bob', [insert('t', { a: [INTEGER, 0] })]);
      const dead = deadLetterItem(1);
      await writer.apply({ group: 'g', items: [known, dead], advance: null });
      const twice = transactionItem(3, 'Ann', [insert('t', { a: [INTEGER, 3] })]);
      const items = [
        known,
        transactionItem(2, 'Bob', [insert('t', { a: [INTEGER, 2] })]),
        twice,
        deadLetterItem(4),
        transactionItem(5, 'Bob', [insert('u', { a: [INTEGER, 5] }), remove('v', { a: [INTEGER, 1] })]),
        twice,
        transactionItem(6, 'Ann', [remove('t', { a: [INTEGER, 3] }), insert('t', { a: [INTEGER, 6] })]),
        transactionItem(7, 'Bob', [], { id: dead.deadLetter.commandId }),
        rowItem(8),
        transactionItem(9, 'Bob', []),
        registrationItem(10),
        transactionItem(11, 'Bob', [remove('t', { a: [INTEGER, 0] })]),
      ];
      assert.deepEqual(
        (await writer.apply({ group: 'h', items, advance: null })).map(({ kind }) => kind),
        [
          'known',
          'projected',
          'projected',
          'dead-lettered',
          'rejected',
          'known',
          'projected',
          'known',
          'projected',
          'projected',
          'projected',
          'projected',
        ],
      );
      assert.deepEqual(rowsOf(await tested.clientTables('Bob'), 't'), [['2']]);
      assert.equal(rowsOf(await tested.clientTables('Bob'), 'u'), undefined);
      assert.deepEqual(rowsOf(await tested.clientTables('Ann'), 't'), [['6']]);
    });

    test('clients have tables of their own, whatever they are called', async () => {
      await using tested = await open();
      const clients = [
        'Bob',
        'bob',
        'Sponge-Bob',
        'Sponge_Bob',
        'old',
        `a${'b'.repeat(62)}`,
        `a${'b'.repeat(61)}c`,
        `a${'b'.repeat(55)}`,
        `a${'b'.repeat(54)}`,
        'urn:example:bob?x=1&y=%20',
        'https://example.com/bob',
        '/',
        'a"b\'c;--',
        '$1',
        'default',
        'x'.repeat(255),
      ];
      const items = clients.map((client, n) => transactionItem(n, client, [insert('t', { a: [INTEGER, n] })]));
      await tested.store.writer.apply({ group: 'g', items, advance: advance(null, clients.length) });
      for (const [n, client] of clients.entries()) {
        assert.deepEqual(rowsOf(await tested.clientTables(client), 't'), [[String(n)]], client);
      }
    });

    test('every name that a reader lets through is a table’s and a column’s', async () => {
      await using tested = await open();
      const { writer } = tested.store;
      const columns: Cells = Object.fromEntries(
        NAMES.filter((name) => name !== 'camelcase').map((name, n) => [name, [INTEGER, n]]),
      );
      const making = transactionItem(
        0,
        'Bob',
        NAMES.map((name) => insert(name, columns)),
      );
      assert.deepEqual(await writer.apply({ group: 'g', items: [making], advance: null }), [{ kind: 'projected' }]);
      assert.deepEqual(new Set((await tested.clientTables('Bob')).map(({ name }) => name)), new Set(NAMES));
      const changing = NAMES.flatMap((name) => [insert(name, { more: [TEXT, 'x'] }), remove(name, columns)]);
      await writer.apply({ group: 'g', items: [transactionItem(1, 'Bob', changing)], advance: null });
      for (const table of await tested.clientTables('Bob')) {
        assert.deepEqual(
          table.columns.map(({ name }) => name),
          [...Object.keys(columns), 'more'],
          table.name,
        );
        assert.deepEqual(
          table.rows.map((row) => row.at(-1)),
          ['x'],
          table.name,
        );
      }
    });

    test('a position conflict leaves nothing of them, tables included', async () => {
      await using tested = await open();
      const { writer, reader } = tested.store;
      await writer.apply({ group: 'g', items: [], advance: advance(null, 1) });
      const item = transactionItem(0, 'Bob', [insert('t', { a: [INTEGER, 1] })]);
      for (const from of [null, 5]) {
        await assert.rejects(
          writer.apply({ group: 'g', items: [item, registrationItem(1)], advance: advance(from, 9) }),
          {
            code: 'position-conflict',
          },
        );
      }
      assert.deepEqual(await tested.clientTables('Bob'), []);
      assert.deepEqual(await reader.outcomes([item.commandId]), []);
      assert.deepEqual((await reader.registryChanges(null)).versions, []);
    });

    test('one that cannot be stored leaves nothing of its batch', async () => {
      await using tested = await open();
      const { writer, reader } = tested.store;
      const good = transactionItem(0, 'Bob', [insert('t', { a: [INTEGER, 1] })]);
      for (const text of ['a\0b', 'a\ud83e']) {
        const bad = transactionItem(1, 'Ann', [insert('u', { a: [TEXT, text] })]);
        await assert.rejects(writer.apply({ group: 'g', items: [good, bad], advance: advance(null, 2) }), {
          name: 'SluiceError',
          code: 'invalid-data',
        });
      }
      assert.deepEqual([await tested.clientTables('Bob'), await tested.clientTables('Ann')], [[], []]);
      assert.deepEqual(await reader.outcomes([good.commandId]), []);
      assert.deepEqual(await writer.positions('g'), []);
    });

    test('one that was dead-lettered is not decided by a new group, since those after it were decided without it', async () => {
      await using tested = await open();
      const { writer, reader } = tested.store;
      const item = transactionItem(0, 'Bob', [insert('t', { a: [INTEGER, 1] })]);
      const { commandId, record } = item;
      await writer.apply({ group: 'g', items: [deadLetterItem(0, { commandId, record })], advance: null });
      assert.deepEqual(await writer.apply({ group: 'h', items: [item], advance: null }), [{ kind: 'known' }]);
      assert.equal((await reader.outcomes([commandId]))[0]?.status, 'dead-lettered');
      assert.deepEqual(await tested.clientTables('Bob'), []);
    });

    test('a re-driven one is decided in the stead of its dead letter, once', async () => {
      await using tested = await open();
      const { writer, reader } = tested.store;
      const id = randomUUID();
      const activities = [insert('t', { a: [INTEGER, 1] })];
      const { record } = transactionItem(0, 'Bob', []);
      const dead = deadLetterItem(0, { commandId: id, record });
      await writer.apply({ group: 'g', items: [dead], advance: null });
      await writer.apply({ group: 'g', items: [markItem(0, 'redrive', [dead])], advance: null });
      const again = transactionItem(1, 'Bob', activities, { id, redriveOf: 'database.activities.v1/0/0' });
      for (const expected of ['projected', 'known']) {
        assert.equal((await writer.apply({ group: 'g', items: [again], advance: null }))[0]?.kind, expected);
      }
      assert.deepEqual(rowsOf(await tested.clientTables('Bob'), 't'), [['1']]);
      assert.equal((await reader.outcomes([id]))[0]?.status, 'projected');
      assert.deepEqual(await tested.deadLetters(), []);
    });

    test('of groups that decide the same at the same time, each command is decided once', async () => {
      await using tested = await open();
      await using another = await tested.openAnother();
      const items = Array.from({ length: 60 }, (_, n) =>
        transactionItem(n, n % 3 === 0 ? 'Ann' : 'Bob', [
          insert(`t${n % 5}`, { a: [INTEGER, n], [`c${n % 7}`]: [TEXT, 'x'] }),
        ]),
      );
      const project = async (group: string, size: number): Promise<readonly string[]> => {
        const { writer } = group === 'g' ? tested.store : another;
        const kinds: string[] = [];
        for (let from = 0; from < items.length; from += size) {
          const outcomes = await writer.apply({ group, items: items.slice(from, from + size), advance: null });
          kinds.push(...outcomes.map(({ kind }) => kind));
        }
        return kinds;
      };
      const kinds = await Promise.all([project('g', 4), project('h', 3), project('i', 20)]);
      for (const [n] of items.entries()) {
        assert.deepEqual(kinds.map((one) => one[n]).sort(), ['known', 'known', 'projected']);
      }
      const tables = [...(await tested.clientTables('Ann')), ...(await tested.clientTables('Bob'))];
      const values = tables.flatMap(({ columns, rows }) =>
        rows.map((row) => Number(row[columns.findIndex(({ name }) => name === 'a')])),
      );
      assert.deepEqual(
        values.sort((a, b) => a - b),
        items.map((_, n) => n),
      );
    });

    test('clients that make tables at the same time do not disturb each other', async () => {
      await using tested = await open();
      await using another = await tested.openAnother();
      const clients = Array.from({ length: 8 }, (_, n) => `client-${n}`);
      await Promise.all(
        clients.map(async (client, n) => {
          const { writer } = n % 2 === 0 ? tested.store : another;
          for (let i = 0; i < 10; i++) {
            // Each batch has two clients, in either order.
            const other = clients[(n + 1) % clients.length] ?? client;
            const items = (i % 2 === 0 ? [client, other] : [other, client]).map((owner) =>
              transactionItem(inPartition(n, i), owner, [insert(`t${n}`, { [`c${i}`]: [INTEGER, 1] })]),
            );
            const outcomes = await writer.apply({ group: 'g', items, advance: null });
            assert.deepEqual(outcomes, [{ kind: 'projected' }, { kind: 'projected' }]);
          }
        }),
      );
      for (const client of clients) {
        const tables = await tested.clientTables(client);
        assert.deepEqual(
          tables.map(({ columns, rows }) => [columns.length, rows.length]),
          [
            [10, 10],
            [10, 10],
          ],
        );
      }
    });
  });
}
