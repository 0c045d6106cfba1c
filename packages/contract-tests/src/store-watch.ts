import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import type { CommandOutcome } from '@sluice/core';
import { waitFor } from '@sluice/testing';
import { deadLetterItem, registrationItem, rowItem, transactionItem } from './store-items.ts';
import type { StoreContractOptions } from './store-under-test.ts';

const never = new AbortController().signal;

/** Whether a promise is settled by now. */
function settling<T>(promise: Promise<T>): { readonly isSettled: () => boolean } {
  let isSettled = false;
  promise.then(
    () => (isSettled = true),
    () => (isSettled = true),
  );
  return { isSettled: () => isSettled };
}

export function testWatch(open: StoreContractOptions['open']): void {
  describe('watching', () => {
    test('an outcome that is there is told at once, of every status', async () => {
      await using tested = await open();
      const { writer, reader, watch } = tested.store;
      const refused = transactionItem(1, 'Bob', [
        { kind: 'delete', table: 't', predicates: [{ name: 'a', type: { kind: 'text' }, value: 'x' }] },
      ]);
      const items = [rowItem(0), refused, deadLetterItem(2)];
      await writer.apply({ group: 'g', items, advance: null });
      for (const [item, status] of [
        [items[0], 'projected'],
        [items[1], 'rejected'],
        [items[2], 'dead-lettered'],
      ] as const) {
        const id = item?.kind === 'effects' ? item.identity.commandId : (item?.deadLetter.commandId ?? '');
        const outcome = await watch.outcome(id, never);
        assert.equal(outcome?.status, status);
        assert.deepEqual([outcome], await reader.outcomes([id]));
      }
    });

    test('one that comes later, by any process, is told to all who wait for it, and to nobody else', async () => {
      await using tested = await open();
      await using another = await tested.openAnother();
      const giveUp = new AbortController();
      const [mine, other] = [rowItem(0), rowItem(1)];
      const waiting = [tested.store, tested.store, another].map(({ watch }) =>
        watch.outcome(mine.commandId, giveUp.signal),
      );
      const alien = tested.store.watch.outcome(randomUUID(), giveUp.signal);
      const isAlienTold = settling(alien).isSettled;
      await another.writer.apply({ group: 'g', items: [other], advance: null });
      await another.writer.apply({ group: 'g', items: [mine], advance: null });
      const told: readonly (CommandOutcome | undefined)[] = await Promise.all(waiting);
      assert.deepEqual(
        told.map((outcome) => [outcome?.id, outcome?.status]),
        Array(3).fill([mine.commandId, 'projected']),
      );
      assert.equal(isAlienTold(), false);
      giveUp.abort();
      assert.equal(await alien, undefined);
    });

    test('who gives up gets undefined, before or while waiting', async () => {
      await using tested = await open();
      const { watch } = tested.store;
      assert.equal(await watch.outcome(randomUUID(), AbortSignal.abort()), undefined);
      const giveUp = new AbortController();
      const waiting = watch.outcome(randomUUID(), giveUp.signal);
      giveUp.abort();
      assert.equal(await waiting, undefined);
    });

    test('a store that is closed says so to those who wait, instead of that there is no outcome', async () => {
      await using tested = await open();
      const another = await tested.openAnother();
      const waiting = [0, 1].map(() => assert.rejects(another.watch.outcome(randomUUID(), never), { code: 'closed' }));
      await another[Symbol.asyncDispose]();
      await Promise.all(waiting);
      await assert.rejects(another.watch.outcome(randomUUID(), never), { code: 'closed' });
    });

    test('who waits one after the other is told every time', async () => {
      await using tested = await open();
      await using another = await tested.openAnother();
      for (let n = 0; n < 30; n++) {
        const item = rowItem(n);
        const waiting = another.watch.outcome(item.commandId, AbortSignal.timeout(10_000));
        await tested.store.writer.apply({ group: 'g', items: [item], advance: null });
        assert.equal((await waiting)?.id, item.commandId);
      }
    });

    test('a change of the registry is told to every process, until it listens no more', async () => {
      await using tested = await open();
      await using another = await tested.openAnother();
      const told = { here: 0, there: 0, gone: 0 };
      using _here = tested.store.watch.onRegistryChange(() => told.here++);
      using _there = another.watch.onRegistryChange(() => told.there++);
      const gone = another.watch.onRegistryChange(() => told.gone++);
      // Whoever begins to listen is told once, since it may have missed what was before.
      await tested.store.writer.apply({ group: 'g', items: [registrationItem(0)], advance: null });
      await waitFor('both to be told', async () => told.here > 0 && told.there > 0);
      gone[Symbol.dispose]();
      const before = { ...told };
      await another.writer.apply({ group: 'g', items: [registrationItem(1, { base: 1 })], advance: null });
      await waitFor('both to be told again', async () => told.here > before.here && told.there > before.there);
      assert.equal(told.gone, before.gone);
    });
  });
}
