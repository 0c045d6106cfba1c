import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import type {
  ActivityEventRow,
  ClientEventRow,
  PageRequest,
  RecordPosition,
  RowEffect,
  StoreItem,
  StoreReader,
} from '@sluice/core';
import fc from 'fast-check';
import {
  activityEventItem,
  advance,
  asMessage,
  type CommandItem,
  clientEventItem,
  deadLetterItem,
  inPartition,
  instantOf,
  rowItem,
} from './store-items.ts';
import type { StoreContractOptions } from './store-under-test.ts';

const PAGE: PageRequest = { after: null, limit: 1_000 };

/** JSON that stores like to change: by key order, escapes, number formats, depth. */
const JSONS = [
  '{}',
  '{"a":{"b":[1,2,{"c":null}]},"d":[[],[[]]],"e":""}',
  '{"naïve 🧽":"\\u00e9 \\"quoted\\" \\\\ {a,b} \\n \\u2028","":0,"z":1,"a":2}',
  '{"max":9007199254740991,"large":1e300,"small":5e-324,"tenth":0.1,"minus":-12.50,"exp":1E2}',
  '{"__proto__":{"x":true},"constructor":false}',
  `{"long":"${'x'.repeat(100_000)}"}`,
];

/** How a batch gets to its rows' tables: rows that are all new go another way than what is mixed. */
const WAYS: readonly (readonly [string, () => readonly StoreItem[]])[] = [
  ['alone', () => []],
  ['beside a dead letter', () => [deadLetterItem(inPartition(7, 0))]],
  ['beside rows of another table', () => [rowItem(inPartition(7, 0))]],
];

const rowIn = ({ effects: [effect] }: CommandItem): RowEffect['row'] => {
  if (effect?.kind !== 'row') throw new Error('must be a row');
  return effect.row;
};

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);

/** JSON may come back written differently; what it says is the same. */
const withValue = <Row extends { readonly data: string }>({ data, ...row }: Row) => ({
  ...row,
  data: JSON.parse(data),
});

const seen = (rows: readonly (ActivityEventRow | ClientEventRow)[]) => rows.map(withValue).sort(byId);

const asGiven = (items: readonly CommandItem[]) => seen(items.map(rowIn) as (ActivityEventRow | ClientEventRow)[]);

interface Kind {
  readonly name: string;
  readonly make: (at: number | RecordPosition, changes?: Partial<ActivityEventRow>) => CommandItem;
  /** Values of its own columns that are easily lost or changed. */
  readonly odd: Partial<ActivityEventRow & ClientEventRow>;
  readonly all: (reader: StoreReader) => Promise<readonly (ActivityEventRow | ClientEventRow)[]>;
  readonly texts: readonly string[];
}

const KINDS: readonly Kind[] = [
  {
    name: 'activity events',
    make: activityEventItem,
    odd: { email: 'naïve 🧽', component: '', environment: '"\\{a,b}', message: ' %_\n' },
    all: (reader) => reader.activityEvents({}, PAGE),
    texts: ['client', 'email', 'component', 'environment', 'message', 'data'],
  },
  {
    name: 'client events',
    make: clientEventItem,
    odd: { schemaVersion: 2_147_483_647 },
    all: (reader) => reader.clientEvents({ client: 'SpongeBob', event: 'Fruits' }, PAGE),
    texts: ['client', 'event', 'data'],
  },
];

