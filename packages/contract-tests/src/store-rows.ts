import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { advance, asMessage, deadLetterItem, instantOf, rowItem } from './store-items.ts';
import { contents, type StoreContractOptions } from './store-under-test.ts';

/** Any instant of the years 1 to 9999, and the ends and seams more often. */
const instants = fc
  .oneof(
    fc.constantFrom(
      '0001-01-01T00:00:00.000000Z',
      '0001-01-01T00:00:00.000001Z',
      '1582-10-04T23:59:59.999999Z',
      '1969-12-31T23:59:59.999999Z',
      '1999-12-31T23:59:59.999999Z',
      '2000-01-01T00:00:00.000000Z',
      '2262-04-11T23:47:16.854775Z',
      '9999-12-31T23:59:59.999999Z',
    ),
    fc
      .record({
        date: fc.date({
          min: new Date('0001-01-01T00:00:00Z'),
          max: new Date('9999-12-31T23:59:59.999Z'),
          noInvalidDate: true,
        }),
        micros: fc.integer({ min: 0, max: 999 }),
      })
      .map(({ date, micros }) => `${date.toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`),
  )
  .map(instantOf);

export function testRows(open: StoreContractOptions['open']): void {
  describe('rows', () => {
    test('an unknown id is undefined', async () => {
      await using tested = await open();
      assert.equal(await tested.store.reader.timestampById(randomUUID()), undefined);
    });

    test('are kept with every column and their place in the log', async () => {
      await using tested = await open();
      const items = [
        rowItem(41, { client: 'SpongeBob' }),
        rowItem(42, { client: 'naïve 🧽 "quoted" \\ {a,b}' }),
        rowItem(43, { client: '' }),
      ];
      await tested.store.writer.apply({ group: 'g', items, advance: advance(null, 44) });
      assert.deepEqual(
        new Set(await tested.rows()),
        new Set(
          items.map(({ effects: [effect], record }) => ({
            ...(effect?.kind === 'row' && effect.row),
            topic: record.topic,
            position: record.position,
          })),
        ),
      );
    });

    test('are kept with their message id on a broker without offsets', async () => {
      await using tested = await open();
      const item = rowItem(asMessage('1234'));
      assert.deepEqual(await tested.store.writer.apply({ group: 'g', items: [item], advance: null }), [
        { kind: 'projected' },
      ]);
      assert.deepEqual((await tested.rows())[0]?.position, { kind: 'message', messageId: '1234' });
      assert.deepEqual(await tested.store.writer.positions('g'), []);
    });

    test('instants come back equal, to the microsecond, from year 1 to 9999', async () => {
      await using tested = await open();
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(instants, instants), { minLength: 1, maxLength: 50 }), async (pairs) => {
          const items = pairs.map(([eventTimestamp, createdAt], at) => rowItem(at, { eventTimestamp, createdAt }));
          await tested.store.writer.apply({ group: 'g', items, advance: null });
          for (const [index, { commandId }] of items.entries()) {
            const [eventTimestamp, createdAt] = pairs[index] ?? [];
            const read = await tested.store.reader.timestampById(commandId);
            assert.deepEqual(read, { id: commandId, eventTimestamp, createdAt });
          }
        }),
        { numRuns: 20 },
      );
    });

    test('a record whose projection does nothing is projected', async () => {
      await using tested = await open();
      const item = { ...rowItem(0), effects: [] };
      assert.deepEqual(await tested.store.writer.apply({ group: 'g', items: [item], advance: advance(null, 1) }), [
        { kind: 'projected' },
      ]);
    });

    for (const [name, client] of [
      ['NUL', 'a\0b'],
      ['half a surrogate pair', 'a\ud83e'],
    ] as const) {
      test(`one that cannot be stored (${name}) leaves nothing of its batch, and is named`, async () => {
        await using tested = await open();
        const { writer } = tested.store;
        const dead = deadLetterItem(0);
        await writer.apply({ group: 'g', items: [dead], advance: advance(null, 1) });
        const before = await contents(tested);
        const redeeming = rowItem(0, { id: dead.deadLetter.commandId });
        const items = [redeeming, rowItem(1), deadLetterItem(2), rowItem(3, { client }), rowItem(4)];
        await assert.rejects(writer.apply({ group: 'g', items, advance: advance(1, 5) }), {
          name: 'SluiceError',
          code: 'invalid-data',
          message: /client must .* got "a\\u/,
        });
        assert.deepEqual(await contents(tested), before);
      });
    }

    test('a new group restores every column of rows that were removed', async () => {
      await using tested = await open();
      const { writer } = tested.store;
      const batches = [0, 1, 2].map((n) =>
        Array.from({ length: 50 }, (_, i) => (i === 7 ? deadLetterItem(n * 50 + i) : rowItem(n * 50 + i))),
      );
      const replay = async (group: string): Promise<void> => {
        for (const [n, items] of batches.entries()) {
          await writer.apply({ group, items, advance: advance(n === 0 ? null : n * 50, (n + 1) * 50) });
        }
      };
      await replay('g');
      const before = await contents(tested);
      assert.equal(before.rows.length, 147);
      await tested.removeRows();
      assert.deepEqual(await tested.rows(), []);
      await replay('h');
      assert.deepEqual(await contents(tested), before);
    });
  });
}
