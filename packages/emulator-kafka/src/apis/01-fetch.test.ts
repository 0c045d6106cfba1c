import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ManualClock } from '@sluice/durable-log';
import { waitFor } from '@sluice/testing';
import { buildBatch, readRecords } from '../testing/batches.ts';
import { testBroker } from '../testing/broker.ts';
import { createTopic, deleteTopic, fetch, produce, receiveFetched, sendFetch } from '../testing/requests.ts';

const HOUR_MS = 3_600_000;
const batchOf = (...values: string[]) => buildBatch({ values });
const offsets = (records: Buffer) => readRecords(records).map(({ offset }) => offset);

test('an offset inside a batch gives the whole batch', async (context) => {
  const { client } = await testBroker(context);
  await createTopic(client, 't');
  await produce(client, 't', batchOf('a', 'b', 'c'));
  await produce(client, 't', batchOf('d'));
  assert.deepEqual(offsets((await fetch(client, 't', { offset: 2 })).records), [0, 1, 2, 3]);
  assert.deepEqual(offsets((await fetch(client, 't', { offset: 3 })).records), [3]);
  const end = await fetch(client, 't', { offset: 4 });
  assert.deepEqual([end.error, end.highWatermark, end.records.length], ['NONE', 4, 0]);
});

test('offsets outside of the log, and partitions that are not, are told at once', async (context) => {
  const { client } = await testBroker(context);
  await createTopic(client, 't');
  const hour = { maxWaitMs: HOUR_MS };
  assert.equal((await fetch(client, 't', { offset: 1, ...hour })).error, 'OFFSET_OUT_OF_RANGE');
  assert.equal((await fetch(client, 't', { offset: -1, ...hour })).error, 'OFFSET_OUT_OF_RANGE');
  assert.equal((await fetch(client, 't', { partitions: [1], ...hour })).error, 'UNKNOWN_TOPIC_OR_PARTITION');
  assert.equal((await fetch(client, 'nope', hour)).error, 'UNKNOWN_TOPIC_OR_PARTITION');
});

test('there are no sessions: a client that goes on with one is sent back', async (context) => {
  const { client } = await testBroker(context);
  await createTopic(client, 't');
  assert.equal((await fetch(client, 't', { sessionEpoch: 0 })).error, 'NONE');
  await assert.rejects(fetch(client, 't', { sessionEpoch: 1 }), /FETCH_SESSION_ID_NOT_FOUND/);
});

test('at least one batch comes whatever the limits, then only what fits', async (context) => {
  const { client } = await testBroker(context);
  await createTopic(client, 't', 3);
  const { length } = batchOf('x'.repeat(1000));
  for (const partition of [0, 0, 0, 1, 1]) await produce(client, 't', batchOf('x'.repeat(1000)), { partition });
  assert.deepEqual(offsets((await fetch(client, 't', { partitionMaxBytes: 1 })).records), [0]);
  assert.deepEqual(offsets((await fetch(client, 't', { maxBytes: 1 })).records), [0]);
  assert.deepEqual(offsets((await fetch(client, 't', { partitionMaxBytes: 2 * length })).records), [0, 1]);
  assert.deepEqual(offsets((await fetch(client, 't', { partitionMaxBytes: 2 * length - 1 })).records), [0]);
  const share = async (limits: { maxBytes?: number; partitionMaxBytes?: number }) => {
    sendFetch(client, 't', { partitions: [2, 0, 1], ...limits });
    return (await receiveFetched(client)).map(({ records }) => records.length / length);
  };
  assert.deepEqual(await share({ maxBytes: 1 }), [0, 1, 0]);
  assert.deepEqual(await share({ maxBytes: 4 * length }), [0, 3, 1]);
  assert.deepEqual(await share({ partitionMaxBytes: 1 }), [0, 1, 0]);
  assert.deepEqual(await share({ maxBytes: 2 * length, partitionMaxBytes: length }), [0, 1, 1]);
});

test('however much a client asks for, an answer stays small', async (context) => {
  const { client } = await testBroker(context, { clock: new ManualClock() });
  await createTopic(client, 't', 2);
  const batch = batchOf('x'.repeat(1_000_000));
  const sent = 12;
  for (let index = 0; index < sent; index += 1)
    await produce(client, 't', Buffer.from(batch), { partition: index % 2 });
  const asked = { maxBytes: 2 ** 31 - 1, partitionMaxBytes: 2 ** 31 - 1 };
  sendFetch(client, 't', { partitions: [0, 1], ...asked });
  const fetched = (await receiveFetched(client)).map(({ records }) => records.length / batch.length);
  assert.deepEqual(fetched, [6, 4]);
});

test('while others hold all the room there is, every fetch still gets a batch, of each partition in turn', async (context) => {
  const { client } = await testBroker(context, { maxUnsentFetchBytes: 0 });
  await createTopic(client, 't', 2);
  for (const partition of [0, 0, 1, 1]) await produce(client, 't', batchOf('x'), { partition });
  const seen = new Set<string>();
  while (seen.size < 2) {
    sendFetch(client, 't', { partitions: [0, 1] });
    seen.add((await receiveFetched(client)).map(({ records }) => offsets(records)).join('|'));
  }
  assert.deepEqual([...seen].sort(), ['0|', '|0']);
});

