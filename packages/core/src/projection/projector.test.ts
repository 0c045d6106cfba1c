import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { recordDigest } from '../digest.ts';
import { SluiceError } from '../errors.ts';
import type { StoredPosition } from '../position.ts';
import type { BrokerRecord } from '../record.ts';
import { Projector, type ProjectorOptions } from './projector.ts';
import {
  batchOf,
  down,
  echoStream,
  FAST,
  FakeAdmin,
  FakeObserver,
  FakeStore,
  GROUP,
  PLACE,
  recordAt,
  recordsFrom,
  TOPIC,
} from './test-doubles.ts';

const NEVER = new AbortController().signal;
const after = (offset: number, record: BrokerRecord = recordAt(offset)): StoredPosition => ({
  ...PLACE,
  nextOffset: offset + 1,
  lastOffset: offset,
  lastDigest: recordDigest(record),
});

/** A projector of a log that holds `recordAt(start…end-1)`. */
function setUp(log: { start?: number; end: number }, store = new FakeStore(), options: Partial<ProjectorOptions> = {}) {
  const admin = new FakeAdmin(log.end);
  admin.startOffset = log.start ?? 0;
  const observer = new FakeObserver();
  const projector = new Projector({
    group: GROUP,
    streams: [echoStream],
    writer: store,
    admin,
    observer,
    signal: NEVER,
    backoff: FAST,
    ...options,
  });
  const assign = async (): Promise<number | undefined> => (await projector.assigned([admin.found()]))[0]?.offset;
  const handle = (first: number, count: number, signal = NEVER) =>
    projector.handle(batchOf(recordsFrom(first, count), admin.endOffset), signal);
  const keptIds = (): string[] => store.kept.map(({ id }) => id);
  return { projector, admin, observer, store, assign, handle, keptIds };
}

const ids = (first: number, count: number): string[] => recordsFrom(first, count).map(({ value }) => String(value));

describe('Projector: a group without a position', () => {
  it('projects the log from its beginning', async () => {
    const { assign, handle, store, observer, keptIds } = setUp({ start: 2, end: 7 });
    assert.equal(await assign(), 2);
    assert.deepEqual(await handle(2, 3), { count: 3 });
    assert.deepEqual(await handle(5, 2), { count: 2 });
    assert.deepEqual(keptIds(), ids(2, 5));
    assert.deepEqual(store.positionOf(), after(6));
    const seen = observer.progress.map(({ nextOffset, endOffset }) => [nextOffset, endOffset]);
    assert.deepEqual(seen, [
      [2, 7],
      [5, 7],
      [7, 7],
    ]);
  });

  it('looks at the furthest group’s record first, then goes back to the beginning', async () => {
    const store = new FakeStore([{ ...after(8), group: 'old' }]);
    const { assign, handle, keptIds } = setUp({ end: 10 }, store);
    assert.equal(await assign(), 8);
    assert.deepEqual(await handle(8, 2), { count: 0, resumeAt: 0 });
    assert.deepEqual(keptIds(), []);
    assert.deepEqual(await handle(0, 10), { count: 10 });
    assert.deepEqual(keptIds(), ids(0, 10));
  });

  it('goes on at once where the record to look at is the log’s first', async () => {
    const { assign, handle, keptIds } = setUp({ end: 2 }, new FakeStore([{ ...after(0), group: 'old' }]));
    assert.equal(await assign(), 0);
    assert.deepEqual(await handle(0, 2), { count: 2 });
    assert.deepEqual(keptIds(), ids(0, 2));
  });

  it('projects nothing before that record was seen, whatever comes first', async () => {
    const { assign, handle, keptIds } = setUp({ end: 10 }, new FakeStore([{ ...after(8), group: 'old' }]));
    await assign();
    assert.deepEqual(await handle(4, 3), { count: 3 });
    assert.deepEqual(keptIds(), []);
    assert.deepEqual(await handle(7, 3), { count: 0, resumeAt: 0 });
  });

  it('refuses another log than the one that the furthest group projected', async () => {
    const other = new FakeStore([{ ...after(8, recordAt(8, 'other')), group: 'old' }]);
    const { assign, handle, keptIds } = setUp({ end: 10 }, other);
    await assign();
    await assert.rejects(handle(8, 2), { code: 'log-mismatch' });
    assert.deepEqual(keptIds(), []);
  });
});

