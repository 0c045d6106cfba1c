import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { waitFor } from '@sluice/testing';
import { CompressionTypes, Kafka, logLevel } from 'kafkajs';
import type { KafkaEmulatorOptions } from './options.ts';
import type { KafkaEmulator } from './running-emulator.ts';
import { testBroker } from './testing/broker.ts';

/** `ConfigResourceTypes.TOPIC`, which cannot be imported by name. */
const TOPIC_RESOURCE = 2;

/*
 * What a stock client does with the emulator. Consumer groups have tests of their own.
 */

async function kafkaFor(
  context: TestContext,
  options: KafkaEmulatorOptions = {},
): Promise<{ kafka: Kafka; emulator: KafkaEmulator; restart: () => Promise<void> }> {
  const broker = await testBroker(context, options);
  let { emulator } = broker;
  const kafka = new Kafka({
    brokers: () => [emulator.address],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 20, retries: 8 },
  });
  const restart = async () => {
    emulator = (await broker.restart()).emulator;
  };
  return { kafka, emulator, restart };
}

/** Disconnects before the emulator ends, or it would try for long to reach it. */
async function connected<C extends { connect(): Promise<void>; disconnect(): Promise<void> }>(
  clients: AsyncDisposableStack,
  client: C,
): Promise<C> {
  clients.defer(() => client.disconnect());
  await client.connect();
  return client;
}

interface Seen {
  readonly partition: number;
  readonly offset: string;
  readonly key: string | undefined;
  readonly value: string | undefined;
  readonly header: string | undefined;
}

async function consumeAll(kafka: Kafka, topic: string, count: number): Promise<Seen[]> {
  await using clients = new AsyncDisposableStack();
  const consumer = await connected(clients, kafka.consumer({ groupId: `reads-${topic}`, maxWaitTimeInMs: 50 }));
  await consumer.subscribe({ topic, fromBeginning: true });
  const seen: Seen[] = [];
  await consumer.run({
    eachMessage: async ({ partition, message: { offset, key, value, headers } }) => {
      seen.push({ partition, offset, key: key?.toString(), value: value?.toString(), header: headers?.h?.toString() });
    },
  });
  await waitFor(`${count} records`, () => seen.length >= count);
  return seen;
}

test('records come back as they were sent: keys, values, headers, nulls, compressed or not', async (context) => {
  const { kafka } = await kafkaFor(context);
  await using clients = new AsyncDisposableStack();
  const producer = await connected(clients, kafka.producer({ idempotent: true }));
  const messages = [
    { key: 'k', value: 'plain', headers: { h: 'x' } },
    { key: null, value: 'no key' },
    { key: 'k', value: null },
  ];
  await producer.send({ topic: 't', messages });
  await producer.send({ topic: 't', messages, compression: CompressionTypes.GZIP });
  const seen = await consumeAll(kafka, 't', 6);
  const expected = messages.map(({ key, value, headers }) => ({
    key: key ?? undefined,
    value: value ?? undefined,
    header: headers?.h,
  }));
  assert.deepEqual(
    seen.map(({ key, value, header }) => ({ key, value, header })),
    [...expected, ...expected],
  );
  assert.deepEqual(
    seen.map(({ offset }) => offset),
    ['0', '1', '2', '3', '4', '5'],
  );
});

test('a consumer gets on, in all partitions, where answers have room for one batch each', async (context) => {
  const { kafka } = await kafkaFor(context, { defaultPartitions: 3, maxUnsentFetchBytes: 0 });
  await using clients = new AsyncDisposableStack();
  const producer = await connected(clients, kafka.producer());
  for (let batch = 0; batch < 10; batch += 1) {
    const messages = [0, 1, 2].map((partition) => ({ partition, value: `${batch}` }));
    await producer.send({ topic: 't', messages });
  }
  const seen = await consumeAll(kafka, 't', 30);
  for (const partition of [0, 1, 2]) {
    assert.deepEqual(
      seen.filter((record) => record.partition === partition).map(({ value }) => Number(value)),
      Array.from({ length: 10 }, (_, batch) => batch),
    );
  }
});

