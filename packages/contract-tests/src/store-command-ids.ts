import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { advance, asMessage, deadLetterItem, instantOf, rowItem } from './store-items.ts';
import { contents, type StoreContractOptions } from './store-under-test.ts';

export function testCommandIds(open: StoreContractOptions['open']): void {
  describe('a command id has one outcome', () => {
    test('a row that is there is known to another group, and stays as it is', async () => {
      await using tested = await open();
      const { writer } = tested.store;
      const id = randomUUID();
      await writer.apply({ group: 'g', items: [rowItem(0, { id })], advance: advance(null, 1) });
      const before = await contents(tested);
      const again = rowItem(0, { id, client: 'other', eventTimestamp: instantOf('1999-01-01T00:00:00Z') });
      assert.deepEqual(await writer.apply({ group: 'h', items: [again, rowItem(1)], advance: advance(null, 2) }), [
        { kind: 'known' },
        { kind: 'projected' },
      ]);
      const [row] = (await tested.rows()).filter((one) => one.id === id);
      assert.deepEqual(row, before.rows[0]);
    });

    test('also at another place of the log, and on a broker without offsets', async () => {
      await using tested = await open();
      const { writer } = tested.store;
      const id = randomUUID();
      await writer.apply({ group: 'g', items: [rowItem(asMessage('m1'), { id })], advance: null });
      for (const at of [asMessage('m1'), asMessage('m2'), 17]) {
        assert.deepEqual(await writer.apply({ group: 'g', items: [rowItem(at, { id })], advance: null }), [
          { kind: 'known' },
        ]);
      }
      assert.deepEqual((await tested.rows())[0]?.position, asMessage('m1'));
    });

    test('within a batch the first stands, whatever its kind', async () => {
      await using tested = await open();
      const [a, b, c] = [randomUUID(), randomUUID(), randomUUID()];
      const items = [
        rowItem(0, { id: a, client: 'first' }),
        deadLetterItem(1, { commandId: b, detail: 'first' }),
        rowItem(2, { id: a, client: 'second' }),
        rowItem(3, { id: b }),
        deadLetterItem(4, { commandId: a }),
        deadLetterItem(5, { commandId: b, detail: 'second' }),
        rowItem(6, { id: c }),
      ];
      assert.deepEqual(
        (await tested.store.writer.apply({ group: 'g', items, advance: advance(null, 7) })).map(({ kind }) => kind),
        ['projected', 'dead-lettered', 'known', 'known', 'known', 'known', 'projected'],
      );
      const { rows, deadLetters } = await contents(tested);
      assert.deepEqual(
        new Set(rows.map(({ id, client }) => `${id} ${client}`)),
        new Set([`${a} first`, `${c} default`]),
      );
      assert.deepEqual(
        deadLetters.map(({ commandId, detail }) => [commandId, detail]),
        [[b, 'first']],
      );
    });

    test('within a batch of rows alone the first stands', async () => {
      await using tested = await open();
      const id = randomUUID();
      const items = [rowItem(0, { id, client: 'first' }), rowItem(1), rowItem(2, { id, client: 'second' })];
      assert.deepEqual(
        (await tested.store.writer.apply({ group: 'g', items, advance: advance(null, 3) })).map(({ kind }) => kind),
        ['projected', 'projected', 'known'],
      );
      assert.equal((await tested.rows()).find((row) => row.id === id)?.client, 'first');
    });

    test('outcomes are told per item, whichever of a large batch were known', async () => {
      await using tested = await open();
      const { writer } = tested.store;
      const items = Array.from({ length: 2_000 }, (_, offset) => rowItem(offset));
      const some = items.filter((_, index) => index % 7 === 3);
      await writer.apply({ group: 'g', items: some, advance: advance(null, 2_000) });
      for (const group of ['h', 'i']) {
        const outcomes = await writer.apply({ group, items, advance: advance(null, 2_000) });
        const expected = items.map((_, index) => (group === 'i' || index % 7 === 3 ? 'known' : 'projected'));
        assert.deepEqual(
          outcomes.map(({ kind }) => kind),
          expected,
        );
      }
      assert.equal((await tested.rows()).length, 2_000);
    });
  });
}