describe('Projector: a group with a position', () => {
  it('reads its last record again, verifies it and goes on behind it', async () => {
    const { assign, handle, keptIds } = setUp({ end: 10 }, new FakeStore([after(4)]));
    assert.equal(await assign(), 4);
    assert.deepEqual(await handle(4, 3), { count: 3 });
    assert.deepEqual(await handle(7, 3), { count: 3 });
    assert.deepEqual(keptIds(), ids(5, 5));
  });

  it('refuses where another record lies there, and projects nothing', async () => {
    const { assign, handle, store, keptIds } = setUp({ end: 10 }, new FakeStore([after(4, recordAt(4, 'other'))]));
    await assign();
    await assert.rejects(handle(4, 3), { code: 'log-mismatch' });
    assert.deepEqual(keptIds(), []);
    assert.equal(store.positionOf()?.nextOffset, 5);
  });

  it('refuses where that record is missing from a log that still holds that offset', async () => {
    const { assign, handle } = setUp({ start: 0, end: 10 }, new FakeStore([after(4)]));
    await assign();
    await assert.rejects(handle(6, 3), { code: 'log-mismatch', message: /is not there: the next one is at 6/ });
  });

  it('refuses a log that ends below its position, by the ends as they are now', async () => {
    const { assign } = setUp({ end: 3 }, new FakeStore([after(4)]));
    await assert.rejects(assign(), { code: 'log-mismatch', message: /ends at offset 3/ });
  });

  it('does not take a log for another that grew, and was projected, after its ends were looked up', async () => {
    for (const group of [GROUP, 'a group that runs beside this one']) {
      const { projector, admin, keptIds } = setUp({ end: 10 }, new FakeStore([{ ...after(9), group }]));
      const stale = { ...admin.found(), endOffset: 8 };
      assert.deepEqual(await projector.assigned([stale]), [{ ...PLACE, offset: 9 }]);
      assert.equal(admin.asked, 1);
      assert.deepEqual(keptIds(), []);
    }
  });

  it('does not ask for the ends again where there is nothing to doubt', async () => {
    const { assign, handle, admin } = setUp({ end: 10 }, new FakeStore([after(4)]));
    await assign();
    await handle(4, 6);
    assert.equal(admin.asked, 0);
  });
});

describe('Projector: repeated and missing records', () => {
  it('skips what was projected before, and counts it as dealt with', async () => {
    const { assign, handle, keptIds } = setUp({ end: 10 });
    await assign();
    await handle(0, 6);
    assert.deepEqual(await handle(0, 6), { count: 6 });
    assert.deepEqual(await handle(3, 5), { count: 5 });
    assert.deepEqual(keptIds(), ids(0, 8));
  });

  it('refuses a repeated delivery in which the last projected record is another', async () => {
    const { assign, handle, projector, keptIds } = setUp({ end: 10 });
    await assign();
    await handle(0, 6);
    const remade = batchOf([recordAt(4), recordAt(5, 'other'), recordAt(6)], 10);
    await assert.rejects(projector.handle(remade, NEVER), { code: 'log-mismatch' });
    assert.deepEqual(keptIds(), ids(0, 6));
  });

  it('refuses as soon as the log ends below the position', async () => {
    const { assign, handle, admin, keptIds } = setUp({ end: 10 });
    await assign();
    await handle(0, 6);
    admin.endOffset = 3;
    await assert.rejects(handle(0, 3), { code: 'log-mismatch', message: /ends at offset 3/ });
    assert.deepEqual(keptIds(), ids(0, 6));
  });

  it('believes the log’s end of now, not the one of a batch that was fetched long ago', async () => {
    const { assign, handle, projector, keptIds } = setUp({ end: 10 });
    await assign();
    await handle(0, 6);
    assert.deepEqual(await projector.handle(batchOf(recordsFrom(0, 2), 2), NEVER), { count: 2 });
    assert.deepEqual(keptIds(), ids(0, 6));
  });

  it('refuses where retention removed records that were not projected', async () => {
    const { assign, handle, admin, keptIds } = setUp({ end: 20 });
    await assign();
    await handle(0, 6);
    admin.startOffset = 9;
    await assert.rejects(handle(9, 3), {
      code: 'log-truncated',
      message: /begins at offset 9, .* only at 6: 3 offsets/,
    });
    assert.deepEqual(keptIds(), ids(0, 6));
  });

  it('refuses that too where they were removed between the assignment and the first batch', async () => {
    const { assign, handle, admin, keptIds } = setUp({ end: 20 }, new FakeStore([after(5)]));
    await assign();
    admin.startOffset = 9;
    await assert.rejects(handle(9, 3), { code: 'log-truncated' });
    assert.deepEqual(keptIds(), []);
  });

  it('goes on unverified where only the projected ones were removed', async () => {
    const { assign, handle, admin, observer, keptIds } = setUp({ end: 20 }, new FakeStore([after(5)]));
    await assign();
    admin.startOffset = 6;
    assert.deepEqual(await handle(6, 3), { count: 3 });
    assert.deepEqual(keptIds(), ids(6, 3));
    assert.deepEqual(observer.unverifiedPositions, [after(5)]);
  });

  it('says on assignment where the record to compare with is gone', async () => {
    const { assign, observer } = setUp({ start: 6, end: 20 }, new FakeStore([after(5)]));
    assert.equal(await assign(), 6);
    assert.deepEqual(observer.unverifiedPositions, [after(5)]);
  });

  it('steps over offsets that hold no record, such as the markers of transactions', async () => {
    const { assign, handle, keptIds } = setUp({ end: 20 });
    await assign();
    await handle(0, 6);
    assert.deepEqual(await handle(8, 2), { count: 2 });
    assert.deepEqual(keptIds(), [...ids(0, 6), ...ids(8, 2)]);
  });
});