test('an admin makes topics, looks at them, changes and deletes them', async (context) => {
  const { kafka } = await kafkaFor(context, { autoCreateTopics: false });
  await using clients = new AsyncDisposableStack();
  const admin = await connected(clients, kafka.admin());
  const topics = [{ topic: 't', numPartitions: 2, configEntries: [{ name: 'retention.ms', value: '-1' }] }];
  assert.equal(await admin.createTopics({ topics, waitForLeaders: true }), true);
  assert.equal(await admin.createTopics({ topics }), false);
  await assert.rejects(admin.createTopics({ topics: [{ topic: 'bad name' }] }));
  await admin.createPartitions({ topicPartitions: [{ topic: 't', count: 3 }] });
  const { topics: described } = await admin.fetchTopicMetadata({ topics: ['t'] });
  assert.equal(described[0]?.partitions.length, 3);
  const resource = { type: TOPIC_RESOURCE, name: 't' };
  const configEntries = [{ name: 'max.message.bytes', value: '5000' }];
  await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries }] });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ ...resource, configNames: ['max.message.bytes', 'retention.ms'] }],
  });
  assert.deepEqual(
    resources[0]?.configEntries.map(({ configName, configValue }) => `${configName}=${configValue}`).sort(),
    ['max.message.bytes=5000', 'retention.ms=604800000'],
  );
  await admin.deleteTopics({ topics: ['t'] });
  assert.deepEqual(await admin.listTopics(), []);
  const cluster = await admin.describeCluster();
  assert.equal(cluster.brokers.length, 1);
});

test('offsets by end, by time, and after records were deleted', async (context) => {
  const { kafka } = await kafkaFor(context);
  await using clients = new AsyncDisposableStack();
  const admin = await connected(clients, kafka.admin());
  const producer = await connected(clients, kafka.producer());
  for (const timestamp of ['1000', '2000', '3000']) {
    await producer.send({ topic: 't', messages: [{ value: timestamp, timestamp }] });
  }
  assert.deepEqual(await admin.fetchTopicOffsets('t'), [{ partition: 0, offset: '3', high: '3', low: '0' }]);
  assert.deepEqual(await admin.fetchTopicOffsetsByTimestamp('t', 1500), [{ partition: 0, offset: '1' }]);
  await admin.deleteTopicRecords({ topic: 't', partitions: [{ partition: 0, offset: '2' }] });
  assert.deepEqual(await admin.fetchTopicOffsets('t'), [{ partition: 0, offset: '3', high: '3', low: '2' }]);
});

test('an idempotent producer gets over a moved leader and a lost reply: each record once, in order', async (context) => {
  const { kafka, emulator } = await kafkaFor(context);
  await using clients = new AsyncDisposableStack();
  const producer = await connected(clients, kafka.producer({ idempotent: true, maxInFlightRequests: 1 }));
  await producer.send({ topic: 't', messages: [{ value: '0' }] });
  for (let each = 1; each <= 20; each += 1) {
    if (each % 5 === 0) emulator.faults.produce('t', 0, 'not-leader');
    if (each % 7 === 0) emulator.faults.produce('t', 0, 'lose-reply');
    await producer.send({ topic: 't', messages: [{ value: `${each}` }] });
  }
  const seen = await consumeAll(kafka, 't', 21);
  assert.deepEqual(
    seen.map(({ value }) => Number(value)),
    Array.from({ length: 21 }, (_, index) => index),
  );
});

test('a producer and a consumer go on over a restart of the broker', async (context) => {
  const { kafka, restart } = await kafkaFor(context);
  await using clients = new AsyncDisposableStack();
  const producer = await connected(clients, kafka.producer({ idempotent: true }));
  await producer.send({ topic: 't', messages: [{ value: 'before' }] });
  await restart();
  await producer.send({ topic: 't', messages: [{ value: 'after' }] });
  const seen = await consumeAll(kafka, 't', 2);
  assert.deepEqual(
    seen.map(({ value, offset }) => [value, offset]),
    [
      ['before', '0'],
      ['after', '1'],
    ],
  );
});
