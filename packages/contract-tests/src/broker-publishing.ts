import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { headerTexts, type NewRecord, SluiceError } from '@sluice/core';
import {
  newTopic,
  newTopics,
  offsetOf,
  placeOf,
  publishAll,
  Reader,
  receiptOf,
  textOf,
  textRecord,
  when,
} from './broker-support.ts';
import type { BrokerCases } from './broker-under-test.ts';

export function testPublishing({ features, under }: BrokerCases): void {
  describe('publishing', () => {
    it('gives a receipt for every record, in order, that says where it lies', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 3);
      const records = ['a', 'b', 'c', 'd'].map((value) => textRecord(topic, 'one key', value));
      const receipts = await publishAll(broker, records);
      assert.deepEqual(
        receipts.map((receipt) => ({ topic: receipt.topic, offset: receipt.offset })),
        [0, 1, 2, 3].map((offset) => ({ topic, offset: features.offsets ? offset : -1 })),
      );
      assert.equal(new Set(receipts.map(({ partition }) => partition)).size, 1);

      await using reader = new Reader(broker, { topics: [topic] });
      const read = await reader.untilRead(4);
      assert.deepEqual(read.map(textOf), ['a', 'b', 'c', 'd']);
      assert.deepEqual(
        read.map(placeOf),
        receipts.map(({ place }) => place),
      );
    });

    it('keeps the order of a key over many concurrent calls', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 6);
      const calls: { readonly record: NewRecord; readonly call: Promise<unknown> }[] = [];
      const receipts = new Map<string, string>();
      for (let round = 0; round < 40; round++) {
        for (let key = 0; key < 30; key++) {
          const record = textRecord(topic, `key ${key}`, `${key}:${round}`);
          const call = broker.publisher.publish([record]).then(([result]) => {
            receipts.set(receiptOf(result ?? assert.fail('no result')).place, `${key}:${round}`);
          });
          calls.push({ record, call });
        }
        // Now and then the loop turns, so that calls meet requests that are under way.
        if (round % 8 === 7) await calls.at(-1)?.call;
      }
      await Promise.all(calls.map(({ call }) => call));

      await using reader = new Reader(broker, { topics: [topic] });
      const read = await reader.untilRead(1_200);
      assert.equal(receipts.size, 1_200);
      for (const record of read) assert.equal(receipts.get(placeOf(record)), textOf(record));
      const inOrder = (features.offsets ? read.toSorted((a, b) => offsetOf(a) - offsetOf(b)) : read).map(textOf);
      for (let key = 0; key < 30; key++) {
        const rounds = inOrder.filter((value) => value.startsWith(`${key}:`)).map((value) => value.split(':')[1]);
        assert.deepEqual(
          rounds,
          Array.from({ length: 40 }, (_, round) => String(round)),
        );
      }
    });

    when(features.offsets)('keeps a key in its partition and uses every partition', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 6);
      const once = Array.from({ length: 200 }, (_, key) => textRecord(topic, `key ${key}`, 'x'));
      const [first, second] = [await publishAll(broker, once), await publishAll(broker, once)];
      assert.deepEqual(
        first.map(({ partition }) => partition),
        second.map(({ partition }) => partition),
      );
      assert.deepEqual([...new Set(first.map(({ partition }) => partition))].sort(), [0, 1, 2, 3, 4, 5]);
    });

    it('brings texts through as they are, and any bytes as the value', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 1);
      const headers = [
        { name: 'ce_id', value: 'schlüssel 🔑' },
        { name: 'ce_source', value: 'ümlaut 🧽' },
        { name: 'naïve 名', value: 'x'.repeat(1_000) },
        { name: 'empty', value: '' },
      ];
      const before = Date.now() - 1;
      await publishAll(broker, [
        { topic, key: 'another key', value: Buffer.from([0, 255, 128, 10]), headers },
        { topic, key: 'schlüssel 🔑', value: Buffer.of(), headers },
      ]);
      await using reader = new Reader(broker, { topics: [topic] });
      const read = await reader.untilRead(2);
      const keyed = read.find(({ value }) => value?.length === 4);
      const byId = read.find(({ value }) => value?.length === 0);
      assert.ok(keyed && byId);
      assert.deepEqual([...(keyed.value ?? [])], [0, 255, 128, 10]);
      assert.deepEqual([keyed.key, byId.key].map(String), ['another key', 'schlüssel 🔑']);
      for (const record of read) {
        assert.deepEqual(
          new Map(record.headers.map(({ name, value }) => [name, value?.toString()])),
          new Map(headers.map(({ name, value }) => [name, value])),
        );
        assert.deepEqual(headerTexts(record, ['none', 'ce_source', 'naïve 名', 'empty', 'constructor']), [
          undefined,
          'ümlaut 🧽',
          'x'.repeat(1_000),
          '',
          undefined,
        ]);
        assert.ok(
          record.timestampMs >= before && record.timestampMs <= Date.now() + 1,
          `${record.timestampMs} is not now`,
        );
      }
    });

    when(features.anyBytes)('brings key, value and headers through as they are', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 1);
      const headers = [
        { name: 'twice', value: 'first' },
        { name: 'naïve 名', value: 'ümlaut 🧽 \u0000' },
        { name: 'twice', value: 'second' },
        { name: 'empty', value: '' },
      ];
      const before = Date.now();
      await publishAll(broker, [
        { topic, key: 'schlüssel 🔑', value: Buffer.from([0, 255, 128, 10]), headers },
        { topic, key: '', value: Buffer.of(), headers: [] },
      ]);
      await using reader = new Reader(broker, { topics: [topic] });
      const [full, empty] = await reader.untilRead(2);
      assert.ok(full && empty);
      assert.equal(full.key?.toString(), 'schlüssel 🔑');
      assert.deepEqual([...(full.value ?? [])], [0, 255, 128, 10]);
      // Names may come in another order, the values of one name may not.
      const byName = full.headers.map(({ name, value }) => [name, value?.toString()]).sort(([a], [b]) => compare(a, b));
      assert.deepEqual(
        byName,
        headers.map(({ name, value }) => [name, value]).sort(([a], [b]) => compare(a, b)),
      );
      assert.deepEqual(headerTexts(full, ['none', 'twice', 'naïve 名', 'empty']), [
        undefined,
        'second',
        'ümlaut 🧽 \u0000',
        '',
      ]);
      assert.ok(full.timestampMs >= before && full.timestampMs <= Date.now(), `${full.timestampMs} is not now`);
      assert.deepEqual([empty.key?.length, empty.value?.length, empty.headers.length], [0, 0, 0]);
    });

    when(!features.anyBytes)('refuses what it has no way to carry, and it alone', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 1);
      const good = textRecord(topic, 'k', 'good');
      const header = (name: string, value: string | Buffer | null) => ({ ...good, headers: [{ name, value }] });
      const results = await broker.publisher.publish([
        { ...good, key: Buffer.from([0xff, 0x00]) },
        { ...good, value: null },
        { ...good, value: Buffer.of() },
        header('null', null),
        header('bytes', Buffer.from([0xfe])),
        { ...good, headers: [...header('twice', 'a').headers, ...header('twice', 'b').headers] },
        { ...good, key: Buffer.from('k') },
      ]);
      const refused = results.map((result) => result.kind === 'failed' && (result.error as SluiceError).code);
      assert.deepEqual(refused, [...Array.from({ length: 6 }, () => 'invalid-data'), false]);
      await using reader = new Reader(broker, { topics: [topic] });
      await publishAll(broker, [textRecord(topic, 'k', 'later')]);
      assert.deepEqual((await reader.untilRead(2)).map(textOf), ['good', 'later']);
    });

    when(features.anyBytes)('brings bytes and nulls through, of a record that somebody else made', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 6);
      const key = Buffer.from([0xff, 0x00, 0x80]);
      const headers = [
        { name: 'bytes', value: Buffer.from([0xfe, 0x00]) },
        { name: 'null', value: null },
        { name: 'text', value: 'ümlaut' },
        { name: 'none', value: Buffer.of() },
      ];
      const receipts = await publishAll(broker, [
        { topic, key, value: null, headers },
        { topic, key: Buffer.from('one key'), value: Buffer.from('b'), headers: [] },
        textRecord(topic, 'one key', 'c'),
      ]);
      assert.equal(receipts[1]?.partition, receipts[2]?.partition, 'a key is its bytes, however it is given');
      await using reader = new Reader(broker, { topics: [topic] });
      const read = await reader.untilRead(3);
      const other = read.find(({ value }) => value === null);
      assert.deepEqual(other?.key, key);
      assert.deepEqual(
        new Map(other?.headers.map(({ name, value }) => [name, value && Buffer.from(value)])),
        new Map([
          ['bytes', Buffer.from([0xfe, 0x00])],
          ['null', null],
          ['text', Buffer.from('ümlaut')],
          ['none', Buffer.of()],
        ]),
      );
    });

    it('refuses a record that is too large, and it alone', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 1);
      const sized = (bytes: number): NewRecord => ({ topic, key: 'k', value: Buffer.alloc(bytes, 'x'), headers: [] });
      const { largestValueBytes } = features;
      assert.equal(broker.publisher.refusal(sized(largestValueBytes)), undefined);
      const results = await broker.publisher.publish([
        textRecord(topic, 'k', 'before'),
        sized(Math.ceil(largestValueBytes * 1.1)),
        sized(largestValueBytes),
        textRecord(topic, 'k', 'after'),
      ]);
      assert.deepEqual(
        results.map((result) => (result.kind === 'failed' ? (result.error as SluiceError).code : result.offset)),
        features.offsets ? [0, 'too-large', 1, 2] : [null, 'too-large', null, null],
      );
      assert.deepEqual(
        (await publishAll(broker, [textRecord(topic, 'k', 'later')])).map(({ offset }) => offset),
        [features.offsets ? 3 : -1],
      );
      await using reader = new Reader(broker, { topics: [topic] });
      const read = await reader.untilRead(4);
      assert.deepEqual(
        read.map(({ value }) => value?.length),
        [6, largestValueBytes, 5, 5],
      );
    });

    it('takes records of many topics in one call, and none at all', async () => {
      const { broker } = under();
      const topics = await newTopics(broker, 12, 2);
      const receipts = await publishAll(
        broker,
        topics.map((topic) => textRecord(topic, 'k', topic)),
      );
      assert.deepEqual(
        receipts.map(({ topic, offset }) => [topic, offset]),
        topics.map((topic) => [topic, features.offsets ? 0 : -1]),
      );
      assert.deepEqual(await broker.publisher.publish([]), []);
    });

    it('takes a large batch', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 6);
      const records = Array.from({ length: features.maxQueuedRecords }, (_, index) => ({
        ...textRecord(topic, `key ${index}`, `${index}`.padStart(300)),
        headers: [{ name: 'ce_id', value: `key ${index}` }],
      }));
      const receipts = await publishAll(broker, records);
      assert.equal(new Set(receipts.map(({ place }) => place)).size, records.length);
      if (!features.offsets) return;
      const ends = await broker.admin.ends([topic]);
      assert.equal(
        ends.reduce((sum, { endOffset }) => sum + endOffset, 0),
        records.length,
      );
    });

    it('refuses at once what would be more than may wait', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 1);
      const records = Array.from({ length: features.maxQueuedRecords + 1 }, () => textRecord(topic, 'k', 'x'));
      await assert.rejects(broker.publisher.publish(records), hasCode('overloaded'));
      const [receipt] = await publishAll(broker, records.slice(0, 1));
      assert.equal(receipt?.offset, features.offsets ? 0 : -1);
    });

    it('brings what it accepted to the log before it is closed, and takes nothing after', async () => {
      const { broker, openAnother } = under();
      const topic = await newTopic(broker, 1);
      const other = await openAnother();
      const accepted = Array.from({ length: 50 }, (_, index) =>
        publishAll(other, [textRecord(topic, 'k', `${index}`)]),
      );
      await other[Symbol.asyncDispose]();
      const places = (await Promise.all(accepted)).flat().map(({ place }) => place);
      await using reader = new Reader(broker, { topics: [topic] });
      const read = await reader.untilRead(accepted.length);
      assert.deepEqual(read.map(textOf), [...accepted.keys()].map(String));
      assert.deepEqual(read.map(placeOf), places);
      await assert.rejects(other.publisher.publish([textRecord(topic, 'k', 'x')]), hasCode('closed'));
    });
  });
}

const compare = (a = '', b = ''): number => (a < b ? -1 : a > b ? 1 : 0);

const hasCode =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof SluiceError && error.code === code;
