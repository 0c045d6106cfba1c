import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildBatch } from '../testing/batches.ts';
import { testBroker } from '../testing/broker.ts';
import { createTopic, deleteRecords, fetch, listOffset, produce } from '../testing/requests.ts';

const LATEST = -1;
const EARLIEST = -2;
const MAX_TIMESTAMP = -3;

test('ends, times and the newest record', async (context) => {
  const { client } = await testBroker(context);
  await createTopic(client, 't');
  const at = (timestampMs: number) => listOffset(client, 't', timestampMs);
  const nothing = { error: 'NONE', timestampMs: -1, offset: -1 };
  assert.deepEqual(await at(LATEST), { error: 'NONE', timestampMs: -1, offset: 0 });
  assert.deepEqual(await at(EARLIEST), { error: 'NONE', timestampMs: -1, offset: 0 });
  assert.deepEqual(await at(MAX_TIMESTAMP), nothing);
  assert.deepEqual(await at(0), nothing);
  await produce(client, 't', buildBatch({ values: ['a', 'b'], timestampMs: 1000, timestampDeltas: [0, 500] }));
  await produce(client, 't', buildBatch({ values: ['c'], timestampMs: 1200 }));
  assert.deepEqual(await at(LATEST), { error: 'NONE', timestampMs: -1, offset: 3 });
  assert.deepEqual(await at(1001), { error: 'NONE', timestampMs: 1500, offset: 1 });
  assert.deepEqual(await at(MAX_TIMESTAMP), { error: 'NONE', timestampMs: 1500, offset: 1 });
  assert.deepEqual(await at(1501), nothing);
});

test('what does not exist', async (context) => {
  const { client } = await testBroker(context);
  await createTopic(client, 't');
  assert.equal((await listOffset(client, 'nope', LATEST)).error, 'UNKNOWN_TOPIC_OR_PARTITION');
  assert.equal((await listOffset(client, 't', -4)).error, 'UNSUPPORTED_VERSION');
  assert.equal((await listOffset(client, 't', -99)).error, 'UNSUPPORTED_VERSION');
});

test('deleted records are gone for readers, also after a restart', async (context) => {
  const broker = await testBroker(context);
  await createTopic(broker.client, 't');
  for (const value of ['a', 'b', 'c']) await produce(broker.client, 't', buildBatch({ values: [value] }));
  assert.deepEqual(await deleteRecords(broker.client, 't', 9), { low: -1, error: 'OFFSET_OUT_OF_RANGE' });
  assert.deepEqual(await deleteRecords(broker.client, 't', 2), { low: 2, error: 'NONE' });
  assert.deepEqual(await deleteRecords(broker.client, 't', 1), { low: 2, error: 'NONE' });
  for (const open of [async () => broker, () => broker.restart()]) {
    const { client } = await open();
    assert.equal((await listOffset(client, 't', EARLIEST)).offset, 2);
    assert.equal((await fetch(client, 't', { offset: 1 })).error, 'OFFSET_OUT_OF_RANGE');
    const { error, logStartOffset } = await fetch(client, 't', { offset: 2 });
    assert.deepEqual([error, logStartOffset], ['NONE', 2]);
  }
});

test('offset -1 deletes all there is', async (context) => {
  const { client } = await testBroker(context);
  await createTopic(client, 't');
  await produce(client, 't', buildBatch());
  assert.deepEqual(await deleteRecords(client, 't', -1), { low: 1, error: 'NONE' });
  assert.equal((await produce(client, 't', buildBatch())).baseOffset, 1);
});
