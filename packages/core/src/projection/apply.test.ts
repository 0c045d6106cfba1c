import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { BackoffOptions } from '../backoff.ts';
import { recordDigest } from '../digest.ts';
import { SluiceError } from '../errors.ts';
import type { StoredPosition } from '../position.ts';
import { type Applied, type ApplyContext, applyRecords } from './apply.ts';
import {
  down,
  echoStream,
  FAST,
  FakeObserver,
  FakeStore,
  GROUP,
  PLACE,
  recordAt,
  recordsFrom,
} from './test-doubles.ts';

interface Setting {
  readonly store?: FakeStore;
  readonly observer?: FakeObserver;
  readonly signal?: AbortSignal;
  readonly place?: ApplyContext['place'];
  readonly backoff?: BackoffOptions;
}

function contextOf({
  store = new FakeStore(),
  observer = new FakeObserver(),
  place = PLACE,
  ...rest
}: Setting): ApplyContext {
  const never = new AbortController().signal;
  return {
    group: GROUP,
    stream: echoStream,
    place,
    writer: store,
    observer,
    signal: never,
    backoff: FAST,
    now: () => 0,
    ...rest,
  };
}

function apply(setting: Setting, texts: readonly string[], from: StoredPosition | null = null): Promise<Applied> {
  const first = from?.nextOffset ?? 0;
  const records = texts.map((text, index) => recordAt(first + index, text));
  return applyRecords(contextOf(setting), records, from);
}

const positionAfter = (offset: number, text: string): StoredPosition => ({
  ...PLACE,
  nextOffset: offset + 1,
  lastOffset: offset,
  lastDigest: recordDigest(recordAt(offset, text)),
});

describe('applyRecords', () => {
  it('applies a batch in one transaction, from the position before to the one after its last record', async () => {
    const store = new FakeStore();
    const observer = new FakeObserver();
    const first = await apply({ store, observer }, ['a', '!b', 'c']);
    assert.deepEqual(first, { count: 3, position: positionAfter(2, 'c') });
    assert.deepEqual(store.batches.at(-1)?.advance, { from: null, to: positionAfter(2, 'c') });
    const second = await apply({ store, observer }, ['d'], first.position);
    assert.deepEqual(second, { count: 1, position: positionAfter(3, 'd') });
    assert.deepEqual(store.batches.at(-1)?.advance, { from: 3, to: positionAfter(3, 'd') });
    assert.equal(store.batches.length, 2);
    assert.deepEqual(
      store.kept.map(({ id, as }) => `${id} ${as}`),
      ['a row', '!b malformed-json', 'c row', 'd row'],
    );
    assert.deepEqual([observer.projected, observer.known, observer.deadLetters.length], [3, 0, 1]);
  });

  it('moves no position on a broker without offsets', async () => {
    const store = new FakeStore();
    const records = [recordAt(0, 'a')].map((record) => ({
      ...record,
      position: { kind: 'message', messageId: 'm' } as const,
    }));
    const applied = await applyRecords(contextOf({ store, place: null }), records, null);
    assert.deepEqual(applied, { count: 1, position: null });
    assert.equal(store.batches[0]?.advance, null);
  });

  it('refuses to apply a partition’s record that has no offset, which no position could follow', async () => {
    const record = { ...recordAt(0), position: { kind: 'message', messageId: 'm' } as const };
    await assert.rejects(applyRecords(contextOf({}), [record], null), { code: 'misconfigured' });
  });
});

