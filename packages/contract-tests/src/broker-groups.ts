import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AssignedPartition, Handled, RecordBatch } from '@sluice/core';
import { waitFor } from '@sluice/testing';
import { testMembers } from './broker-members.ts';
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

/** Positions as a store keeps them: what is handled moves them, and they say where reading goes on. */
class Positions {
  readonly #next = new Map<string, number>();
  readonly handled: string[] = [];

  readonly from = ({ topic, partition, startOffset }: AssignedPartition): number =>
    this.#next.get(`${topic}/${partition}`) ?? startOffset;

  readonly handle = ({ topic, partition, records }: RecordBatch): Handled => {
    const place = `${topic}/${partition}`;
    for (const record of records) {
      // What was handled before is a repeated delivery, which every store knows to skip.
      if (offsetOf(record) < (this.#next.get(place) ?? 0)) continue;
      this.#next.set(place, offsetOf(record) + 1);
      this.handled.push(textOf(record));
    }
    return { count: records.length };
  };
}

/** Members that come and go, and subscriptions that end. */
export function testGroups({ under, features }: BrokerCases): void {
  describe('groups', () => {
    when(features.offsets)('gives a partition to another member only when its batch was given up', async () => {
      const { broker, openAnother } = under();
      await using other = await openAnother();
      const topic = await newTopic(broker, 2);
      const group = newName('group');
      await publishAll(
        broker,
        Array.from({ length: 20 }, (_, key) => textRecord(topic, `key ${key}`, 'x')),
      );
      let inHand = 0;
      let told = 0;
      const over = Promise.withResolvers<void>();
      await using holding = new Reader(broker, {
        group,
        topics: [topic],
        handle: async (_, signal) => {
          inHand++;
          const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
          if (!signal.aborted) await Promise.race([aborted, over.promise]);
          told++;
          const since = performance.now();
          await waitFor('a while', () => performance.now() - since > 200);
          inHand--;
          return { count: 0 };
        },
      });
      await waitFor('both partitions to be in hand', () => inHand === 2, LONG);
      const inHandWhenAssigned: number[] = [];
      await using next = new Reader(other, {
        group,
        topics: [topic],
        from: ({ startOffset }) => {
          inHandWhenAssigned.push(inHand);
          return startOffset;
        },
      });
      await next.untilAssigned(1);
      over.resolve();
      assert.deepEqual([told >= 2, inHandWhenAssigned], [true, [0]]);
      assert.equal(holding.records.length, 0);
    });

    when(features.offsets)(
      'shares partitions among members, and gives them to the others when one leaves',
      async () => {
        const { broker, openAnother } = under();
        await using other = await openAnother();
        const topic = await newTopic(broker, 6);
        const group = newName('group');
        const positions = new Positions();
        let sent = 0;
        const send = async (): Promise<void> => {
          const records = Array.from({ length: 60 }, (_, key) => textRecord(topic, `key ${key}`, `${sent + key}`));
          sent += records.length;
          await publishAll(broker, records);
        };
        const untilHandled = async (): Promise<void> => {
          await waitFor('everything to be handled', () => positions.handled.length >= sent, LONG);
        };
        await using first = new Reader(broker, { group, topics: [topic], ...positions });
        await send();
        await untilHandled();
        assert.equal(first.places.size, 6);

        const second = new Reader(other, { group, topics: [topic], ...positions });
        await second.untilAssigned(3);
        await waitFor('the first member to have kept the rest', () => first.assignments.at(-1)?.length === 3, LONG);
        await send();
        await untilHandled();
        const shared = [first, second].flatMap(({ assignments }) => assignments.at(-1) ?? []);
        assert.deepEqual(shared.map(({ partition }) => partition).sort(), [0, 1, 2, 3, 4, 5]);
        assert.ok(second.records.length > 0);

        await second.stop();
        await waitFor('the first member to have all again', () => first.assignments.at(-1)?.length === 6, LONG);
        await send();
        await untilHandled();
        assert.deepEqual(
          positions.handled.map(Number).sort((a, b) => a - b),
          Array.from({ length: sent }, (_, i) => i),
        );
      },
    );

    when(features.offsets)('gives a member partitions of the topics that it subscribed to, and no others', async () => {
      const { broker, openAnother } = under();
      await using other = await openAnother();
      const [shared = '', onlyFirst = '', onlySecond = ''] = await newTopics(broker, 3, 4);
      const group = newName('group');
      await using first = new Reader(broker, { group, topics: [shared, onlyFirst] });
      await first.untilAssigned(8);
      await using second = new Reader(other, { group, topics: [shared, onlySecond] });
      const held = (): string[] =>
        [first, second].flatMap(({ assignments }) => assignments.at(-1) ?? []).map((p) => `${p.topic}/${p.partition}`);
      await waitFor(
        'each partition to have one reader',
        () => new Set(held()).size === 12 && held().length === 12,
        LONG,
      );
      const topicsOf = ({ assignments }: Reader): Set<string> =>
        new Set((assignments.at(-1) ?? []).map((p) => p.topic));
      assert.ok(!topicsOf(first).has(onlySecond) && !topicsOf(second).has(onlyFirst));
    });

    it('lets groups read independently of each other', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 2);
      const topics = [topic];
      const group = newName('group');
      await broker.admin.ensureSubscriptions({ group, topics });
      await using first = new Reader(broker, { topics });
      await using second = new Reader(broker, { group, topics });
      await publishNumbers(broker, topic, 10);
      await Promise.all([first.untilRead(10), second.untilRead(10)]);
    });

    when(features.offsets)('keeps the membership of a handler that takes its time', async () => {
      const { broker, openAnother } = under();
      await using other = await openAnother();
      const topic = await newTopic(broker, 2);
      const group = newName('group');
      const release = Promise.withResolvers<void>();
      let inHand: AbortSignal | undefined;
      await using slow = new Reader(broker, {
        group,
        topics: [topic],
        handle: async ({ records }, signal) => {
          inHand = signal;
          await release.promise;
          return { count: records.length };
        },
      });
      await slow.untilAssigned(2);
      await using quick = new Reader(other, { group, topics: [topic] });
      await quick.untilAssigned(1);
      await waitFor('the first member to have kept one', () => slow.assignments.at(-1)?.length === 1, LONG);
      const assignments = slow.assignments.length;
      await publishAll(
        broker,
        Array.from({ length: 20 }, (_, key) => textRecord(topic, `key ${key}`, 'x')),
      );
      await waitFor('a batch to be in hand', () => inHand, LONG);
      const since = performance.now();
      const longMs = 1.25 * features.memberTimeoutMs;
      await waitFor('time to pass', () => performance.now() - since > longMs, { timeoutMs: 2 * longMs });
      assert.equal(inHand?.aborted, false);
      release.resolve();
      await waitFor('both to be done', () => slow.records.length + quick.records.length === 20, LONG);
      assert.deepEqual([slow.assignments.length, quick.assignments.length], [assignments, 1]);
    });

    when(features.offsets)(
      'finishes and commits what is in hand when it is ended, and begins nothing else',
      async () => {
        const { broker, committedOffsets } = under();
        const topic = await newTopic(broker, 1);
        await publishNumbers(broker, topic, 10);
        const release = Promise.withResolvers<void>();
        let calls = 0;
        let aborted: boolean | undefined;
        await using reader = new Reader(broker, {
          topics: [topic],
          handle: async (_, signal) => {
            calls++;
            await release.promise;
            aborted = signal.aborted;
            return { count: 4 };
          },
        });
        await waitFor('the batch to be in hand', () => calls === 1, LONG);
        const stopped = reader.stop();
        await new Promise((resolve) => setImmediate(resolve));
        assert.equal(reader.ended, false);
        release.resolve();
        await stopped;
        assert.deepEqual([calls, aborted, reader.records.length], [1, false, 4]);
        assert.equal((await committedOffsets(reader.group, topic)).get(0), 4);
      },
    );

    when(features.offsets)('leaves its partitions to the next member without delay when it is ended', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 2);
      const group = newName('group');
      for (let round = 0; round < 3; round++) {
        const since = performance.now();
        const reader = new Reader(broker, { group, topics: [topic] });
        await reader.untilAssigned(2);
        const passedMs = performance.now() - since;
        assert.ok(passedMs < 0.75 * features.memberTimeoutMs, `${passedMs} ms, as if the last one had died`);
        await reader.stop();
      }
    });

    it('does nothing where it is ended before it began', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 1);
      await publishNumbers(broker, topic, 1);
      const reader = new Reader(broker, { topics: [topic], signal: AbortSignal.abort() });
      await reader.end();
      assert.deepEqual([reader.assignments, reader.records], [[], []]);
    });

    it('ends every subscription when the broker is closed', async () => {
      const { broker, openAnother } = under();
      const other = await openAnother();
      const topic = await newTopic(broker, 1);
      const reader = new Reader(other, { topics: [topic] });
      if (features.offsets) await reader.untilAssigned(1);
      await publishNumbers(broker, topic, 1);
      await reader.untilRead(1);
      await other[Symbol.asyncDispose]();
      await reader.end();
    });

    if (!features.offsets) testMembers({ under, features });
  });
}
