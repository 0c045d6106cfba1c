import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { SluiceError, type StoreBatch, type StoreWriter } from '@sluice/core';
import { advance, deadLetterItem, inPartition, rowItem } from './store-items.ts';
import type { StoreContractOptions } from './store-under-test.ts';

export function testConcurrency(open: StoreContractOptions['open']): void {
  describe('concurrency', () => {
    test('of many first batches of a partition one goes in', async () => {
      await using tested = await open();
      await using another = await tested.openAnother();
      const writers = [tested.store.writer, another.writer];
      const results = await Promise.allSettled(
        Array.from({ length: 8 }, (_, n) =>
          writers[n % 2]?.apply({ group: 'g', items: [rowItem(0), deadLetterItem(1)], advance: advance(null, n + 2) }),
        ),
      );
      assert.deepEqual(
        results.map((result) => (result.status === 'rejected' ? result.reason.code : 'applied')).sort(),
        ['applied', ...Array(7).fill('position-conflict')],
      );
      const winner = results.findIndex(({ status }) => status === 'fulfilled');
      assert.deepEqual(await tested.store.writer.positions('g'), [advance(null, winner + 2).to]);
      assert.equal((await tested.rows()).length, 1);
      assert.equal((await tested.deadLetters()).length, 1);
    });

    test('a zombie changes nothing, however often it tries', async () => {
      await using tested = await open();
      await using another = await tested.openAnother();
      const [zombie, successor] = [tested.store.writer, another.writer];
      await zombie.apply({ group: 'g', items: [rowItem(0)], advance: advance(null, 1) });
      const mine = rowItem(1);
      await successor.apply({ group: 'g', items: [mine, rowItem(2)], advance: advance(1, 3) });
      for (const to of [2, 3, 4]) {
        await assert.rejects(zombie.apply({ group: 'g', items: [rowItem(1)], advance: advance(1, to) }), {
          code: 'position-conflict',
        });
      }
      assert.equal((await tested.rows()).length, 3);
      assert.deepEqual(await successor.positions('g'), [advance(1, 3).to]);
    });

    test('partitions go on side by side', async () => {
      await using tested = await open();
      const project = async (partition: number): Promise<void> => {
        for (let from = 0; from < 200; from += 50) {
          const items = Array.from({ length: 50 }, (_, i) => rowItem(inPartition(partition, from + i)));
          await tested.store.writer.apply({ group: 'g', items, advance: advance(from || null, from + 50, partition) });
        }
      };
      await Promise.all([0, 1, 2, 3, 4, 5].map(project));
      assert.equal((await tested.rows()).length, 1_200);
      assert.deepEqual(
        (await tested.store.writer.positions('g')).map(({ nextOffset }) => nextOffset),
        Array(6).fill(200),
      );
    });

    test('of commands that several partitions hold, each is projected once', async () => {
      await using tested = await open();
      const ids = Array.from({ length: 100 }, () => randomUUID());
      const outcomes = await Promise.all(
        [0, 1, 2, 3].map(async (partition) => {
          const rotated = [...ids.slice(partition * 25), ...ids.slice(0, partition * 25)];
          const items = rotated.map((id, offset) => rowItem(inPartition(partition, offset), { id }));
          return await untilApplied(tested.store.writer, { group: 'g', items, advance: advance(null, 100, partition) });
        }),
      );
      const kinds = outcomes.flat().map(({ kind }) => kind);
      assert.equal(kinds.filter((kind) => kind === 'projected').length, 100);
      assert.equal(kinds.filter((kind) => kind === 'known').length, 300);
      assert.equal((await tested.rows()).length, 100);
    });

    test('no command becomes both a row and a dead letter', async () => {
      await using tested = await open();
      await using another = await tested.openAnother();
      for (let round = 0; round < 20; round++) {
        const ids = Array.from({ length: 20 }, () => randomUUID());
        const rows = ids.map((id, at) => rowItem(inPartition(0, at), { id }));
        const deadLetters = ids.map((commandId, at) => deadLetterItem(inPartition(1, at), { commandId }));
        const apply = (writer: StoreWriter, items: StoreBatch['items']): Promise<unknown> =>
          untilApplied(writer, { group: 'g', items, advance: null });
        await Promise.all(
          round % 2 === 0
            ? [apply(tested.store.writer, rows), apply(another.writer, deadLetters)]
            : [apply(another.writer, deadLetters), apply(tested.store.writer, rows)],
        );
      }
      const rows = new Set((await tested.rows()).map(({ id }) => id));
      const deadLetters = (await tested.deadLetters()).map(({ commandId }) => commandId);
      assert.equal(rows.size + deadLetters.length, 400);
      assert.deepEqual(
        deadLetters.filter((id) => rows.has(id)),
        [],
      );
    });
  });
}

/** As the projection loop does: what is retryable is tried again. */
async function untilApplied(writer: StoreWriter, batch: StoreBatch): ReturnType<StoreWriter['apply']> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await writer.apply(batch);
    } catch (error) {
      if (!(error instanceof SluiceError) || error.code !== 'contention' || attempt === 50) throw error;
    }
  }
}
