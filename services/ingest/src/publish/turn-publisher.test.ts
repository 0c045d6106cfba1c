import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type NewRecord, type PublishResult, SluiceError } from '@sluice/core';
import { turnPublisher } from './turn-publisher.ts';

const record = (key: string): NewRecord => ({ topic: 't', key, value: Buffer.of(), headers: [] });

const published = (offset: number): PublishResult => ({
  kind: 'published',
  topic: 't',
  partition: 0,
  offset,
  messageId: null,
});

test('what one turn publishes is one call, in its order; the next turn is another', async () => {
  const calls: string[][] = [];
  const publish = turnPublisher({
    async publish(records: readonly NewRecord[]) {
      calls.push(records.map(({ key }) => key));
      return records.map((_, index) => published(index));
    },
  });
  const results = await Promise.all(['a', 'b', 'c'].map((key) => publish(record(key))));
  assert.deepEqual(results, [published(0), published(1), published(2)]);
  await publish(record('d'));
  assert.deepEqual(calls, [['a', 'b', 'c'], ['d']]);
});

test('calls do not wait for each other', async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const publish = turnPublisher({
    async publish([first]) {
      if (first?.key === 'slow') await gate;
      return [published(0)];
    },
  });
  const slow = publish(record('slow'));
  await new Promise(setImmediate);
  assert.equal((await publish(record('quick'))).kind, 'published');
  open();
  assert.equal((await slow).kind, 'published');
});

test('each record has its own result; a call refused as a whole is refused for each', async () => {
  const error = new SluiceError('too-large', 'one is too large');
  const mixed = turnPublisher({ publish: async () => [published(7), { kind: 'failed', error }] });
  assert.deepEqual(await Promise.all([mixed(record('a')), mixed(record('b'))]), [
    published(7),
    { kind: 'failed', error },
  ]);
  const refusing = turnPublisher({ publish: () => Promise.reject(error) });
  assert.deepEqual(await Promise.all([refusing(record('a')), refusing(record('b'))]), [
    { kind: 'failed', error },
    { kind: 'failed', error },
  ]);
});

test('a record without a result has failed', async () => {
  const publish = turnPublisher({ publish: async () => [] });
  assert.equal((await publish(record('a'))).kind, 'failed');
});
