import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BrokerRecord, RecordBatch } from '@sluice/core';
import { TopicReader } from './topic-reader.ts';

const NEVER = new AbortController().signal;
const at = (partition: number, startOffset: number, endOffset: number) => ({
  topic: 't',
  partition,
  startOffset,
  endOffset,
});

function batch(partition: number, from: number, to: number): RecordBatch {
  const records = Array.from({ length: to - from }, (_, index): BrokerRecord => {
    const offset = from + index;
    const value = Buffer.from(`${partition}/${offset}`);
    return {
      topic: 't',
      position: { kind: 'offset', partition, offset },
      timestampMs: 0,
      key: null,
      value,
      headers: [],
    };
  });
  return { topic: 't', partition, records, endOffset: to };
}

function reading(limit = Number.POSITIVE_INFINITY) {
  const written: string[] = [];
  const reader = new TopicReader({ write: async ({ value }) => written.push(String(value)) < limit });
  const offsets = async (...partitions: ReturnType<typeof at>[]) =>
    (await reader.assigned(partitions)).map(({ offset }) => offset);
  return { reader, written, offsets };
}

test('each partition is read from its beginning, and after a new assignment from where it was', async () => {
  const { reader, written, offsets } = reading();
  assert.deepEqual(await offsets(at(0, 0, 5), at(1, 7, 9)), [0, 7]);
  assert.deepEqual(await reader.handle(batch(0, 0, 2), NEVER), { count: 2 });
  assert.deepEqual(await offsets(at(0, 0, 5), at(1, 7, 9)), [2, 7]);
  // A broker may deliver again.
  assert.deepEqual(await reader.handle(batch(0, 1, 4), NEVER), { count: 3 });
  assert.deepEqual(written, ['0/0', '0/1', '0/2', '0/3']);
});

test('a log that begins later or ends earlier than what was read is read from its beginning', async () => {
  const { reader, written, offsets } = reading();
  await offsets(at(0, 0, 5));
  await reader.handle(batch(0, 0, 5), NEVER);
  assert.deepEqual(await offsets(at(0, 0, 3)), [0], 'made anew');
  await reader.handle(batch(0, 0, 1), NEVER);
  assert.deepEqual(written.slice(5), ['0/0']);
  assert.deepEqual(await offsets(at(0, 2, 9)), [2], 'cut by retention');
});

test('it stops in the middle of a batch when no more is wanted, or the partition is taken away', async () => {
  const { reader, offsets } = reading(2);
  await offsets(at(0, 0, 5));
  assert.deepEqual(await reader.handle(batch(0, 0, 5), NEVER), { count: 2 });
  assert.deepEqual(await reader.handle(batch(0, 2, 5), AbortSignal.abort()), { count: 0 });
});

test('a message that is delivered again is not written again', async () => {
  const { reader, written } = reading();
  const messages = (...ids: readonly string[]): RecordBatch => ({
    topic: 't',
    partition: null,
    endOffset: null,
    records: ids.map((messageId) => ({
      topic: 't',
      position: { kind: 'message', messageId },
      timestampMs: 0,
      key: null,
      value: Buffer.from(messageId),
      headers: [],
    })),
  });
  assert.deepEqual(await reader.handle(messages('1', '2', '1'), NEVER), { count: 3 });
  assert.deepEqual(await reader.handle(messages('2', '3'), NEVER), { count: 2 });
  assert.deepEqual(await reader.handle(messages('4'), AbortSignal.abort()), { count: 0 });
  assert.deepEqual(written, ['1', '2', '3']);
});
