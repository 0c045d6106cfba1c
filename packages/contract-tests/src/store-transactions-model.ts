import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import type { Activity, Cell, ColumnType, TypedCell } from '@sluice/core';
import fc from 'fast-check';
import { type CommandItem, deadLetterItem, rowItem, transactionItem } from './store-items.ts';
import { seenTables, TableModel } from './store-table-model.ts';
import type { StoreContractOptions } from './store-under-test.ts';

/** The type that a column's name usually stands for, so that tables take most of what comes. */
const USUAL: Readonly<Record<string, ColumnType>> = {
  a: { kind: 'integer' },
  b: { kind: 'text' },
  c: { kind: 'decimal', precision: 8, scale: 4 },
  d: { kind: 'float' },
  select: { kind: 'boolean' },
};

/** Few values, so that deletes find rows. */
const VALUES: Readonly<Record<ColumnType['kind'], readonly Cell[]>> = {
  text: ['', 'x', '1', '1:1', 'null', '\u{1f9fd}', '"\\'],
  integer: [0, -0, 1, 12, 1e3, 9_007_199_254_740_991],
  float: [0, -0, 1, 0.5, 1e300],
  boolean: [true, false],
  decimal: [1, 1.5, '1.50', '01.5', 0, '-0', 10.25, '10.250', '1', -1],
};

const cellOf = (name: string): fc.Arbitrary<TypedCell> => {
  const usual = USUAL[name] ?? { kind: 'text' };
  const type = fc.oneof(
    { weight: 30, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...Object.values(USUAL)) },
  );
  const value = fc.oneof(
    { weight: 40, arbitrary: fc.constantFrom(...VALUES[usual.kind]) },
    { weight: 6, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom('x', 1, 1.5, true, '12.3456') },
  );
  return fc.record({ name: fc.constant(name), type, value }, { noNullPrototype: true });
};

const cells = (maxLength: number): fc.Arbitrary<TypedCell[]> =>
  fc.shuffledSubarray(Object.keys(USUAL), { minLength: 1, maxLength }).chain((names) => fc.tuple(...names.map(cellOf)));

const tableNames = fc.constantFrom('t', 't', 't', 'Order', 'u');

const activities: fc.Arbitrary<Activity[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('insert' as const), table: tableNames, columns: cells(5) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('delete' as const), table: tableNames, predicates: cells(2) }),
    },
  ),
  { maxLength: 3, size: 'max' },
);

const logs = fc.array(
  fc.record({
    client: fc.nat({ max: 1 }),
    activities,
    /** Now and then an earlier command's id comes again, with other activities. */
    repeats: fc.option(fc.nat({ max: 60 }), { nil: null, freq: 8 }),
    /** Something else comes along in the same batch. */
    beside: fc.constantFrom(null, null, null, null, null, 'row' as const, 'dead letter' as const),
    /** Where batches end. */
    ends: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
  }),
  { minLength: 1, maxLength: 40, size: 'max' },
);

export function testTransactionsModel(open: StoreContractOptions['open']): void {
  describe('model of table transactions', () => {
    test('however they are cut into batches and repeated by groups, tables and outcomes are those of one after the other', async () => {
      await using tested = await open();
      await using another = await tested.openAnother();
      const seen = { projected: 0, rejected: 0, known: 0 };
      await fc.assert(
        fc.asyncProperty(logs, fc.infiniteStream(fc.integer({ min: 1, max: 9 })), async (log, sizes) => {
          const clients = [0, 1].map((n) => `client-${n}-${randomUUID().slice(0, 8)}`);
          const models = [new TableModel(), new TableModel()];
          const items: CommandItem[] = [];
          const expected: string[] = [];
          const decided = new Set<string>();
          for (const [at, { client, activities: steps, repeats }] of log.entries()) {
            const id = (repeats === null ? undefined : items[repeats]?.commandId) ?? randomUUID();
            const item = transactionItem(at, clients[client] ?? '', steps, { id });
            items.push(item);
            const isKnown = decided.has(id);
            decided.add(id);
            const isApplied = !isKnown && models[client]?.apply({ client: '', activities: steps });
            expected.push(isKnown ? 'known' : isApplied ? 'projected' : 'rejected');
          }
          const kinds: string[] = [];
          let batch: CommandItem[] = [];
          for (const [at, item] of items.entries()) {
            batch.push(item);
            if (!log[at]?.ends && at + 1 < items.length) continue;
            const beside = log[at]?.beside;
            const others = beside === 'row' ? [rowItem(at)] : beside === null ? [] : [deadLetterItem(at)];
            const outcomes = await tested.store.writer.apply({
              group: 'g',
              items: [...batch, ...others],
              advance: null,
            });
            kinds.push(...outcomes.slice(0, batch.length).map(({ kind }) => kind));
            batch = [];
          }
          assert.deepEqual(kinds, expected);
          const tables = async (): Promise<unknown[]> =>
            await Promise.all(clients.map(async (client) => seenTables(await tested.clientTables(client))));
          const wanted = models.map((model) => model.seen());
          assert.deepEqual(await tables(), wanted);

          for (let from = 0; from < items.length; ) {
            const size = sizes.next().value ?? 1;
            const outcomes = await another.writer.apply({
              group: 'h',
              items: items.slice(from, from + size),
              advance: null,
            });
            assert.ok(outcomes.every(({ kind }) => kind === 'known'));
            from += size;
          }
          assert.deepEqual(await tables(), wanted, 'a new group decides nothing again');
          for (const kind of kinds) seen[kind as keyof typeof seen]++;
        }),
        { numRuns: 40 },
      );
      // What is tried must be of every kind often, or it says nothing.
      assert.ok(seen.projected > 200 && seen.rejected > 100 && seen.known > 20, JSON.stringify(seen));
    });
  });
}