describe('applyRecords: a store that is down', { timeout: 30_000 }, () => {
  it('is tried again, later each time, until it is up', async () => {
    const store = new FakeStore();
    const observer = new FakeObserver();
    store.failures.push(down(), new SluiceError('contention', 'deadlock'), down());
    const applied = await apply({ store, observer, backoff: { baseMs: 2, maxMs: 5, random: () => 0.5 } }, ['a', 'b']);
    assert.equal(applied.count, 2);
    assert.deepEqual(
      store.kept.map(({ id }) => id),
      ['a', 'b'],
    );
    assert.deepEqual(
      observer.waits.map(({ attempt, delayMs }) => [attempt, delayMs]),
      [
        [0, 1.5],
        [1, 3],
        [2, 3.75],
      ],
    );
    assert.deepEqual(
      observer.waits.map(({ error }) => error.code),
      ['unavailable', 'contention', 'unavailable'],
    );
  });

  it('is left alone for as long as was said', async () => {
    const store = new FakeStore();
    const observer = new FakeObserver();
    store.failures.push(down(), down());
    const startedAtMs = performance.now();
    await apply({ store, observer, backoff: { baseMs: 20, random: () => 0 } }, ['a']);
    const saidMs = observer.waits.reduce((sum, { delayMs }) => sum + delayMs, 0);
    // A timer may be early by the part of a millisecond that its clock leaves out.
    assert.ok(performance.now() - startedAtMs >= saidMs - 2);
    assert.equal(saidMs, 30);
  });

  it('is no longer waited for when the signal aborts', async () => {
    const controller = new AbortController();
    const observer = new FakeObserver();
    observer.onWaiting = () => controller.abort();
    const store = new FakeStore();
    store.failures.push(down());
    const applied = await apply(
      { store, observer, signal: controller.signal, backoff: { baseMs: 10_000, maxMs: 10_000 } },
      ['a'],
      positionAfter(4, 'x'),
    );
    assert.deepEqual(applied, { count: 0, position: positionAfter(4, 'x') });
    assert.deepEqual(store.kept, []);
  });

  it('is not confused with an error that no waiting mends', async () => {
    for (const code of ['unauthorized', 'generation-changed', 'misconfigured', 'closed'] as const) {
      const store = new FakeStore();
      store.failures.push(new SluiceError(code, 'no'));
      await assert.rejects(apply({ store }, ['a']), { code });
      assert.equal(store.batches.length, 1);
    }
    const store = new FakeStore();
    store.failures.push(new TypeError('a bug'));
    await assert.rejects(apply({ store }, ['a']), TypeError);
  });
});

describe('applyRecords: a lost answer to COMMIT', () => {
  it('is settled by the stored position: nothing is applied again', async () => {
    const store = new FakeStore();
    const observer = new FakeObserver();
    store.lostReplies.push(down());
    const applied = await apply({ store, observer }, ['a', '!b', 'c']);
    assert.deepEqual(applied, { count: 3, position: positionAfter(2, 'c') });
    assert.deepEqual(
      store.kept.map(({ id }) => id),
      ['a', '!b', 'c'],
    );
    assert.deepEqual([observer.projected, observer.deadLetters.length], [2, 1], 'what was committed is counted');
  });

  it('is waited for where the store is still down when the position is read', async () => {
    const store = new FakeStore();
    store.lostReplies.push(down());
    store.positionFailures.push(down(), down());
    assert.equal((await apply({ store }, ['a', 'b'])).count, 2);
    assert.deepEqual(
      store.kept.map(({ id }) => id),
      ['a', 'b'],
    );
  });

  it('is a conflict where somebody else stored another position meanwhile', async () => {
    const store = new FakeStore();
    store.failures.push(down());
    const observer = new FakeObserver();
    observer.onWaiting = () => store.put(GROUP, { ...positionAfter(0, 'a'), lastDigest: 'another record' });
    await assert.rejects(apply({ store, observer }, ['a']), { code: 'position-conflict' });
    assert.deepEqual(store.kept, []);
  });

  it('is no explanation for a conflict at the first try', async () => {
    const store = new FakeStore([positionAfter(0, 'a')]);
    await assert.rejects(apply({ store }, ['a']), { code: 'position-conflict' });
  });
});

