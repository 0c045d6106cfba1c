import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { advance, deadLetterItem, rowItem } from './store-items.ts';
import { contents, type StoreContractOptions } from './store-under-test.ts';

export function testPositions(open: StoreContractOptions['open']): void {
  describe('positions', () => {
    test('a new store has none', async () => {
      await using tested = await open();
      assert.deepEqual(await tested.store.writer.positions('g'), []);
      assert.deepEqual(await tested.store.writer.furthestPositions(['timestamp.command.v1']), []);
      await tested.store.ping();
    });

    test('move with the effects, and are read back whole', async () => {
      await using tested = await open();
      const { writer } = tested.store;
      const first = advance(null, 2);
      assert.deepEqual(await writer.apply({ group: 'g', items: [rowItem(0), rowItem(1)], advance: first }), [
        { kind: 'projected' },
        { kind: 'projected' },
      ]);
      assert.deepEqual(await writer.positions('g'), [first.to]);
      const second = { from: 2, to: { ...advance(2, 2 ** 53 - 1).to, lastDigest: 'f'.repeat(64) } };
      await writer.apply({ group: 'g', items: [deadLetterItem(2)], advance: second });
      assert.deepEqual(await writer.positions('g'), [second.to]);
      assert.equal((await tested.rows()).length, 2);
      assert.equal((await tested.deadLetters()).length, 1);
    });

    test('a batch without items moves a position too', async () => {
      await using tested = await open();
      assert.deepEqual(await tested.store.writer.apply({ group: 'g', items: [], advance: advance(null, 7) }), []);
      assert.deepEqual(await tested.store.writer.positions('g'), [advance(null, 7).to]);
    });

    for (const [name, from] of [
      ['behind', 1],
      ['ahead', 3],
      ['absent', null],
    ] as const) {
      test(`a batch that believes the position ${name} of where it is changes nothing`, async () => {
        await using tested = await open();
        const { writer } = tested.store;
        const dead = deadLetterItem(1);
        await writer.apply({ group: 'g', items: [rowItem(0), dead], advance: advance(null, 2) });
        const before = await contents(tested);
        // The same place would redeem the dead letter: that too must be undone.
        const items = [rowItem(1, { id: dead.deadLetter.commandId }), rowItem(2), deadLetterItem(3)];
        await assert.rejects(writer.apply({ group: 'g', items, advance: advance(from, 4) }), {
          name: 'SluiceError',
          code: 'position-conflict',
        });
        assert.deepEqual(await contents(tested), before);
      });
    }

    test('a batch that believes in a position where there is none changes nothing', async () => {
      await using tested = await open();
      const { writer } = tested.store;
      await writer.apply({ group: 'other', items: [], advance: advance(null, 5) });
      await writer.apply({ group: 'g', items: [], advance: advance(null, 5, 1) });
      await assert.rejects(writer.apply({ group: 'g', items: [rowItem(5)], advance: advance(5, 6) }), {
        code: 'position-conflict',
      });
      assert.deepEqual(await tested.rows(), []);
      assert.deepEqual(await writer.positions('g'), [advance(null, 5, 1).to]);
      assert.deepEqual(await tested.store.reader.positions('g'), [advance(null, 5, 1).to]);
      assert.deepEqual(await tested.store.reader.positions('none'), []);
    });

    test('belong to a group, a topic and a partition', async () => {
      await using tested = await open();
      const { writer } = tested.store;
      const moves = [
        ['g', advance(null, 1)],
        ['g', advance(null, 2, 1)],
        ['g', advance(null, 3, 0, 'other.topic')],
        ['h', advance(null, 4)],
      ] as const;
      for (const [group, move] of moves) await writer.apply({ group, items: [], advance: move });
      const { positions } = await contents(tested, ['g', 'h', 'nobody']);
      assert.deepEqual(positions, [[moves[2][1].to, moves[0][1].to, moves[1][1].to], [moves[3][1].to], []]);
    });

    test('the furthest of any group is told per partition, for the topics asked for', async () => {
      await using tested = await open();
      const { writer } = tested.store;
      for (const [group, move] of [
        ['g', advance(null, 9)],
        ['h', advance(null, 10)],
        ['i', advance(null, 2)],
        ['h', advance(null, 1, 1)],
        ['h', advance(null, 99, 0, 'other.topic')],
      ] as const) {
        await writer.apply({ group, items: [], advance: move });
      }
      const furthest = await writer.furthestPositions(['timestamp.command.v1', 'unknown.topic']);
      assert.deepEqual(
        [...furthest].sort((a, b) => a.partition - b.partition),
        [advance(null, 10).to, advance(null, 1, 1).to],
      );
      assert.deepEqual(await writer.furthestPositions([]), []);
    });
  });
}
