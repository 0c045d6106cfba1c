import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { wantsReassignment } from '../errors.ts';
import type { StoreBatch, StoreWriter } from '../store.ts';
import { Projector } from './projector.ts';
import {
  batchOf,
  down,
  echoStream,
  FAST,
  FakeAdmin,
  FakeObserver,
  FakeStore,
  GROUP,
  recordsFrom,
} from './test-doubles.ts';

/** A store at the end of a wire: requests and answers arrive in an order that the scheduler chooses, or are lost. */
function remote(store: FakeStore, scheduler: fc.Scheduler, losses: boolean[]): StoreWriter {
  const travel = (what: string): Promise<void> => scheduler.schedule(Promise.resolve(), what);
  return {
    async apply(batch: StoreBatch) {
      await travel('request');
      if (losses.shift()) throw down();
      const outcomes = await store.apply(batch);
      await travel('answer');
      if (losses.shift()) throw down();
      return outcomes;
    },
    async positions(group: string) {
      await travel('positions');
      return await store.positions(group);
    },
    furthestPositions: () => store.furthestPositions(),
  };
}

/** One member of the group as an adapter drives it, on the log `recordsFrom(0, admin.endOffset)`. */
async function consume(
  writer: StoreWriter,
  store: FakeStore,
  admin: FakeAdmin,
  fetchSizes: readonly number[],
): Promise<void> {
  const { signal } = new AbortController();
  const options = { group: GROUP, streams: [echoStream], writer, admin, observer: new FakeObserver(), signal };
  const projector = new Projector({ ...options, backoff: FAST, maxTransactionRecords: 3 });
  let at: number | undefined;
  for (let round = 0; (store.positionOf()?.nextOffset ?? 0) < admin.endOffset; round++) {
    assert.ok(round < 1_000, 'no progress');
    at ??= (await projector.assigned([admin.found()]))[0]?.offset ?? 0;
    const count = Math.min(fetchSizes[round % fetchSizes.length] ?? 1, admin.endOffset - at);
    if (count <= 0) {
      at = undefined;
      continue;
    }
    const handled = await projector.handle(batchOf(recordsFrom(at, count), admin.endOffset), signal).catch((error) => {
      if (!wantsReassignment(error)) throw error;
      return undefined;
    });
    at = handled && (handled.resumeAt ?? at + handled.count);
  }
}

it('two members that both believe a partition theirs double nothing and lose nothing, whatever the store’s answers do', async () => {
  const scenario = fc.record({
    count: fc.integer({ min: 1, max: 14 }),
    sizes: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
    losses: fc.array(fc.boolean(), { maxLength: 12 }),
    unstorable: fc.uniqueArray(fc.nat(13), { maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), scenario, async (scheduler, { count, sizes, losses, unstorable }) => {
      const store = new FakeStore();
      for (const index of unstorable) store.unstorable.add(`c${index}`);
      const admin = new FakeAdmin(count);
      const writer = remote(store, scheduler, [...losses]);
      const members = [sizes, sizes.toReversed()].map((own) => consume(writer, store, admin, own));
      await scheduler.waitFor(Promise.all(members));
      const expected = recordsFrom(0, count).map(({ value }, index) => ({
        id: String(value),
        as: unstorable.includes(index) ? 'unstorable' : 'row',
      }));
      assert.deepEqual(store.kept, expected);
    }),
    { numRuns: 150 },
  );
});
