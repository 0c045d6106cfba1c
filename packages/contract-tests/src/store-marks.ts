import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { type DeadLetterItem, placeText, type StoreItem } from '@sluice/core';
import {
  advance,
  asMessage,
  deadLetterItem,
  inPartition,
  markItem,
  markOf,
  recordAt,
  rowItem,
  TOPIC,
} from './store-items.ts';
import type { StoreContractOptions, StoreUnderTest } from './store-under-test.ts';

const DETAIL = 'the value must be JSON, got "x"';

const placeOf = ({ deadLetter }: DeadLetterItem): string =>
  placeText(deadLetter.record.topic, deadLetter.record.position);

const again = (at: Parameters<typeof rowItem>[0], dead: DeadLetterItem) => {
  const item = rowItem(at, { id: dead.deadLetter.commandId });
  return { ...item, identity: { ...item.identity, redriveOf: placeOf(dead) } };
};

const failedAgain = (at: Parameters<typeof deadLetterItem>[0], dead: DeadLetterItem, detail = 'again') =>
  deadLetterItem(at, { commandId: dead.deadLetter.commandId, detail, redriveOf: placeOf(dead) });

async function kindsOf(
  { store }: StoreUnderTest,
  items: readonly StoreItem[],
  group = 'g',
): Promise<readonly string[]> {
  return (await store.writer.apply({ group, items, advance: null })).map(({ kind }) => kind);
}

async function outcomeOf({ store }: StoreUnderTest, { deadLetter }: DeadLetterItem) {
  const [outcome] = await store.reader.outcomes([deadLetter.commandId]);
  if (outcome?.status !== 'dead-lettered') return { status: outcome?.status, position: outcome?.position };
  const { status, state, reason, detail, position } = outcome;
  return { status, state, reason, detail, position };
}