test('a fetch without room still waits where there is nothing', async (context) => {
  const clock = new ManualClock();
  const { client, connect } = await testBroker(context, { clock, maxUnsentFetchBytes: 0 });
  await createTopic(client, 't');
  const waiting = await connect();
  const { pending } = clock;
  sendFetch(waiting, 't', { maxWaitMs: HOUR_MS });
  await waitFor('the fetch', () => clock.pending > pending);
  await produce(client, 't', batchOf('a'));
  const [partition] = await receiveFetched(waiting);
  assert.deepEqual(partition && offsets(partition.records), [0]);
});

test('a fetch that waits for more holds nothing meanwhile', async (context) => {
  const clock = new ManualClock();
  const { client, connect } = await testBroker(context, { clock, maxUnsentFetchBytes: 13_000_000 });
  await createTopic(client, 't');
  for (let each = 0; each < 3; each += 1) await produce(client, 't', batchOf('x'.repeat(1_000_000)));
  const asked = { maxBytes: 10_000_000, partitionMaxBytes: 10_000_000 };
  const waiting = await connect();
  const { pending } = clock;
  sendFetch(waiting, 't', { ...asked, minBytes: 9_000_000, maxWaitMs: HOUR_MS });
  await waitFor('the fetch', () => clock.pending > pending);
  assert.deepEqual(offsets((await fetch(client, 't', asked)).records), [0, 1, 2]);
});

test('a fetch whose answer has no room for the next batch waits for no more', async (context) => {
  const { client } = await testBroker(context, { clock: new ManualClock() });
  await createTopic(client, 't', 2);
  const { length } = batchOf('x'.repeat(1000));
  for (const partition of [0, 0, 1]) await produce(client, 't', batchOf('x'.repeat(1000)), { partition });
  const maxBytes = 2 * length + 1;
  sendFetch(client, 't', { partitions: [0, 1], maxBytes, minBytes: maxBytes, maxWaitMs: HOUR_MS });
  const fetched = (await receiveFetched(client)).map(({ records }) => records.length / length);
  assert.deepEqual(fetched, [2, 0]);
});

test('a fetch that waits is woken by an append, though no time passes', async (context) => {
  const clock = new ManualClock();
  const { client, connect } = await testBroker(context, { clock });
  await createTopic(client, 't', 2);
  const waiting = await connect();
  const { pending } = clock;
  sendFetch(waiting, 't', { partitions: [0, 1], maxWaitMs: HOUR_MS });
  await waitFor('the fetch', () => clock.pending > pending);
  await produce(client, 't', batchOf('a'), { partition: 1 });
  const [first, second] = await receiveFetched(waiting);
  assert.equal(first?.records.length, 0);
  assert.deepEqual(second && offsets(second.records), [0]);
  assert.equal(clock.pending, pending);
});

test('a fetch waits until there is as much as it wants', async (context) => {
  const { client, connect } = await testBroker(context, { clock: new ManualClock() });
  await createTopic(client, 't', 2);
  const waiting = await connect();
  const { length } = batchOf('x'.repeat(1000));
  sendFetch(waiting, 't', { partitions: [0, 1], maxWaitMs: HOUR_MS, minBytes: 3 * length });
  const answer = receiveFetched(waiting);
  for (const partition of [0, 1, 0]) await produce(client, 't', batchOf('x'.repeat(1000)), { partition });
  assert.deepEqual(
    (await answer).map(({ records }) => records.length / length),
    [2, 1],
  );
});

test('a fetch in vain is answered when its time is over, not before', async (context) => {
  const clock = new ManualClock();
  const { client } = await testBroker(context, { clock });
  await createTopic(client, 't');
  await produce(client, 't', batchOf('a'));
  let answered = false;
  sendFetch(client, 't', { maxWaitMs: 500, minBytes: 100_000 });
  const answer = receiveFetched(client).finally(() => {
    answered = true;
  });
  for (let step = 0; step < 50; step += 1) {
    await turn();
    clock.advance(9);
  }
  assert.equal(answered, false);
  while (!answered) {
    clock.advance(50);
    await turn();
  }
  const [partition] = await answer;
  assert.deepEqual(partition && offsets(partition.records), [0]);
});

test('a fetch that waits hears that its topic is gone', async (context) => {
  const clock = new ManualClock();
  const { client, connect } = await testBroker(context, { clock });
  await createTopic(client, 't');
  const waiting = await connect();
  const { pending } = clock;
  sendFetch(waiting, 't', { maxWaitMs: HOUR_MS });
  await waitFor('the fetch', () => clock.pending > pending);
  assert.equal(await deleteTopic(client, 't'), 'NONE');
  assert.equal((await receiveFetched(waiting))[0]?.error, 'UNKNOWN_TOPIC_OR_PARTITION');
});

test('a fetch that waits does not hold up the end', async (context) => {
  const clock = new ManualClock();
  const { client, emulator } = await testBroker(context, { clock });
  await createTopic(client, 't');
  const { pending } = clock;
  sendFetch(client, 't', { maxWaitMs: HOUR_MS });
  const answer = receiveFetched(client);
  await waitFor('the fetch', () => clock.pending > pending);
  await emulator[Symbol.asyncDispose]();
  assert.equal((await answer)[0]?.error, 'NONE');
  await client.closed();
});
