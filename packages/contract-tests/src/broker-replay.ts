import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { type SeekTarget, SluiceError } from '@sluice/core';
import { waitFor } from '@sluice/testing';
import { groupOf, LONG, newName, newTopic, newTopics, publishNumbers, Reader, textOf, when } from './broker-support.ts';
import type { BrokerCases } from './broker-under-test.ts';

const numbers = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => String(from + i));

/** Reading again what was read before. */
export function testReplay({ features, under }: BrokerCases): void {
  const replaysByMessage = features.replays && !features.offsets;

  describe('replay', () => {
    when(features.replays)('gives a new group everything from the beginning', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 1);
      await publishNumbers(broker, topic, 10);
      await using reader = new Reader(broker, { topics: [topic] });
      await reader.untilRead(10);
      await using later = new Reader(broker, { group: newName('group'), topics: [topic] });
      assert.deepEqual((await later.untilRead(10)).map(textOf), numbers(0, 10));
    });

    when(features.offsets)('has no time or snapshot to go back to, and says so', async () => {
      const { admin } = under().broker;
      const topic = await newTopic(under().broker, 1);
      const group = { group: newName('group'), topics: [topic] };
      const isRefused = (error: unknown): boolean => error instanceof SluiceError && error.code === 'misconfigured';
      await assert.rejects(admin.seek({ ...group, to: { kind: 'beginning' } }), isRefused);
      await assert.rejects(admin.takeSnapshot({ ...group, name: 'snapshot' }), isRefused);
      await assert.rejects(admin.deleteSnapshot({ ...group, name: 'snapshot' }), isRefused);
    });

    for (const members of ['with a member', 'without members']) {
      when(replaysByMessage)(`brings a group back to the beginning of all its topics, ${members}`, async () => {
        const { broker } = under();
        const topics = await newTopics(broker, 2, 1);
        const group = groupOf(topics);
        for (const topic of topics) await publishNumbers(broker, topic, 5);
        await using reader = new Reader(broker, { topics });
        await reader.untilRead(10);
        if (members === 'without members') await reader.stop();
        await broker.admin.seek({ group, topics, to: { kind: 'beginning' } });
        await using next = new Reader(broker, { topics });
        const again = () => [...reader.records.slice(10), ...next.records];
        await waitFor('all of it once more', () => again().length >= 10, LONG);
        assert.deepEqual(again().map(textOf).sort(), [...numbers(0, 5), ...numbers(0, 5)].sort());
      });
    }

    when(replaysByMessage)('brings a group back to a time', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 1);
      await publishNumbers(broker, topic, 5);
      await using reader = new Reader(broker, { topics: [topic] });
      const before = await reader.untilRead(5);
      const lastMs = Math.max(...before.map(({ timestampMs }) => timestampMs));
      // Timestamps of the next ones are later by more than a clock's grain.
      await waitFor('a moment', () => Date.now() > lastMs + 20);
      await publishNumbers(broker, topic, 5, 5);
      await reader.untilRead(10);
      await reader.stop();
      await seekTo(under().broker, topic, { kind: 'time', timeMs: lastMs + 10 });
      await using next = new Reader(broker, { topics: [topic] });
      assert.deepEqual((await next.untilRead(5)).map(textOf), numbers(5, 10));
      await publishNumbers(broker, topic, 1, 10);
      assert.deepEqual((await next.untilRead(6)).map(textOf), numbers(5, 11));
    });

    when(replaysByMessage)('passes over everything before a time that is now', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 1);
      await publishNumbers(broker, topic, 5);
      await seekTo(broker, topic, { kind: 'time', timeMs: Date.now() + 1_000 });
      const soon = Date.now() + 1_100;
      await waitFor('that time', () => Date.now() > soon);
      await publishNumbers(broker, topic, 1, 5);
      await using reader = new Reader(broker, { topics: [topic] });
      assert.deepEqual((await reader.untilRead(1)).map(textOf), ['5']);
    });

    when(replaysByMessage)('brings a group back to a snapshot', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 1);
      const snapshot = { group: groupOf([topic]), topics: [topic], name: newName('snapshot') };
      await publishNumbers(broker, topic, 10);
      let readUpTo = 4;
      const first = new Reader(broker, {
        topics: [topic],
        handle: ({ records }) => ({ count: Math.max(0, Math.min(records.length, readUpTo - first.records.length)) }),
      });
      await first.untilRead(4);
      await first.stop();
      await broker.admin.takeSnapshot(snapshot);
      await broker.admin.takeSnapshot(snapshot);
      readUpTo = 10;
      await using rest = new Reader(broker, { topics: [topic] });
      await rest.untilRead(6);
      await rest.stop();
      await seekTo(broker, topic, { kind: 'snapshot', name: snapshot.name });
      await using again = new Reader(broker, { topics: [topic] });
      assert.deepEqual((await again.untilRead(6)).map(textOf), numbers(4, 10));
      await broker.admin.deleteSnapshot(snapshot);
      await broker.admin.deleteSnapshot(snapshot);
      await assert.rejects(
        seekTo(broker, topic, { kind: 'snapshot', name: snapshot.name }),
        (error) => error instanceof SluiceError,
      );
    });
  });
}

function seekTo(broker: ReturnType<BrokerCases['under']>['broker'], topic: string, to: SeekTarget): Promise<void> {
  return broker.admin.seek({ group: groupOf([topic]), topics: [topic], to });
}
