import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import type { RecordPosition } from '@sluice/core';
import fc from 'fast-check';
import { advance, asMessage, deadLetterItem, inPartition, recordAt, rowItem } from './store-items.ts';
import type { StoreContractOptions } from './store-under-test.ts';

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
const maybeBytes = fc.option(bytes, { nil: null });
const text = fc.string({ unit: 'binary', maxLength: 20 }).map((value) => value.toWellFormed());

const records = fc
  .record({
    timestampMs: fc.oneof(
      fc.constantFrom(-1, 0, 2 ** 63),
      fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
    ),
    key: maybeBytes,
    value: maybeBytes,
    headers: fc.array(fc.record({ name: text, value: maybeBytes }, { noNullPrototype: true }), { maxLength: 5 }),
  })
  .map((changes) => recordAt(3, changes));

export function testDeadLetters(open: StoreContractOptions['open']): void {
  describe('dead letters', () => {
    test('keep the record whole: its bytes, headers, timestamp and place', async () => {
      await using tested = await open();
      await fc.assert(
        fc.asyncProperty(fc.array(records, { minLength: 1, maxLength: 10 }), async (some) => {
          const items = some.map((record) => deadLetterItem(0, { record }));
          await tested.store.writer.apply({ group: 'g', items, advance: null });
          const kept = new Map((await tested.deadLetters()).map((one) => [one.commandId, one]));
          for (const { deadLetter } of items) assert.deepEqual(kept.get(deadLetter.commandId), deadLetter);
        }),
        { numRuns: 20 },
      );
    });

    test('keep every byte there is, repeated header names in their order, and a message id', async () => {
      await using tested = await open();
      const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      const headers = [
        { name: 'a', value: all },
        { name: 'nul \0 inside', value: null },
        { name: 'a', value: Buffer.alloc(0) },
        { name: '', value: Buffer.from('x') },
      ];
      const record = recordAt(asMessage('m-1'), { key: Buffer.alloc(0), value: all, headers });
      const item = deadLetterItem(0, { record, reason: 'unstorable' });
      await tested.store.writer.apply({ group: 'g', items: [item], advance: null });
      assert.deepEqual(await tested.deadLetters(), [item.deadLetter]);
    });

    test('keep large records, many of them in one batch', async () => {
      await using tested = await open();
      const items = Array.from({ length: 8 }, (_, offset) =>
        deadLetterItem(offset, { record: recordAt(offset, { value: Buffer.alloc(3_000_000, offset) }) }),
      );
      const outcomes = await tested.store.writer.apply({ group: 'g', items, advance: advance(null, 8) });
      assert.ok(outcomes.every(({ kind }) => kind === 'dead-lettered'));
      const kept = new Map((await tested.deadLetters()).map((one) => [one.commandId, one]));
      for (const { deadLetter } of items) {
        assert.ok(kept.get(deadLetter.commandId)?.record.value?.equals(deadLetter.record.value ?? Buffer.alloc(0)));
      }
    });

    test('are stored whatever their texts hold', async () => {
      await using tested = await open();
      const item = deadLetterItem(0, { client: 'a\0b', stream: 'c\ud83e', detail: '\0', reason: 'unstorable' });
      assert.deepEqual(await tested.store.writer.apply({ group: 'g', items: [item], advance: advance(null, 1) }), [
        { kind: 'dead-lettered' },
      ]);
      const [kept] = await tested.deadLetters();
      assert.deepEqual(kept?.record, item.deadLetter.record);
    });

    test('a second one of the same command is known, and the first stays', async () => {
      await using tested = await open();
      const { writer } = tested.store;
      const first = deadLetterItem(0);
      const { commandId } = first.deadLetter;
      await writer.apply({ group: 'g', items: [first], advance: advance(null, 1) });
      for (const [group, at] of [
        ['h', 0],
        ['i', 1],
      ] as const) {
        const again = deadLetterItem(at, { commandId, detail: 'another' });
        assert.deepEqual(await writer.apply({ group, items: [again], advance: advance(null, at + 1) }), [
          { kind: 'known' },
        ]);
      }
      assert.deepEqual(await tested.deadLetters(), [first.deadLetter]);
    });

    test('one of a command that has its row is known, and nothing is written', async () => {
      await using tested = await open();
      const { writer } = tested.store;
      const row = rowItem(0);
      await writer.apply({ group: 'g', items: [row], advance: advance(null, 1) });
      for (const at of [0, 1]) {
        const item = deadLetterItem(at, { commandId: row.commandId });
        assert.deepEqual(await writer.apply({ group: 'g', items: [item], advance: advance(at + 1, at + 2) }), [
          { kind: 'known' },
        ]);
      }
      assert.deepEqual(await tested.deadLetters(), []);
      assert.equal((await tested.rows()).length, 1);
    });

    const places: readonly (readonly [string, RecordPosition, RecordPosition])[] = [
      ['offset', inPartition(0, 5), inPartition(0, 6)],
      ['partition', inPartition(0, 5), inPartition(1, 5)],
      ['message', asMessage('m1'), asMessage('m2')],
      ['kind of broker', inPartition(0, 5), asMessage('m1')],
    ];
    for (const [name, at, elsewhere] of places) {
      test(`stand against a row of their command at another ${name}`, async () => {
        await using tested = await open();
        const { writer } = tested.store;
        const dead = deadLetterItem(at);
        await writer.apply({ group: 'g', items: [dead], advance: null });
        const row = rowItem(elsewhere, { id: dead.deadLetter.commandId });
        assert.deepEqual(await writer.apply({ group: 'g', items: [row, rowItem(9)], advance: null }), [
          { kind: 'known' },
          { kind: 'projected' },
        ]);
        assert.deepEqual(await tested.deadLetters(), [dead.deadLetter]);
        assert.equal((await tested.rows()).length, 1);
      });
    }

    for (const at of [inPartition(2, 5), asMessage('m1')]) {
      test(`give way to the row of the same record, once its projection is mended (${at.kind})`, async () => {
        await using tested = await open();
        const { writer } = tested.store;
        const [dead, other] = [deadLetterItem(at), deadLetterItem(8)];
        await writer.apply({ group: 'g', items: [dead, other], advance: null });
        const row = rowItem(at, { id: dead.deadLetter.commandId });
        assert.deepEqual(await writer.apply({ group: 'h', items: [rowItem(9), row], advance: null }), [
          { kind: 'projected' },
          { kind: 'projected' },
        ]);
        assert.deepEqual(await tested.deadLetters(), [other.deadLetter]);
        assert.equal((await tested.rows()).length, 2);
      });
    }

    test('of another topic are at another place', async () => {
      await using tested = await open();
      const { writer } = tested.store;
      const commandId = randomUUID();
      const dead = deadLetterItem(0, { commandId, record: recordAt(0, { topic: 'other.topic' }) });
      await writer.apply({ group: 'g', items: [dead], advance: null });
      assert.deepEqual(await writer.apply({ group: 'g', items: [rowItem(0, { id: commandId })], advance: null }), [
        { kind: 'known' },
      ]);
    });
  });
}