describe('Projector: transactions', { timeout: 30_000 }, () => {
  it('hold no more records than they may', async () => {
    const { assign, handle, store, keptIds } = setUp({ end: 10 }, new FakeStore(), { maxTransactionRecords: 4 });
    await assign();
    assert.deepEqual(await handle(0, 10), { count: 10 });
    assert.deepEqual(
      store.batches.map(({ items }) => [...items].length),
      [4, 4, 2],
    );
    assert.deepEqual(keptIds(), ids(0, 10));
  });

  it('end with the one in hand when the partition is taken away or the projection stopped', async () => {
    for (const stopped of ['partition', 'projection']) {
      const [partition, projection] = [new AbortController(), new AbortController()];
      const store = new FakeStore();
      const options = { maxTransactionRecords: 4, signal: projection.signal };
      const { assign, projector, observer, keptIds } = setUp({ end: 10 }, store, options);
      await assign();
      observer.applied = () => (stopped === 'partition' ? partition : projection).abort();
      const handled = await projector.handle(batchOf(recordsFrom(0, 10), 10), partition.signal);
      assert.deepEqual(handled, { count: 4 });
      assert.deepEqual(keptIds(), ids(0, 4));
      assert.deepEqual(store.positionOf(), after(3));
    }
  });

  it('are not waited for in a store that is down once either signal aborts', async () => {
    for (const stopped of ['partition', 'projection']) {
      const [partition, projection] = [new AbortController(), new AbortController()];
      const { assign, projector, observer, store } = setUp({ end: 10 }, new FakeStore(), {
        signal: projection.signal,
        backoff: { baseMs: 10_000, maxMs: 10_000 },
      });
      await assign();
      store.failures.push(down());
      observer.onWaiting = () => (stopped === 'partition' ? partition : projection).abort();
      assert.deepEqual(await projector.handle(batchOf(recordsFrom(0, 10), 10), partition.signal), { count: 0 });
    }
  });

  it('of another writer are met as a conflict, and a fresh look at the store mends it', async () => {
    const { assign, handle, store, keptIds } = setUp({ end: 10 });
    await assign();
    store.put(GROUP, after(5));
    await assert.rejects(handle(0, 4), { code: 'position-conflict' });
    assert.equal(await assign(), 5);
    assert.deepEqual(await handle(5, 5), { count: 5 });
    assert.deepEqual(keptIds(), ids(6, 4));
  });
});

