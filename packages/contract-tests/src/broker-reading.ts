import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SluiceError } from '@sluice/core';
import { waitFor } from '@sluice/testing';
import {
  LONG,
  newName,
  newTopic,
  newTopics,
  offsetOf,
  publishAll,
  publishNumbers,
  Reader,
  textOf,
  textRecord,
  when,
} from './broker-support.ts';
import type { BrokerCases } from './broker-under-test.ts';

const numbers = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => String(from + i));

/** Where reading begins and how it goes on. */
export function testReading({ features, under }: BrokerCases): void {
  describe('reading', () => {
    when(features.offsets)(
      'asks where to begin with the exact ends, before anything else, and begins there',
      async () => {
        const { broker } = under();
        const topic = await newTopic(broker, 3);
        const busy = await publishNumbers(broker, topic, 10);
        await using reader = new Reader(broker, {
          topics: [topic],
          from: ({ partition }) => (partition === busy ? 4 : 0),
        });
        assert.deepEqual((await reader.untilRead(6)).map(textOf), numbers(4, 10));
        const [assigned = []] = reader.assignments;
        assert.deepEqual(
          assigned
            .toSorted((a, b) => a.partition - b.partition)
            .map(({ startOffset, endOffset }) => [startOffset, endOffset]),
          [0, 1, 2].map((partition) => [0, partition === busy ? 10 : 0]),
        );
      },
    );

    when(features.offsets)('begins at the end where that is asked for', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 1);
      await publishNumbers(broker, topic, 10);
      await using reader = new Reader(broker, { topics: [topic], from: ({ endOffset }) => endOffset });
      await reader.untilAssigned(1);
      await publishNumbers(broker, topic, 2, 10);
      assert.deepEqual((await reader.untilRead(2)).map(textOf), ['10', '11']);
    });

    it('reads on as records come', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 6);
      await using reader = new Reader(broker, { topics: [topic] });
      if (features.offsets) await reader.untilAssigned(6);
      for (let round = 1; round <= 10; round++) {
        await publishAll(
          broker,
          Array.from({ length: 6 }, (_, key) => textRecord(topic, `k${key}`, `${key}:${round}`)),
        );
        await reader.untilRead(round * 6);
      }
      assert.equal(new Set(reader.records.map(textOf)).size, 60);
    });

    when(features.offsets)('says how long the log was, and never gives an empty batch', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 1);
      await publishNumbers(broker, topic, 100);
      const seen: { readonly count: number; readonly last: number; readonly end: number | null }[] = [];
      await using reader = new Reader(broker, {
        topics: [topic],
        handle: ({ records, endOffset }) => {
          const last = records.at(-1);
          seen.push({ count: records.length, last: last ? offsetOf(last) : -1, end: endOffset });
          return { count: records.length };
        },
      });
      await reader.untilRead(100);
      for (const { count, last, end } of seen) {
        assert.ok(count > 0);
        assert.ok(end !== null && end > last && end <= 100, `end ${end} after offset ${last}`);
      }
      assert.equal(seen.at(-1)?.end, 100);
    });

    when(features.offsets)('gives a batch in the order of its partition, all of one partition', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 4);
      const records = Array.from({ length: 3_000 }, (_, key) => textRecord(topic, `key ${key}`, 'x'));
      const receipts = await publishAll(broker, records);
      const nexts = new Map<number | null, number>();
      await using reader = new Reader(broker, {
        topics: [topic],
        handle: ({ partition, records: batch }) => {
          for (const record of batch) {
            assert.equal(record.position.kind === 'offset' && record.position.partition, partition);
            assert.equal(offsetOf(record), nexts.get(partition) ?? 0);
            nexts.set(partition, offsetOf(record) + 1);
          }
          return { count: batch.length };
        },
      });
      await reader.untilRead(receipts.length);
      assert.equal(nexts.size, 4);
    });

    it('reads topics without records, and many', async () => {
      const { broker } = under();
      const topics = await newTopics(broker, 20, 2);
      await using reader = new Reader(broker, { topics });
      if (features.offsets) await reader.untilAssigned(40);
      const [first = ''] = topics;
      await publishAll(broker, [textRecord(first, 'k', 'only here')]);
      assert.deepEqual((await reader.untilRead(1)).map(textOf), ['only here']);
      await publishAll(
        broker,
        topics.map((topic) => textRecord(topic, 'k', topic)),
      );
      const read = (await reader.untilRead(21)).slice(1);
      assert.deepEqual(read.map(textOf).sort(), topics.toSorted());
      for (const record of read) assert.equal(record.topic, textOf(record));
    });

    when(!features.offsets)('reads what other clients write: no key, no headers, no value', async () => {
      const { broker, produceForeign } = under();
      const topic = await newTopic(broker, 1);
      const some = { topic, partition: 0, timestampMs: 0 };
      const before = Date.now() - 1;
      await produceForeign({ ...some, key: null, value: Buffer.from([0, 255]), headers: [] });
      const header = { name: 'ce-type', value: Buffer.from('theirs') };
      await produceForeign({ ...some, key: Buffer.from('their key'), value: null, headers: [header] });
      await using reader = new Reader(broker, { topics: [topic] });
      const read = await reader.untilRead(2);
      const [bare, other] = read.toSorted((a, b) => a.headers.length - b.headers.length);
      assert.ok(bare && other);
      assert.deepEqual([bare.key, bare.value, bare.headers], [null, Buffer.from([0, 255]), []]);
      assert.deepEqual([other.key, other.value], [Buffer.from('their key'), Buffer.of()]);
      assert.deepEqual(other.headers, [{ name: 'ce_type', value: Buffer.from('theirs') }]);
      for (const { timestampMs } of read) assert.ok(timestampMs >= before && timestampMs <= Date.now() + 1);
    });

    when(!features.offsets)(
      'gives batches of one topic, never empty, and says nothing of partitions and ends',
      async () => {
        const { broker } = under();
        const topics = await newTopics(broker, 2, 1);
        await publishAll(
          broker,
          Array.from({ length: 60 }, (_, key) => textRecord(topics[key % 2] ?? '', `key ${key}`, 'x')),
        );
        const wrong: unknown[] = [];
        await using reader = new Reader(broker, {
          topics,
          handle: ({ topic, partition, endOffset, records }) => {
            const ofOther = records.some((record) => record.topic !== topic || record.position.kind !== 'message');
            if (ofOther || partition !== null || endOffset !== null || records.length === 0)
              wrong.push({ topic, partition });
            return { count: records.length };
          },
        });
        await reader.untilRead(60);
        assert.deepEqual([wrong, reader.assignments], [[], []]);
      },
    );

    when(features.offsets)('reads what other clients write: no key, no value, headers without a value', async () => {
      const { broker, produceForeign } = under();
      const topic = await newTopic(broker, 2);
      const headers = [
        { name: 'none', value: null },
        { name: 'some', value: Buffer.from([0, 255]) },
        { name: 'none', value: Buffer.of() },
      ];
      const timestampMs = Date.UTC(2001, 1, 3, 4, 5, 6, 789);
      await produceForeign({ topic, partition: 1, key: null, value: null, headers, timestampMs });
      await produceForeign({ topic, partition: 1, key: Buffer.of(), value: Buffer.of(), headers: [], timestampMs });
      await using reader = new Reader(broker, { topics: [topic] });
      const [first, second] = await reader.untilRead(2);
      assert.ok(first && second);
      assert.deepEqual([first.key, first.value, first.timestampMs], [null, null, timestampMs]);
      assert.deepEqual(
        first.headers.filter(({ name }) => name === 'none').map(({ value }) => value),
        [null, Buffer.of()],
      );
      assert.deepEqual(first.headers.find(({ name }) => name === 'some')?.value, Buffer.from([0, 255]));
      assert.deepEqual([second.key, second.value, second.headers.length], [Buffer.of(), Buffer.of(), 0]);
    });

    when(features.offsets)('goes by what the handler says, whatever the broker keeps for the group', async () => {
      const { broker, commitOffset } = under();
      const topic = await newTopic(broker, 1);
      const group = newName('group');
      await publishNumbers(broker, topic, 10);
      await commitOffset(group, topic, 0, 7);
      await using reader = new Reader(broker, { group, topics: [topic], from: () => 2 });
      assert.deepEqual((await reader.untilRead(8)).map(textOf), numbers(2, 10));
    });

    when(features.offsets)('asks again where a topic was deleted and made anew', async () => {
      const { broker, recreateTopic } = under();
      const topic = await newTopic(broker, 1);
      await publishNumbers(broker, topic, 10);
      const refusal = new SluiceError('log-mismatch', 'another log');
      await using reader = new Reader(broker, {
        topics: [topic],
        from: ({ endOffset }) => {
          if (reader.records.length > 0 && endOffset < 10) throw refusal;
          return 0;
        },
      });
      await reader.untilRead(10);
      await recreateTopic(topic, 1);
      await waitFor('the end of the subscription', () => reader.ended, LONG);
      await assert.rejects(reader.end(), refusal);
    });

    when(features.offsets)('tells the broker how far the group is', async () => {
      const { broker, committedOffsets } = under();
      const topic = await newTopic(broker, 2);
      const partition = await publishNumbers(broker, topic, 10);
      await using reader = new Reader(broker, {
        topics: [topic],
        handle: ({ records }) => ({ count: records.length }),
      });
      await reader.untilRead(10);
      await waitFor(
        'the commit',
        async () => (await committedOffsets(reader.group, topic)).get(partition) === 10,
        LONG,
      );
    });
  });
}
