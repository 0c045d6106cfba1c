import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Handled, type RecordBatch, SluiceError } from '@sluice/core';
import { waitFor } from '@sluice/testing';
import {
  LONG,
  newTopic,
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

/** What becomes of a batch, by what the handler returns or throws. */
export function testHandling({ features, under }: BrokerCases): void {
  describe('handling', () => {
    it('delivers again what was not counted', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 1);
      await publishNumbers(broker, topic, 50);
      await using reader = new Reader(broker, {
        topics: [topic],
        handle: ({ records }) => ({ count: Math.min(7, records.length) }),
      });
      assert.deepEqual((await reader.untilRead(50)).map(textOf), numbers(0, 50));
    });

    it('delivers a batch again of which nothing was counted', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 1);
      await publishNumbers(broker, topic, 5);
      let refused = 0;
      await using reader = new Reader(broker, {
        topics: [topic],
        handle: ({ records }) => ({ count: refused++ < 3 ? 0 : records.length }),
      });
      assert.deepEqual((await reader.untilRead(5)).map(textOf), numbers(0, 5));
      assert.equal(reader.assignments.length, features.offsets ? 1 : 0);
    });

    when(features.offsets)('reads on from where the handler says', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 1);
      await publishNumbers(broker, topic, 20);
      const jumps = new Map([
        [15, { count: 0, resumeAt: 3 }],
        [3, { count: 1, resumeAt: 10 }],
      ]);
      await using reader = new Reader(broker, {
        topics: [topic],
        from: () => 15,
        handle: ({ records: [first, ...others] }) => {
          const offset = first ? offsetOf(first) : -1;
          const jump = jumps.get(offset);
          jumps.delete(offset);
          return jump ?? { count: 1 + others.length };
        },
      });
      assert.deepEqual((await reader.untilRead(11)).map(textOf), ['3', ...numbers(10, 20)]);
    });

    for (const code of ['unavailable', 'position-conflict'] as const) {
      when(features.offsets)(`asks again where to read from when the handler meets ${code}`, async () => {
        const { broker } = under();
        const topic = await newTopic(broker, 1);
        await publishNumbers(broker, topic, 20);
        let failures = 0;
        let stored = 0;
        await using reader = new Reader(broker, {
          topics: [topic],
          from: () => stored,
          handle: ({ records }) => {
            if (stored === 8 && failures++ < 3) throw new SluiceError(code, 'the place was lost');
            const fresh = records.slice(0, stored < 8 ? 8 : records.length);
            stored += fresh.length;
            return { count: fresh.length };
          },
        });
        assert.deepEqual((await reader.untilRead(20)).map(textOf), numbers(0, 20));
        assert.equal(reader.assignments.length, 4);
      });
    }

    for (const code of ['unavailable', 'generation-changed'] as const) {
      when(!features.offsets)(`delivers a batch again, in order, when the handler meets ${code}`, async () => {
        const { broker } = under();
        const topic = await newTopic(broker, 1);
        await publishNumbers(broker, topic, 20);
        let failures = 0;
        await using reader = new Reader(broker, {
          topics: [topic],
          handle: ({ records }) => {
            if (reader.records.length >= 8 && failures++ < 3) throw new SluiceError(code, 'the store is down');
            return { count: Math.min(records.length, Math.max(1, 8 - reader.records.length)) };
          },
        });
        assert.deepEqual((await reader.untilRead(20)).map(textOf), numbers(0, 20));
        assert.ok(failures > 3);
      });
    }

    when(!features.offsets)('keeps the order of a key while what was not counted comes again', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 1);
      const keys = ['a', 'b', 'c'];
      const send = (from: number): Promise<unknown> =>
        publishAll(
          broker,
          Array.from({ length: 20 }, (_, round) =>
            keys.map((key) => textRecord(topic, key, `${key}${from + round}`)),
          ).flat(),
        );
      let calls = 0;
      await using reader = new Reader(broker, {
        topics: [topic],
        // Now all, now a few, now none.
        handle: ({ records }) => ({ count: Math.min(records.length, [records.length, 2, 0, 1][calls++ % 4] ?? 0) }),
      });
      for (const from of [0, 20, 40]) await send(from);
      const read = (await reader.untilRead(180)).map(textOf);
      for (const key of keys) {
        const ofKey = read.filter((text) => text.startsWith(key));
        assert.deepEqual(
          ofKey,
          numbers(0, 60).map((number) => key + number),
        );
      }
    });

    when(!features.offsets)('handles keys at the same time, up to the limit, and none of them twice', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 1);
      await publishAll(
        broker,
        Array.from({ length: 300 }, (_, index) => textRecord(topic, `key ${index % 10}`, String(index))),
      );
      const busy = new Set<string>();
      const wrong: string[] = [];
      let batches = 0;
      let crowd = 0;
      const handle = async ({ records: batch }: RecordBatch): Promise<Handled> => {
        const keys = new Set(batch.map(({ key }) => String(key)));
        for (const key of keys) if (busy.has(key)) wrong.push(key);
        for (const key of keys) busy.add(key);
        crowd = Math.max(crowd, ++batches);
        // Holds each first batch until as many are in hand as may be.
        if (crowd < 2) await waitFor('a crowd', () => crowd >= 2, LONG);
        await new Promise((resolve) => setImmediate(resolve));
        for (const key of keys) busy.delete(key);
        batches--;
        return { count: 1 };
      };
      await using reader = new Reader(broker, { topics: [topic], maxConcurrency: 2, handle });
      // All there is may be in the first batch: there must be something for another one beside it.
      await waitFor('a batch to be in hand', () => crowd > 0, LONG);
      await publishAll(broker, [textRecord(topic, 'one more', 'x')]);
      await reader.untilRead(301);
      assert.deepEqual([wrong, crowd], [[], 2]);
    });

    when(!features.offsets)('lets other keys go on while one is held up', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 1);
      await publishNumbers(broker, topic, 1);
      const release = Promise.withResolvers<void>();
      let held = 0;
      await using reader = new Reader(broker, {
        topics: [topic],
        handle: async ({ records }) => {
          if (records.some(({ key }) => String(key) === 'one key')) {
            held++;
            await release.promise;
          }
          return { count: records.length };
        },
      });
      await waitFor('the first to be in hand', () => held === 1, LONG);
      await publishNumbers(broker, topic, 4, 1);
      await publishAll(
        broker,
        Array.from({ length: 30 }, (_, key) => textRecord(topic, `key ${key}`, 'x')),
      );
      await reader.untilRead(30);
      assert.equal(held, 1);
      release.resolve();
      const ofKey = (await reader.untilRead(35)).filter(({ key }) => String(key) === 'one key');
      assert.deepEqual(ofKey.map(textOf), numbers(0, 5));
    });

    when(features.offsets)('asks again when the first question met something that passes', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 1);
      await publishNumbers(broker, topic, 3);
      await using reader = new Reader(broker, {
        topics: [topic],
        from: () => {
          if (reader.assignments.length < 3) throw new SluiceError('unavailable', 'the store is down');
          return 0;
        },
      });
      assert.deepEqual((await reader.untilRead(3)).map(textOf), numbers(0, 3));
    });

    for (const [what, error] of [
      ['an error that no waiting mends', new SluiceError('log-mismatch', 'another log')],
      ['an error of unknown origin', new TypeError('a mistake in the handler')],
    ] as const) {
      it(`ends with ${what}, and handles nothing after it`, async () => {
        const { broker } = under();
        const topic = await newTopic(broker, 4);
        await publishAll(
          broker,
          Array.from({ length: 100 }, (_, key) => textRecord(topic, `key ${key}`, 'x')),
        );
        let calls = 0;
        await using reader = new Reader(broker, {
          topics: [topic],
          maxConcurrency: 1,
          handle: () => {
            calls++;
            throw error;
          },
        });
        await waitFor('the end of the subscription', () => reader.ended, LONG);
        await assert.rejects(reader.end(), error);
        assert.equal(calls, 1);
      });

      when(features.offsets)(`ends with ${what} when asked where to read from`, async () => {
        const { broker } = under();
        const topic = await newTopic(broker, 1);
        await using reader = new Reader(broker, {
          topics: [topic],
          from: () => {
            throw error;
          },
        });
        await waitFor('the end of the subscription', () => reader.ended, LONG);
        await assert.rejects(reader.end(), error);
      });
    }

    when(features.offsets)('handles partitions at the same time, up to the limit, and none of them twice', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 6);
      const records = Array.from({ length: 600 }, (_, key) => textRecord(topic, `key ${key}`, 'x'));
      await publishAll(broker, records);
      const busy = new Set<number | null>();
      const crowds: number[] = [];
      const handle = async ({ partition, records: batch }: RecordBatch): Promise<Handled> => {
        assert.ok(!busy.has(partition), `two batches of partition ${partition} at once`);
        busy.add(partition);
        crowds.push(busy.size);
        // Holds each first batch until as many are in hand as may be.
        if (Math.max(...crowds) < 3) await waitFor('a crowd', () => Math.max(...crowds) >= 3, LONG);
        await new Promise((resolve) => setImmediate(resolve));
        busy.delete(partition);
        return { count: Math.min(20, batch.length) };
      };
      await using reader = new Reader(broker, { topics: [topic], maxConcurrency: 3, handle });
      await reader.untilRead(600);
      assert.equal(Math.max(...crowds), 3);
    });

    when(features.offsets)('lets other partitions go on while one is held up', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 3);
      const held = await publishNumbers(broker, topic, 1);
      const release = Promise.withResolvers<void>();
      await using reader = new Reader(broker, {
        topics: [topic],
        handle: async ({ partition, records }) => {
          if (partition === held) await release.promise;
          return { count: records.length };
        },
      });
      await reader.untilAssigned(3);
      const receipts = await publishAll(
        broker,
        Array.from({ length: 30 }, (_, key) => textRecord(topic, `key ${key}`, 'x')),
      );
      const others = receipts.filter(({ partition }) => partition !== held);
      await reader.untilRead(others.length);
      release.resolve();
      await reader.untilRead(receipts.length + 1);
    });
  });
}