export function testMarks(open: StoreContractOptions['open']): void {
  describe('marks of dead letters', () => {
    for (const [broker, at, elsewhere] of [
      ['with offsets', inPartition(0, 0), inPartition(0, 1)],
      ['without offsets', asMessage('m/1'), asMessage('m2')],
    ] as const) {
      test(`what comes in the stead of a re-driven one is projected, and the dead letter is gone (${broker})`, async () => {
        await using tested = await open();
        const dead = deadLetterItem(at);
        await kindsOf(tested, [dead]);
        assert.deepEqual(await kindsOf(tested, [markItem(0, 'redrive', [dead])]), ['projected']);
        const { reason, detail } = dead.deadLetter;
        const redriven = { status: 'dead-lettered', state: 'redriven', reason, detail, position: at };
        assert.deepEqual(await outcomeOf(tested, dead), redriven);
        const { commandId } = dead.deadLetter;
        assert.equal((await tested.store.reader.deadLetterById(commandId))?.state, 'redriven');
        assert.deepEqual(await kindsOf(tested, [rowItem(5), again(elsewhere, dead)]), ['projected', 'projected']);
        assert.deepEqual(await outcomeOf(tested, dead), { status: 'projected', position: elsewhere });
        assert.deepEqual(await tested.deadLetters(), []);
        assert.equal(await tested.store.reader.deadLetterById(commandId), undefined);
        assert.equal((await tested.rows()).length, 2);
        assert.deepEqual(await kindsOf(tested, [again(elsewhere, dead)], 'h'), ['known']);
      });

      test(`the record at a re-driven place is never a row, whatever it is read as, until its successor comes (${broker})`, async () => {
        await using tested = await open();
        const dead = deadLetterItem(at, { reason: 'schema-violation', detail: DETAIL });
        const { commandId } = dead.deadLetter;
        // As in a rebuild: the control stream comes first.
        await kindsOf(tested, [markItem(0, 'redrive', [dead])]);
        assert.equal(await tested.store.reader.deadLetterById(commandId), undefined);
        const mended = rowItem(at, { id: commandId });
        assert.deepEqual(await kindsOf(tested, [rowItem(8), mended, rowItem(9)]), [
          'projected',
          'dead-lettered',
          'projected',
        ]);
        const expected = {
          status: 'dead-lettered',
          state: 'redriven',
          reason: 'schema-violation',
          detail: DETAIL,
          position: at,
        };
        assert.deepEqual(await outcomeOf(tested, dead), expected);
        assert.deepEqual((await tested.deadLetters())[0]?.record, mended.record);
        assert.deepEqual(await kindsOf(tested, [mended], 'h'), ['known'], 'nor for another group');
        // A batch of a replay often holds both.
        assert.deepEqual(await kindsOf(tested, [mended, again(elsewhere, dead)], 'i'), ['known', 'projected']);
        assert.deepEqual(await kindsOf(tested, [again(elsewhere, dead), mended], 'i'), ['known', 'known']);
        assert.deepEqual(await outcomeOf(tested, dead), { status: 'projected', position: elsewhere });
        await tested.removeRows();
        for (const [items, kinds] of [
          [[mended], ['dead-lettered']],
          [[again(elsewhere, dead)], ['projected']],
        ] as const) {
          assert.deepEqual(await kindsOf(tested, items, 'j'), kinds, 'a new group restores the same');
        }
      });

      test(`a discarded one is a tombstone without bytes, and the same in a rebuild (${broker})`, async () => {
        await using tested = await open();
        const record = recordAt(at, { headers: [{ name: 'a', value: Buffer.from('secret') }] });
        const [live, rebuilt] = [
          deadLetterItem(at, { record }),
          deadLetterItem(elsewhere, { record: { ...record, position: elsewhere } }),
        ];
        await kindsOf(tested, [live]);
        await kindsOf(tested, [markItem(0, 'discard', [live, rebuilt])]);
        await kindsOf(tested, [rowItem(elsewhere, { id: rebuilt.deadLetter.commandId })]);
        const { reader } = tested.store;
        for (const one of [live, rebuilt]) {
          const { position } = one.deadLetter.record;
          const { reason, detail, commandId } = one.deadLetter;
          assert.deepEqual(await outcomeOf(tested, one), {
            status: 'dead-lettered',
            state: 'discarded',
            reason,
            detail,
            position,
          });
          const stored = await reader.deadLetterById(commandId);
          const emptied = {
            topic: TOPIC,
            position,
            timestampMs: record.timestampMs,
            key: null,
            value: null,
            headers: [],
          };
          assert.deepEqual(stored, { ...one.deadLetter, record: emptied, state: 'discarded', isCut: false });
        }
        assert.deepEqual(await reader.deadLetters({}, { after: null, limit: 10 }), []);
        assert.deepEqual(
          await kindsOf(tested, [live, again(7, live), rowItem(at, { id: live.deadLetter.commandId })], 'h'),
          ['known', 'known', 'known'],
        );
        assert.deepEqual(await kindsOf(tested, [again(7, live)], 'i'), ['known'], 'nothing takes its stead');
        const unread = deadLetterItem(inPartition(4, 0));
        await kindsOf(tested, [markItem(1, 'discard', [unread])]);
        assert.deepEqual(
          await kindsOf(tested, [unread, again(8, unread)]),
          ['dead-lettered', 'known'],
          'nor in one batch',
        );
        assert.deepEqual(await tested.rows(), []);
      });
    }

    test('one that fails again is a dead letter at its new place, kept, and can be re-driven again', async () => {
      await using tested = await open();
      const first = deadLetterItem(0);
      const second = failedAgain(1, first);
      await kindsOf(tested, [first]);
      await kindsOf(tested, [markItem(0, 'redrive', [first])]);
      assert.deepEqual(await kindsOf(tested, [second]), ['dead-lettered']);
      const { reason } = second.deadLetter;
      const kept = { status: 'dead-lettered', state: 'kept', reason, detail: 'again', position: inPartition(0, 1) };
      assert.deepEqual(await outcomeOf(tested, second), kept);
      assert.equal((await tested.deadLetters()).length, 1);
      assert.deepEqual(
        await kindsOf(tested, [first, again(2, first)], 'h'),
        ['known', 'known'],
        'what replaced it stands',
      );
      await kindsOf(tested, [markItem(1, 'redrive', [second])]);
      assert.deepEqual(await kindsOf(tested, [again(3, second)]), ['projected']);
      assert.deepEqual(await outcomeOf(tested, second), { status: 'projected', position: inPartition(0, 3) });
      assert.deepEqual(await tested.deadLetters(), []);
    });

    test('a successor that is read before the mark takes its stead all the same', async () => {
      await using tested = await open();
      const [one, two] = [deadLetterItem(0), deadLetterItem(1)];
      await kindsOf(tested, [one, two]);
      assert.deepEqual(await kindsOf(tested, [again(2, one), failedAgain(3, two)]), ['projected', 'dead-lettered']);
      await kindsOf(tested, [markItem(0, 'redrive', [one, two])]);
      assert.deepEqual(await outcomeOf(tested, one), { status: 'projected', position: inPartition(0, 2) });
      assert.equal((await tested.store.reader.deadLetterById(two.deadLetter.commandId))?.state, 'kept');
    });

    test('one that names another place than its dead letter’s is known', async () => {
      await using tested = await open();
      const [dead, other] = [deadLetterItem(0), deadLetterItem(1)];
      await kindsOf(tested, [dead, other]);
      await kindsOf(tested, [markItem(0, 'redrive', [dead])]);
      const wrong = { ...again(2, dead), identity: { ...again(2, dead).identity, redriveOf: placeOf(other) } };
      assert.deepEqual(await kindsOf(tested, [wrong, rowItem(3, { id: other.deadLetter.commandId })]), [
        'known',
        'known',
      ]);
      assert.deepEqual(await kindsOf(tested, [rowItem(4, { id: dead.deadLetter.commandId })]), ['known']);
      assert.equal((await tested.deadLetters()).length, 2);
    });

    for (const [first, second] of [
      ['redrive', 'discard'],
      ['discard', 'redrive'],
    ] as const) {
      for (const order of ['after', 'before']) {
        test(`the first mark of a place stands: ${second} after ${first} changes nothing (the record comes ${order} them)`, async () => {
          await using tested = await open();
          const dead = deadLetterItem(0, { detail: 'as it was' });
          const mark = { ...markOf(dead), detail: 'as the first mark says', reason: 'unknown-schema' as const };
          const marks = [
            markItem(0, first, [mark, { ...mark, detail: 'twice in one command' }]),
            markItem(1, second, [{ ...mark, detail: 'later' }]),
            markItem(2, first, [{ ...mark, detail: 'later still' }]),
          ];
          if (order === 'before') await kindsOf(tested, [dead]);
          for (const one of marks) assert.deepEqual(await kindsOf(tested, [one]), ['projected']);
          if (order === 'after') await kindsOf(tested, [dead]);
          const { reason, detail } = mark;
          const state = first === 'redrive' ? 'redriven' : 'discarded';
          const position = inPartition(0, 0);
          assert.deepEqual(await outcomeOf(tested, dead), { status: 'dead-lettered', state, reason, detail, position });
          const stored = await tested.store.reader.deadLetterById(dead.deadLetter.commandId);
          assert.equal(stored?.record.value === null, first === 'discard');
          assert.deepEqual(await kindsOf(tested, [again(1, dead)]), [first === 'redrive' ? 'projected' : 'known']);
        });
      }
    }

    test('the dead letter at a marked place has the mark’s command id, whatever its record is read as later', async () => {
      await using tested = await open();
      const dead = deadLetterItem(0);
      const other = rowItem(0, { id: randomUUID() });
      await kindsOf(tested, [markItem(0, 'redrive', [dead])]);
      assert.deepEqual(await kindsOf(tested, [other, rowItem(1)]), ['dead-lettered', 'projected']);
      assert.deepEqual(
        (await tested.deadLetters()).map(({ commandId }) => commandId),
        [dead.deadLetter.commandId],
      );
      assert.deepEqual(await tested.store.reader.outcomes([other.commandId]), []);
    });

    test('marks of one place do not touch others, nor batches without it', async () => {
      await using tested = await open();
      const { writer } = tested.store;
      const at = [inPartition(0, 5), asMessage('m')];
      const marked = at.map((place) => deadLetterItem(place));
      await kindsOf(tested, [markItem(0, 'redrive', marked)]);
      const free = [inPartition(0, 4), inPartition(0, 6), inPartition(1, 5), asMessage('m2'), asMessage('5')];
      for (const place of free)
        assert.deepEqual(await kindsOf(tested, [rowItem(place)]), ['projected'], JSON.stringify(place));
      const elsewhere = rowItem(0);
      const record = recordAt(inPartition(0, 5), { topic: 'other.topic' });
      assert.deepEqual(await kindsOf(tested, [{ ...elsewhere, record }]), ['projected']);
      const across = [3, 4, 5, 6].map((offset) => rowItem(offset));
      const outcomes = await writer.apply({ group: 'h', items: across, advance: advance(null, 7) });
      assert.deepEqual(
        outcomes.map(({ kind }) => kind),
        ['projected', 'projected', 'dead-lettered', 'projected'],
      );
      assert.deepEqual(await kindsOf(tested, [rowItem(asMessage('m'))]), ['dead-lettered']);
      assert.deepEqual(await kindsOf(tested, [rowItem(5), rowItem(asMessage('n'))]), ['known', 'projected']);
    });

    test('a marked place is found in a batch of several partitions or topics', async () => {
      await using tested = await open();
      const record = recordAt(inPartition(0, 9), { topic: 'other.topic' });
      const marked = [deadLetterItem(inPartition(1, 7)), deadLetterItem(0, { record })];
      await kindsOf(tested, [markItem(0, 'redrive', marked)]);
      const across = [rowItem(inPartition(0, 6)), rowItem(inPartition(1, 7)), rowItem(inPartition(1, 8))];
      assert.deepEqual(await kindsOf(tested, across), ['projected', 'dead-lettered', 'projected']);
      const topics = [rowItem(inPartition(0, 8)), { ...rowItem(0), record }];
      assert.deepEqual(await kindsOf(tested, topics), ['projected', 'dead-lettered']);
    });

    test('a command that marks is decided once, like every other', async () => {
      await using tested = await open();
      const dead = deadLetterItem(0);
      const id = randomUUID();
      assert.deepEqual(await kindsOf(tested, [markItem(0, 'redrive', [dead], id)]), ['projected']);
      const other = deadLetterItem(1);
      assert.deepEqual(await kindsOf(tested, [markItem(0, 'discard', [other], id)], 'h'), ['known']);
      await kindsOf(tested, [other]);
      assert.equal((await tested.store.reader.deadLetterById(other.deadLetter.commandId))?.state, 'kept');
    });
  });
}
