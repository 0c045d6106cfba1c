import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import type { CommandOutcome, DeadLetterReason, PageRequest, StoreItem } from '@sluice/core';
import {
  activityEventItem,
  asMessage,
  clientEventItem,
  deadLetterItem,
  inPartition,
  instantOf,
  markerItem,
  markItem,
  recordAt,
  registrationItem,
  rowItem,
  TOPIC,
  transactionItem,
} from './store-items.ts';
import type { StoreContractOptions } from './store-under-test.ts';

const ALL: PageRequest = { after: null, limit: 1_000 };

/** Pages from the first to the last, each after the end of the one before. */
async function paged<Row>(
  ask: (page: PageRequest) => Promise<readonly Row[]>,
  endOf: (row: Row) => NonNullable<PageRequest['after']>,
  limit: number,
): Promise<readonly Row[]> {
  const all: Row[] = [];
  for (let after: PageRequest['after'] = null; ; ) {
    const rows = await ask({ after, limit });
    assert.ok(rows.length <= limit);
    all.push(...rows);
    const last = rows.at(-1);
    if (!last) return all;
    after = endOf(last);
  }
}

/** Times of which many are equal, to the microsecond. */
const timeOf = (n: number) => instantOf(`2024-03-01T00:00:00.00000${n % 4}Z`);

const newestFirst =
  <Row extends { readonly createdAt: string }>(idOf: (row: Row) => string) =>
  (a: Row, b: Row) =>
    `${a.createdAt} ${idOf(a)}` < `${b.createdAt} ${idOf(b)}` ? 1 : -1;