describe('applyRecords: records that the store cannot take', () => {
  it('become dead letters alone, while their neighbours are applied in order', async () => {
    const scenario = fc.record({
      count: fc.integer({ min: 1, max: 40 }),
      unstorable: fc.uniqueArray(fc.nat(39), { maxLength: 40 }),
      poison: fc.uniqueArray(fc.nat(39), { maxLength: 10 }),
      lost: fc.array(fc.boolean(), { maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ count, unstorable, poison, lost }) => {
        const store = new FakeStore();
        const observer = new FakeObserver();
        const texts = Array.from({ length: count }, (_, index) => `${poison.includes(index) ? '!' : ''}c${index}`);
        for (const index of unstorable) store.unstorable.add(`c${index}`);
        for (const reply of lost) (reply ? store.lostReplies : store.failures).push(down());

        const applied = await apply({ store, observer }, texts);

        assert.deepEqual(applied, { count, position: positionAfter(count - 1, texts.at(-1) ?? '') });
        assert.deepEqual(store.positionOf(), applied.position);
        const expected = texts.map((id, index) => ({
          id,
          as: poison.includes(index) ? 'malformed-json' : unstorable.includes(index) ? 'unstorable' : 'row',
        }));
        assert.deepEqual(store.kept, expected);
        const dead = expected.filter(({ as }) => as !== 'row').map(({ id }) => id);
        assert.deepEqual(
          observer.deadLetters.map(({ commandId }) => commandId),
          dead,
        );
        assert.equal(observer.projected, count - dead.length);
      }),
    );
  });

  it('cost a number of transactions that grows with the culprits, not with the batch', async () => {
    const store = new FakeStore();
    store.unstorable.add('c700');
    await applyRecords(contextOf({ store }), recordsFrom(0, 1024), null);
    assert.equal(store.batches.length, 2 * 10 + 1 + 1, 'the whole, two halves a level, and the dead letter');
  });

  it('keep the store’s reason, on one line and bounded', async () => {
    const store = new FakeStore();
    const id = 'x'.repeat(10_000);
    store.unstorable.add(id);
    await apply({ store }, ['a', id]);
    const [detail = ''] = store.details;
    assert.match(detail, /^cannot store\\u000axxx/);
    assert.ok(detail.length <= 301);
  });

  it('stop the partition where not even the dead letter can be stored: skipping would lose it', async () => {
    const store = new FakeStore();
    store.failures.push(new SluiceError('invalid-data', 'row'), new SluiceError('invalid-data', 'dead letter'));
    await assert.rejects(apply({ store }, ['a']), { code: 'invalid-data', message: 'dead letter' });
    store.failures.push(new SluiceError('invalid-data', 'dead letter'));
    await assert.rejects(apply({ store }, ['!a']), { code: 'invalid-data' });
    assert.deepEqual(store.kept, []);
  });

  it('leave the count and the position of what is done when the signal aborts on the way', async () => {
    const stops = fc.record({
      count: fc.integer({ min: 2, max: 20 }),
      bad: fc.nat(19),
      stopAt: fc.integer({ min: 1, max: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(stops, async ({ count, bad, stopAt }) => {
        const controller = new AbortController();
        const store = new FakeStore();
        const observer = new FakeObserver();
        store.unstorable.add(`c${bad % count}`);
        const writer = {
          apply: async (batch: Parameters<FakeStore['apply']>[0]) => {
            if (store.batches.length >= stopAt) throw down();
            return await store.apply(batch);
          },
          positions: (group: string) => store.positions(group),
          furthestPositions: () => store.furthestPositions(),
        };
        observer.onWaiting = () => controller.abort();
        const context = { ...contextOf({ store, observer, signal: controller.signal }), writer };
        const records = recordsFrom(0, count);
        const applied = await applyRecords(context, records, null);
        assert.equal(applied.count, store.kept.length);
        assert.deepEqual(applied.position, store.positionOf() ?? null);
        assert.deepEqual(
          store.kept.map(({ id }) => id),
          records.slice(0, applied.count).map((_, index) => `c${index}`),
        );
      }),
    );
  });
});