export function testRowTables(open: StoreContractOptions['open']): void {
  for (const { name, make, odd, all, texts } of KINDS) {
    describe(`rows of ${name}`, () => {
      for (const [way, others] of WAYS) {
        test(`are kept with every column and their place in the log (${way})`, async () => {
          await using tested = await open();
          const { writer, reader } = tested.store;
          const items = JSONS.map((data, offset) =>
            make(inPartition(3, offset), {
              data,
              ...odd,
              createdAt: instantOf(`2024-03-0${offset + 1}T00:00:00.000001Z`),
            }),
          );
          const given = [...items, make(asMessage('m-1'))];
          const batch = [...given, ...others()];
          const outcomes = await writer.apply({ group: 'g', items: batch, advance: null });
          assert.equal(
            outcomes.filter(({ kind }) => kind === 'projected').length,
            outcomes.length - Number(way.includes('dead')),
          );
          assert.deepEqual(seen(await all(reader)), asGiven(given));
          const placed = await reader.outcomes(given.map(({ commandId }) => commandId));
          assert.deepEqual(
            [...placed].sort(byId),
            given
              .map((item) => {
                const { id, client, createdAt } = rowIn(item);
                const { topic, position } = item.record;
                return { id, stream: item.stream, client, createdAt, topic, position, status: 'projected' as const };
              })
              .sort(byId),
          );
        });

        for (const field of texts) {
          test(`one whose ${field} cannot be stored leaves nothing of its batch, and is named (${way})`, async () => {
            await using tested = await open();
            const { writer, reader } = tested.store;
            for (const text of ['a\0b', 'a\ud83e', '\udd7d']) {
              // What is mixed has to be known for that before the faulty one is met.
              const items = [...others(), make(0), make(1, { [field]: text })];
              await assert.rejects(writer.apply({ group: 'g', items, advance: advance(null, 3) }), {
                name: 'SluiceError',
                code: 'invalid-data',
                message: new RegExp(`${field} must .* got "`),
              });
            }
            assert.deepEqual([await all(reader), await tested.rows(), await tested.deadLetters()], [[], [], []]);
            assert.deepEqual(await writer.positions('g'), []);
          });
        }
      }

      test('any JSON comes back as the same value, whichever way it went', async () => {
        await using tested = await open();
        const { writer, reader } = tested.store;
        const json = fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' });
        await fc.assert(
          fc.asyncProperty(fc.array(json, { minLength: 1, maxLength: 20 }), fc.boolean(), async (values, careful) => {
            const objects = values.map((value) => JSON.parse(JSON.stringify({ value }).replaceAll('\\u0000', '')));
            const items = objects.map((value, at) => make(at, { data: JSON.stringify(value) }));
            const batch = careful ? [...items, deadLetterItem(99)] : items;
            await writer.apply({ group: 'g', items: batch, advance: null });
            const ids = new Set(items.map(({ commandId }) => commandId));
            const rows = (await all(reader)).filter(({ id }) => ids.has(id));
            // Zero has no sign in a database.
            const unsigned = (given: unknown): unknown => JSON.parse(JSON.stringify(given));
            assert.deepEqual(unsigned(seen(rows)), unsigned(asGiven(items)));
          }),
          { numRuns: 15 },
        );
      });

      test('a row that is there is known to another group, at whatever place, and stays as it is', async () => {
        await using tested = await open();
        const { writer, reader } = tested.store;
        const id = randomUUID();
        const first = make(0, { id });
        await writer.apply({ group: 'g', items: [first], advance: null });
        for (const others of [[], [make(5)], [deadLetterItem(6)]]) {
          const again = make(4, { id, data: '{"another":1}' });
          const [outcome] = await writer.apply({ group: 'h', items: [again, ...others], advance: null });
          assert.deepEqual(outcome, { kind: 'known' });
        }
        assert.deepEqual(seen((await all(reader)).filter((row) => row.id === id)), asGiven([first]));
        assert.deepEqual((await reader.outcomes([id]))[0]?.position, first.record.position);
      });

      test('within a batch the first stands', async () => {
        await using tested = await open();
        const id = randomUUID();
        const items = [make(0, { id, data: '{"n":1}' }), make(1), make(2, { id, data: '{"n":2}' })];
        assert.deepEqual(
          (await tested.store.writer.apply({ group: 'g', items, advance: null })).map(({ kind }) => kind),
          ['projected', 'projected', 'known'],
        );
        assert.deepEqual(seen(await all(tested.store.reader)), asGiven(items.slice(0, 2)));
      });
    });
  }

  describe('rows of all tables', () => {
    test('a new group restores every column of rows that were removed', async () => {
      await using tested = await open();
      const { writer, reader } = tested.store;
      const make = [rowItem, activityEventItem, clientEventItem];
      const batches = [0, 1, 2, 3].map((n) =>
        Array.from({ length: 30 }, (_, i) => {
          const at = n * 30 + i;
          if (i === 7 && n < 3) return deadLetterItem(at);
          // The last batch is of all tables at once; the others are of one each.
          return (make[n === 3 ? i % 3 : n] ?? rowItem)(at);
        }),
      );
      const replay = async (group: string): Promise<void> => {
        for (const [n, items] of batches.entries()) {
          await writer.apply({ group, items, advance: advance(n === 0 ? null : n * 30, (n + 1) * 30) });
        }
      };
      const ids = batches.flat().map((item) => (item.kind === 'effects' ? item.identity : item.deadLetter).commandId);
      const contents = async () => ({
        activities: [...(await reader.activityEvents({}, PAGE))].sort(byId),
        events: [...(await reader.clientEvents({ client: 'SpongeBob', event: 'Fruits' }, PAGE))].sort(byId),
        rows: [...(await tested.rows())].sort(byId),
        outcomes: [...(await reader.outcomes(ids))].sort(byId),
      });
      await replay('g');
      const before = await contents();
      assert.deepEqual(
        [before.rows.length, before.activities.length, before.events.length, before.outcomes.length],
        [39, 39, 39, 120],
      );
      await tested.removeRows();
      assert.deepEqual([(await contents()).activities, (await contents()).events, await tested.rows()], [[], [], []]);
      await replay('h');
      assert.deepEqual(await contents(), before);
    });
  });
}