export function testOutcomes(open: StoreContractOptions['open']): void {
  describe('outcomes', () => {
    test('say of every kind of command what became of it, and where it lies', async () => {
      await using tested = await open();
      const { writer, reader } = tested.store;
      const createdAt = instantOf('2024-03-01T00:00:00.000001Z');
      const [kept, redriven, discarded] = [
        deadLetterItem(10),
        deadLetterItem(11, { reason: 'unstorable' }),
        deadLetterItem(asMessage('m')),
      ];
      const refused = transactionItem(8, 'Bob', [
        { kind: 'delete', table: 't', predicates: [{ name: 'a', type: { kind: 'text' }, value: 'x' }] },
      ]);
      const items = {
        timestamp: rowItem(0),
        activity: activityEventItem(1, { client: 'Patrick' }),
        event: clientEventItem(2),
        message: rowItem(asMessage('m-1')),
        nothing: transactionItem(7, 'Bob', []),
        refused,
        registration: registrationItem(9),
        marker: markerItem(asMessage('m-2')),
      };
      await writer.apply({ group: 'g', items: [...Object.values(items), kept, redriven, discarded], advance: null });
      const marks = [markItem(20, 'redrive', [redriven]), markItem(21, 'discard', [discarded])];
      await writer.apply({ group: 'g', items: marks, advance: null });

      const dead = ({ deadLetter }: typeof kept, state: string) => ({
        id: deadLetter.commandId,
        stream: 'timestamp.command.v1',
        client: 'default',
        createdAt,
        topic: TOPIC,
        position: deadLetter.record.position,
        status: 'dead-lettered',
        reason: deadLetter.reason,
        detail: deadLetter.detail,
        state,
      });
      const told = (item: (typeof items)['timestamp'], client: string, status: object = { status: 'projected' }) => {
        const { topic, position } = item.record;
        return { id: item.commandId, stream: item.stream, client, createdAt, topic, position, ...status };
      };
      const expected = [
        told(items.timestamp, 'default'),
        told(items.activity, 'Patrick'),
        told(items.event, 'SpongeBob'),
        told(items.message, 'default'),
        told(items.nothing, 'Bob'),
        told(items.refused, 'Bob', { status: 'rejected', detail: 'Table "t" does not exist' }),
        told(items.registration, 'default'),
        told(items.marker, 'default'),
        dead(kept, 'kept'),
        dead(redriven, 'redriven'),
        dead(discarded, 'discarded'),
        ...marks.map((mark) => told(mark, 'default')),
      ];
      const asked = [...expected.map(({ id }) => id), randomUUID(), randomUUID()];
      const seen = new Map((await reader.outcomes(asked)).map((outcome) => [outcome.id, outcome]));
      for (const one of expected) assert.deepEqual(seen.get(one.id), one);
      assert.equal(seen.size, expected.length, 'those without an outcome are left out');
      assert.deepEqual(await reader.outcomes([]), []);
    });

    test('of markers are told, alone and beside others, and forgotten a day after them by their own time', async () => {
      await using tested = await open();
      const { writer, reader } = tested.store;
      const at = (time: string) => markerItem(asMessage(randomUUID()), { createdAt: instantOf(time) });
      const old = at('2024-03-01T00:00:00Z');
      const newer = at('2024-03-01T23:00:00Z');
      const newest = at('2024-03-02T22:59:59Z');
      const row = rowItem(0);
      const remaining = async () =>
        new Set(
          (await reader.outcomes([old, newer, newest, row].map(({ commandId }) => commandId))).map(({ id }) => id),
        );
      const apply = async (...items: readonly StoreItem[]) =>
        (await writer.apply({ group: 'g', items, advance: null })).map(({ kind }) => kind);
      assert.deepEqual(await apply(old), ['projected']);
      assert.deepEqual(await apply(old), ['known'], 'delivered twice, it is one');
      assert.deepEqual(await apply(newer, row), ['projected', 'projected']);
      assert.deepEqual(await remaining(), new Set([old, newer, row].map(({ commandId }) => commandId)));
      assert.deepEqual(await apply(newest), ['projected']);
      assert.deepEqual(await remaining(), new Set([newer, newest, row].map(({ commandId }) => commandId)));
    });

    test('thousands are told at once, each once', async () => {
      await using tested = await open();
      const { writer, reader } = tested.store;
      const items = Array.from({ length: 3_000 }, (_, n) => rowItem(n));
      await writer.apply({ group: 'g', items, advance: null });
      const ids = items.map(({ commandId }) => commandId);
      const told = (await reader.outcomes([...ids, ...ids])).map(({ id }: CommandOutcome) => id);
      assert.equal(told.length, ids.length);
      assert.deepEqual(new Set(told), new Set(ids));
    });
  });

  describe('the list of dead letters', () => {
    test('tells all but the bytes, newest first, page by page, also where times are equal', async () => {
      await using tested = await open();
      const { writer, reader } = tested.store;
      const items = Array.from({ length: 23 }, (_, n) => {
        const value = n % 5 === 0 ? null : Buffer.alloc(n);
        const place = n % 3 === 0 ? asMessage(`m${n}`) : inPartition(n % 2, n);
        return deadLetterItem(n, { createdAt: timeOf(n), client: `c${n}`, record: recordAt(place, { value }) });
      });
      await writer.apply({ group: 'g', items, advance: null });
      await writer.apply({ group: 'g', items: [markItem(0, 'redrive', items.slice(0, 3))], advance: null });
      const expected = items
        .map(({ deadLetter }, n) => {
          const { record, ...about } = deadLetter;
          const { topic, position, value } = record;
          return {
            ...about,
            topic,
            position,
            state: n < 3 ? ('redriven' as const) : ('kept' as const),
            valueBytes: value?.length ?? 0,
          };
        })
        .sort(newestFirst(({ commandId }) => commandId));
      for (const limit of [1, 2, 5, 23, 100]) {
        const pages = await paged(
          (page) => reader.deadLetters({}, page),
          ({ createdAt, commandId }) => ({ createdAt, id: commandId }),
          limit,
        );
        assert.deepEqual(pages, expected, `pages of ${limit}`);
      }
    });

    test('is filtered by stream and reason, and leaves out what was discarded', async () => {
      await using tested = await open();
      const { writer, reader } = tested.store;
      const make = (at: number, stream: string, reason: DeadLetterReason) => deadLetterItem(at, { stream, reason });
      const items = [
        make(0, 'a', 'malformed-json'),
        make(1, 'a', 'unstorable'),
        make(2, 'b', 'unstorable'),
        make(3, 'a', 'unstorable'),
        make(4, 'b', 'malformed-json'),
      ];
      await writer.apply({ group: 'g', items, advance: null });
      await writer.apply({ group: 'g', items: [markItem(0, 'discard', items.slice(3, 4))], advance: null });
      const listed = async (filter: Parameters<typeof reader.deadLetters>[0]): Promise<readonly unknown[]> => {
        const found = await reader.deadLetters(filter, ALL);
        return found.map(({ position }) => (position.kind === 'offset' ? position.offset : -1)).sort();
      };
      assert.deepEqual(await listed({}), [0, 1, 2, 4]);
      assert.deepEqual(await listed({ stream: 'a' }), [0, 1]);
      assert.deepEqual(await listed({ reason: 'unstorable' }), [1, 2]);
      assert.deepEqual(await listed({ stream: 'b', reason: 'unstorable' }), [2]);
      assert.deepEqual(await listed({ stream: 'c' }), []);
    });

    test('one is shown with its bytes; an unknown one is undefined', async () => {
      await using tested = await open();
      const { writer, reader } = tested.store;
      const headers = [
        { name: 'a', value: Buffer.from([0, 255]) },
        { name: 'a', value: null },
      ];
      const record = recordAt(inPartition(1, 7), { key: null, value: Buffer.from([0, 1, 254]), headers });
      const item = deadLetterItem(0, { record });
      await writer.apply({ group: 'g', items: [item], advance: null });
      const stored = await reader.deadLetterById(item.deadLetter.commandId);
      assert.deepEqual(stored, { ...item.deadLetter, state: 'kept', isCut: false });
      assert.equal(await reader.deadLetterById(randomUUID()), undefined);
    });
  });

  describe('events of a client’s stream', () => {
    test('come newest first, page by page, within a range, and no other stream’s', async () => {
      await using tested = await open();
      const { writer, reader } = tested.store;
      const items = Array.from({ length: 30 }, (_, n) =>
        clientEventItem(n, { createdAt: timeOf(n), data: `{"n":${n}}` }),
      );
      const others: StoreItem[] = [
        clientEventItem(90, { event: 'fruits' }),
        clientEventItem(91, { client: 'spongeBob' }),
        clientEventItem(92, { event: 'Colors' }),
      ];
      await writer.apply({ group: 'g', items: [...items, ...others], advance: null });
      const stream = { client: 'SpongeBob', event: 'Fruits' };
      const sorted = items
        .flatMap(({ effects: [effect] }) => (effect?.kind === 'row' ? [effect.row] : []))
        .sort(newestFirst(({ id }) => id))
        .map(({ id }) => id);
      const byId = new Map(items.map((item, n) => [item.commandId, timeOf(n)]));
      for (const limit of [1, 7, 30]) {
        const pages = await paged(
          (page) => reader.clientEvents(stream, page),
          ({ createdAt, id }) => ({ createdAt, id }),
          limit,
        );
        assert.deepEqual(
          pages.map(({ id }) => id),
          sorted,
        );
      }
      for (const [from, before] of [
        [1, 3],
        [0, 1],
        [2, undefined],
        [undefined, 2],
        [3, 3],
      ] as const) {
        const range = {
          ...(from !== undefined && { from: timeOf(from) }),
          ...(before !== undefined && { before: timeOf(before) }),
        };
        const found = await reader.clientEvents({ ...stream, ...range }, ALL);
        const within = sorted.filter((id) => {
          const at = byId.get(id) ?? '';
          return (from === undefined || at >= timeOf(from)) && (before === undefined || at < timeOf(before));
        });
        assert.deepEqual(
          found.map(({ id }) => id),
          within,
          JSON.stringify(range),
        );
      }
      assert.deepEqual(await reader.clientEvents({ client: 'SpongeBob', event: 'Nothing' }, ALL), []);
    });
  });
}
