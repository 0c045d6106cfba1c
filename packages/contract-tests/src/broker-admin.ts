import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  groupOf,
  newName,
  newTopic,
  newTopics,
  publishAll,
  publishNumbers,
  Reader,
  textOf,
  textRecord,
} from './broker-support.ts';
import type { BrokerCases } from './broker-under-test.ts';

export function testAdmin({ features, under }: BrokerCases): void {
  describe('admin', () => {
    it('answers a ping', async () => {
      await under().broker.admin.ping();
    });

    it('makes topics once, however many ask at the same time', async () => {
      const { broker, openAnother } = under();
      await using other = await openAnother();
      const topics = Array.from({ length: 4 }, () => ({ name: newName('contract'), partitions: 3 }));
      await Promise.all([broker, other, broker, other].map(({ admin }) => admin.ensureTopics(topics)));
      const ends = await broker.admin.ends(topics.map(({ name }) => name));
      assert.equal(ends.length, features.offsets ? 12 : 0);
      for (const { startOffset, endOffset } of ends) assert.deepEqual([startOffset, endOffset], [0, 0]);
      await publishAll(
        other,
        topics.map(({ name }) => textRecord(name, 'k', 'it is there')),
      );
    });

    it('makes what a group needs once, however many ask at the same time, and leaves it as it is', async () => {
      const { broker, openAnother } = under();
      await using other = await openAnother();
      const topics = await newTopics(broker, 3, 1);
      const group = newName('group');
      await Promise.all([broker, other, broker].map(({ admin }) => admin.ensureSubscriptions({ group, topics })));
      const [topic = ''] = topics;
      await publishNumbers(broker, topic, 3);
      await using reader = new Reader(broker, { group, topics });
      await reader.untilRead(3);
      await reader.stop();
      await broker.admin.ensureSubscriptions({ group, topics });
      await publishNumbers(broker, topic, 1, 3);
      if (features.offsets) return;
      await using next = new Reader(broker, { group, topics });
      assert.deepEqual((await next.untilRead(1)).map(textOf), ['3']);
    });

    it('leaves a topic that is read as it is', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 2);
      await publishNumbers(broker, topic, 5);
      await broker.admin.ensureTopics([{ name: topic, partitions: 6 }]);
      await broker.admin.ensureSubscriptions({ group: groupOf([topic]), topics: [topic] });
      await using reader = new Reader(broker, { topics: [topic] });
      assert.deepEqual((await reader.untilRead(5)).map(textOf), ['0', '1', '2', '3', '4']);
    });

    if (!features.offsets) {
      it('knows no ends', async () => {
        const { broker } = under();
        const topic = await newTopic(broker, 1);
        await publishNumbers(broker, topic, 2);
        assert.deepEqual(await broker.admin.ends([topic, newName('missing')]), []);
      });
      return;
    }

    it('leaves a topic that exists as it is', async () => {
      const { broker } = under();
      const topic = await newTopic(broker, 2);
      await publishNumbers(broker, topic, 5);
      const fresh = newName('contract');
      await broker.admin.ensureTopics([
        { name: topic, partitions: 6 },
        { name: fresh, partitions: 1 },
      ]);
      const ends = await broker.admin.ends([topic, fresh]);
      assert.equal(ends.filter((end) => end.topic === topic).length, 2);
      assert.equal(ends.filter((end) => end.topic === fresh).length, 1);
      assert.equal(
        ends.reduce((sum, { endOffset }) => sum + endOffset, 0),
        5,
      );
    });

    it('knows the ends of every partition, and of no topic that is not there', async () => {
      const { broker } = under();
      const [full, empty] = await newTopics(broker, 2, 4);
      assert.ok(full && empty);
      const receipts = await publishAll(
        broker,
        Array.from({ length: 100 }, (_, key) => textRecord(full, `key ${key}`, 'x')),
      );
      const ends = await broker.admin.ends([full, newName('missing'), empty]);
      const expected = [0, 1, 2, 3].flatMap((partition) => [
        { topic: full, partition, startOffset: 0, endOffset: receipts.filter((r) => r.partition === partition).length },
        { topic: empty, partition, startOffset: 0, endOffset: 0 },
      ]);
      assert.deepEqual(sorted(ends), sorted(expected));
      assert.deepEqual(await broker.admin.ends([newName('missing')]), []);
      assert.deepEqual(await broker.admin.ends([]), []);
    });
  });
}

function sorted<T extends { readonly topic: string; readonly partition: number }>(ends: readonly T[]): readonly T[] {
  const name = ({ topic, partition }: T): string => `${topic}/${partition}`;
  return ends.toSorted((a, b) => (name(a) < name(b) ? -1 : 1));
}