describe('Projector: what it stands between', { timeout: 30_000 }, () => {
  it('waits for a store and a broker that are down when a partition is assigned', async () => {
    const store = new FakeStore([after(9)]);
    const { projector, admin, observer } = setUp({ end: 10 }, store);
    store.positionFailures.push(down(), down());
    admin.failures.push(down());
    const offsets = await projector.assigned([{ ...admin.found(), endOffset: 8 }]);
    assert.deepEqual(offsets, [{ ...PLACE, offset: 9 }]);
    assert.deepEqual(
      observer.waits.map(({ attempt }) => attempt),
      [0, 1, 0],
    );
  });

  it('passes on what no waiting mends', async () => {
    const store = new FakeStore();
    store.positionFailures.push(new SluiceError('unauthorized', 'no'));
    await assert.rejects(setUp({ end: 10 }, store).assign(), { code: 'unauthorized' });
  });

  it('stops waiting on assignment when it is stopped', async () => {
    const controller = new AbortController();
    const store = new FakeStore();
    const backoff = { baseMs: 10_000, maxMs: 10_000 };
    const { assign, observer } = setUp({ end: 10 }, store, { signal: controller.signal, backoff });
    store.positionFailures.push(down());
    observer.onWaiting = () => controller.abort();
    await assert.rejects(assign(), { code: 'unavailable' });
  });

  it('dead-letters poison with its identity, between its neighbours', async () => {
    const { assign, projector, store, observer } = setUp({ end: 3 });
    await assign();
    await projector.handle(batchOf([recordAt(0), recordAt(1, '!bad'), recordAt(2)], 3), NEVER);
    assert.deepEqual(
      store.kept.map(({ id, as }) => `${id} ${as}`),
      ['c0 row', '!bad malformed-json', 'c2 row'],
    );
    assert.deepEqual(observer.deadLetters, [
      {
        commandId: '!bad',
        stream: 'echo.v1',
        client: 'default',
        reason: 'malformed-json',
        detail: 'value must not begin with !',
        createdAt: '1970-01-01T00:00:01.001000Z',
        record: recordAt(1, '!bad'),
      },
    ]);
  });

  it('dead-letters what is no record with its bytes, without asking the stream, between its neighbours', async () => {
    const { assign, projector, store, observer } = setUp({ end: 3 });
    await assign();
    const faulty = { ...recordAt(1), fault: 'says 5 records,\nbut has 1' };
    await projector.handle(batchOf([recordAt(0), faulty, recordAt(2)], 3), NEVER);
    assert.deepEqual(
      store.kept.map(({ as }) => as),
      ['row', 'malformed-record', 'row'],
    );
    assert.equal(store.positionOf()?.nextOffset, 3);
    const [deadLetter] = observer.deadLetters;
    assert.deepEqual([deadLetter?.detail, deadLetter?.record], ['says 5 records,\\u000abut has 1', faulty]);
  });

  it('dead-letters a record that its stream fails at, between its neighbours', async () => {
    const failing = {
      ...echoStream,
      read: (record: BrokerRecord) => {
        if (String(record.value) === 'c1') throw new TypeError('cannot read it');
        return echoStream.read(record);
      },
    };
    const { assign, projector, store, observer } = setUp({ end: 3 }, new FakeStore(), { streams: [failing] });
    await assign();
    await projector.handle(batchOf(recordsFrom(0, 3), 3), NEVER);
    assert.deepEqual(
      store.kept.map(({ as }) => as),
      ['row', 'unstorable', 'row'],
    );
    assert.equal(observer.deadLetters[0]?.detail, 'reading the record failed: cannot read it');
  });

  it('applies messages, which have no partition, without a position', async () => {
    const { projector, store, keptIds } = setUp({ end: 0 }, new FakeStore(), { maxTransactionRecords: 2 });
    const records = recordsFrom(0, 3).map((record, index) => ({
      ...record,
      position: { kind: 'message', messageId: `m${index}` } as const,
    }));
    const batch = { topic: TOPIC, partition: null, records, endOffset: null };
    assert.deepEqual(await projector.handle(batch, NEVER), { count: 3 });
    assert.deepEqual(keptIds(), ids(0, 3));
    assert.deepEqual(
      store.batches.map(({ advance }) => advance),
      [null, null],
    );
  });

  it('asks to be assigned before it handles a partition', async () => {
    await assert.rejects(setUp({ end: 3 }).handle(0, 3), { code: 'position-conflict' });
  });

  it('refuses a topic that no stream has', async () => {
    const { projector } = setUp({ end: 3 });
    const batch = { topic: 'unknown', partition: null, records: [recordAt(0)], endOffset: null };
    await assert.rejects(projector.handle(batch, NEVER), { code: 'misconfigured', message: /unknown/ });
  });
});
