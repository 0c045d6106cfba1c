import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newName, newTopic, newTopics, publishAll, publishNumbers, textRecord } from './broker-support.ts';
import type { BrokerCases } from './broker-under-test.ts';

export function testAdmin({ under }: BrokerCases): void {
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
      assert.equal(ends.length, 12);
      for (const { startOffset, endOffset } of ends) assert.deepEqual([startOffset, endOffset], [0, 0]);
    });

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
