import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { BrokerEvent } from '../events.ts';
import { buildBatch, readRecords } from '../testing/batches.ts';
import { testBroker } from '../testing/broker.ts';
import { FailingFileSystem } from '../testing/failing-file-system.ts';
import {
  createTopic,
  fetch,
  initProducerId,
  listOffset,
  produce,
  produceRefused,
  receiveProduced,
  sendProduce,
} from '../testing/requests.ts';

const LATEST = -1;

test('every version that is served takes a batch', async (context) => {
  const { client } = await testBroker(context);
  await createTopic(client, 't');
  for (let version = 3; version <= 8; version += 1) {
    sendProduce(client, 't', buildBatch(), { version });
    const body = await client.receive();
    assert.equal(body.remaining > 0, true);
  }
  assert.equal((await listOffset(client, 't', LATEST)).offset, 6);
});

test('versions that are only advertised end the connection, as in Apache Kafka', async (context) => {
  const { client, connect } = await testBroker(context);
  for (const version of [0, 1, 2]) {
    const other = await connect();
    sendProduce(other, 't', buildBatch(), { version });
    await other.closed();
  }
  assert.equal((await createTopic(client, 't')).error, 'NONE');
});

test('what cannot be appended is refused, partition by partition', async (context) => {
  const { client } = await testBroker(context);
  await createTopic(client, 't', 1, { 'max.message.bytes': '200' });
  const errorOf = async (records: Buffer, options = {}) => (await produce(client, 't', records, options)).error;
  assert.equal(await errorOf(buildBatch(), { partition: 1 }), 'UNKNOWN_TOPIC_OR_PARTITION');
  assert.equal(await errorOf(buildBatch(), { partition: -1 }), 'UNKNOWN_TOPIC_OR_PARTITION');
  assert.equal((await produce(client, 'nope', buildBatch())).error, 'UNKNOWN_TOPIC_OR_PARTITION');
  assert.equal(await errorOf(buildBatch(), { acks: 2 }), 'INVALID_REQUIRED_ACKS');
  assert.equal(await errorOf(buildBatch({ crc: 1 })), 'CORRUPT_MESSAGE');
  assert.equal(await errorOf(buildBatch({ values: ['x'.repeat(200)] })), 'MESSAGE_TOO_LARGE');
  assert.equal(await errorOf(buildBatch(), { transactionalId: 'tx' }), 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED');
  assert.equal(await errorOf(buildBatch({ attributes: 0x10 })), 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED');
  assert.equal((await listOffset(client, 't', LATEST)).offset, 0);
});

test('a topic that is compacted takes no record without a key', async (context) => {
  const { client } = await testBroker(context);
  await createTopic(client, 'c', 1, { 'cleanup.policy': 'compact,delete' });
  await createTopic(client, 'd', 1, { 'cleanup.policy': 'delete' });
  const message = 'Compacted topic cannot accept message without key in topic partition c-0';
  const keyed = { values: ['a', 'b'], keys: ['k', ''] };
  const mixed = { values: ['a', 'b', 'c', 'd', 'e'], keys: ['k'] };
  // As Apache Kafka 4.1 answered.
  assert.deepEqual(await produceRefused(client, 'c', buildBatch(mixed)), {
    error: 'INVALID_RECORD',
    logStartOffset: 0,
    recordErrors: [1, 2, 3, 4].map((index) => ({ index, message })),
    message: `One or more records have been rejected due to 4 record errors in total, and only showing the first three errors at most: [RecordError(batchIndex=1, message='${message}'), RecordError(batchIndex=2, message='${message}'), RecordError(batchIndex=3, message='${message}')]`,
  });
  for (const { attributes, transform } of [
    { attributes: 1, transform: gzipSync },
    { attributes: 4, transform: zstdCompressSync },
  ]) {
    const refused = await produceRefused(client, 'c', buildBatch({ ...mixed, attributes, transform }));
    assert.deepEqual([refused.error, refused.recordErrors.length], ['INVALID_RECORD', 4]);
    assert.equal((await produce(client, 'c', buildBatch({ ...keyed, attributes, transform }))).error, 'NONE');
    const rubbish = buildBatch({ ...keyed, attributes, transform: () => Buffer.from('rubbish') });
    assert.equal((await produce(client, 'c', rubbish)).error, 'INVALID_RECORD');
  }
  assert.equal((await produce(client, 'c', buildBatch({ values: ['a'] }))).error, 'INVALID_RECORD');
  assert.equal((await produce(client, 'c', buildBatch(keyed))).error, 'NONE');
  assert.equal((await produce(client, 'd', buildBatch(mixed))).error, 'NONE');
  assert.equal((await listOffset(client, 'c', LATEST)).offset, 6);
});

test('the answer to a batch full of records without a key stays small', async (context) => {
  const { client } = await testBroker(context);
  await createTopic(client, 'c', 1, { 'cleanup.policy': 'compact' });
  const { recordErrors, message } = await produceRefused(
    client,
    'c',
    buildBatch({ values: Array.from({ length: 50_000 }, () => '') }),
  );
  assert.equal(recordErrors.length, 1000);
  assert.match(message ?? '', /due to 50000 record errors in total/);
});

test('a batch whose records cannot be read is kept from those who would', async (context) => {
  const { client } = await testBroker(context);
  await createTopic(client, 't');
  for (const batch of [
    buildBatch({ transform: () => Buffer.from('rubbish') }),
    buildBatch({ recordCount: 2 ** 31 - 1, lastOffsetDelta: 2 ** 31 - 2 }),
    buildBatch({ values: ['a', 'b'], recordCount: 1, lastOffsetDelta: 0 }),
  ]) {
    assert.equal((await produce(client, 't', batch)).error, 'INVALID_RECORD');
  }
  assert.equal((await listOffset(client, 't', LATEST)).offset, 0);
});

test('a null record set is no request', async (context) => {
  const { client } = await testBroker(context);
  await createTopic(client, 't');
  sendProduce(client, 't', null);
  await client.closed();
});

test('acks=0 is not answered; what fails ends the connection instead', async (context) => {
  const { client } = await testBroker(context);
  await createTopic(client, 't');
  sendProduce(client, 't', buildBatch(), { acks: 0 });
  assert.equal((await listOffset(client, 't', LATEST)).offset, 1);
  sendProduce(client, 't', buildBatch({ crc: 1 }), { acks: 0 });
  await client.closed();
});

test('pipelined batches keep their order, and so do their answers', async (context) => {
  const { client } = await testBroker(context);
  await createTopic(client, 't', 2);
  for (let each = 0; each < 200; each += 1) {
    sendProduce(client, 't', buildBatch({ values: [`${each}`] }), { partition: each % 2 });
  }
  for (let each = 0; each < 200; each += 1) {
    assert.equal((await receiveProduced(client)).baseOffset, Math.floor(each / 2));
  }
  const { records } = await fetch(client, 't', { partitions: [1] });
  assert.deepEqual(
    readRecords(records).map(({ value }) => Number(value)),
    Array.from({ length: 100 }, (_, index) => index * 2 + 1),
  );
});

test('a retried batch is answered with the place it has, on any connection and after a restart', async (context) => {
  const broker = await testBroker(context);
  const { client } = broker;
  await createTopic(client, 't');
  const producerId = await initProducerId(client);
  const batch = (sequence: number) => buildBatch({ producerId, epoch: 0, sequence, values: [`${sequence}`] });
  for (let sequence = 0; sequence < 3; sequence += 1) await produce(client, 't', batch(sequence));
  assert.equal((await produce(await broker.connect(), 't', batch(1))).baseOffset, 1);
  assert.equal((await produce(client, 't', batch(9))).error, 'OUT_OF_ORDER_SEQUENCE_NUMBER');
  const { client: again } = await broker.restart();
  assert.equal((await produce(again, 't', batch(2))).baseOffset, 2);
  assert.equal((await produce(again, 't', batch(3))).baseOffset, 3);
  assert.equal((await listOffset(again, 't', LATEST)).offset, 4);
  assert.ok((await initProducerId(again)) > producerId);
});

test('the broker stamps the records of a topic that wants it', async (context) => {
  const { client } = await testBroker(context);
  await createTopic(client, 't', 1, { 'message.timestamp.type': 'LogAppendTime' });
  const before = Date.now();
  const { logAppendTimeMs } = await produce(client, 't', buildBatch({ timestampMs: 5 }));
  assert.ok(logAppendTimeMs >= before && logAppendTimeMs <= Date.now());
});

test('faults on demand: refused once each, in the order arranged', async (context) => {
  const { client, emulator } = await testBroker(context);
  await createTopic(client, 't', 2);
  emulator.faults.produce('t', 0, 'not-leader', 2);
  emulator.faults.produce('t', 0, 'out-of-order-sequence');
  emulator.faults.produce('t', 0, 'unknown-producer-id');
  const errors: string[] = [];
  for (let each = 0; each < 5; each += 1) errors.push((await produce(client, 't', buildBatch())).error);
  assert.deepEqual(errors, [
    'NOT_LEADER_OR_FOLLOWER',
    'NOT_LEADER_OR_FOLLOWER',
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    'UNKNOWN_PRODUCER_ID',
    'NONE',
  ]);
  emulator.faults.produce('t', 0, 'not-leader');
  assert.equal((await produce(client, 't', buildBatch(), { partition: 1 })).error, 'NONE');
  emulator.faults.clear();
  assert.equal((await produce(client, 't', buildBatch())).error, 'NONE');
});

test('a reply that is lost leaves the batch behind', async (context) => {
  const { client, emulator, connect } = await testBroker(context);
  await createTopic(client, 't');
  emulator.faults.produce('t', 0, 'lose-reply');
  await assert.rejects(produce(client, 't', buildBatch()), /closed/);
  assert.equal((await listOffset(await connect(), 't', LATEST)).offset, 1);
});

test('a full disk is told to the client, which may try again', async (context) => {
  const fileSystem = new FailingFileSystem();
  const events: BrokerEvent[] = [];
  const { client } = await testBroker(context, { fileSystem, onEvent: (event) => events.push(event) });
  await createTopic(client, 't');
  fileSystem.writeError = 'ENOSPC';
  assert.equal((await produce(client, 't', buildBatch())).error, 'KAFKA_STORAGE_ERROR');
  assert.equal((await createTopic(client, 'other')).error, 'KAFKA_STORAGE_ERROR');
  fileSystem.writeError = undefined;
  assert.equal((await produce(client, 't', buildBatch())).baseOffset, 0);
  assert.equal((await createTopic(client, 'other')).error, 'NONE');
  assert.ok(events.length >= 2 && events.every(({ kind }) => kind === 'storage-failed'));
});

test('a disk that fails ends the broker: nothing is acknowledged any more', async (context) => {
  const fileSystem = new FailingFileSystem();
  const { client, emulator, connect } = await testBroker(context, { fileSystem });
  await createTopic(client, 't', 2);
  const other = await connect();
  fileSystem.writeError = 'EIO';
  sendProduce(client, 't', buildBatch());
  sendProduce(client, 't', buildBatch(), { partition: 1 });
  await Promise.all([assert.rejects(receiveProduced(client), /closed/), client.closed(), other.closed()]);
  assert.match((await emulator.ended)?.message ?? '', /EIO/);
});
