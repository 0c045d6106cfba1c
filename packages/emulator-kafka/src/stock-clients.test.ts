import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  Admin,
  Consumer,
  type Message,
  Producer,
  type ProducerOptions,
  ProtocolError,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';
import { waitFor } from '@sluice/testing';
import { startKafkaEmulator } from './server.ts';

/*
 * A client that asks for the newest versions, most of them flexible, and knows every compression: kafkajs, which other
 * tests use, asks for old ones.
 */

const TOPIC = 'orders';
const LATEST = -1n;
const EARLIEST = -2n;
const TOPIC_RESOURCE = 2;

interface Kafka {
  readonly admin: Admin;
  send(values: readonly (string | undefined)[], options?: Partial<StringProducer>): Promise<void>;
  consumer(groupId: string, groupInstanceId?: string): Consumer<string, string, string, string>;
}

type StringProducer = ProducerOptions<string, string, string, string>;

/** An emulator with a topic of three partitions. */
async function kafka(context: TestContext): Promise<Kafka> {
  const resources = new AsyncDisposableStack();
  context.after(() => resources.disposeAsync());
  const { address } = resources.use(await startKafkaEmulator());
  const base = { clientId: 'test', bootstrapBrokers: [address], retries: 5, retryDelay: 50 };
  const admin = resources.adopt(new Admin(base), (open) => open.close());
  await admin.createTopics({ topics: [TOPIC], partitions: 3, replicas: 1 });
  return {
    admin,
    async send(values, options = {}) {
      const producer = new Producer({ ...base, serializers: stringSerializers, ...options });
      const headers = { trace: 'abc' };
      const messages = values.map((value, index) => {
        return { topic: TOPIC, key: `k${index}`, headers, ...(value !== undefined && { value }) };
      });
      await producer.send({ messages }).finally(() => producer.close());
    },
    consumer(groupId, groupInstanceId) {
      const timeouts = { sessionTimeout: 6_000, rebalanceTimeout: 6_000, heartbeatInterval: 100 };
      const instance = groupInstanceId === undefined ? {} : { groupInstanceId };
      const options = { ...base, ...timeouts, ...instance, groupId, deserializers: stringDeserializers };
      return resources.adopt(new Consumer(options), (open) => open.close(true));
    },
  };
}

type StringMessage = Message<string, string, string, string>;

async function read(consumer: Consumer<string, string, string, string>, received: StringMessage[] = []) {
  const mode = 'committed';
  const stream = await consumer.consume({ topics: [TOPIC], mode, fallbackMode: 'earliest', maxWaitTime: 100 });
  stream.on('data', (message) => received.push(message));
  return { received, [Symbol.asyncDispose]: () => stream.close() };
}

const partitionsOf = ({ assignments }: Consumer<string, string, string, string>): number =>
  (assignments ?? []).reduce((sum, { partitions }) => sum + partitions.length, 0);

for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
  test(`records come out as they went in: ${compression}, idempotent`, async (context) => {
    const { send, consumer } = await kafka(context);
    const values = Array.from({ length: 300 }, (_, index) => (index % 10 === 0 ? undefined : `value ${index}`));
    await send(values, { compression, idempotent: true });
    await send(values, { compression, acks: 1 });
    await using reading = await read(consumer('group'));
    await waitFor('the records', () => reading.received.length >= 2 * values.length);
    const text = ({ key, value }: { key: string; value: string | null | undefined }): string => `${key}=${value ?? ''}`;
    const sent = values.map((value, index) => text({ key: `k${index}`, value }));
    assert.deepEqual(reading.received.map(text).sort(), [...sent, ...sent].sort());
    for (const { headers } of reading.received) assert.deepEqual([...headers], [['trace', 'abc']]);
  });
}

test('two members share the partitions, and who stays takes over', async (context) => {
  const { admin, send, consumer } = await kafka(context);
  const [first, second] = [consumer('group'), consumer('group')];
  await using one = await read(first);
  const two = await read(second);
  await waitFor('both to have some', () => partitionsOf(first) > 0 && partitionsOf(second) > 0);
  assert.equal(partitionsOf(first) + partitionsOf(second), 3);
  const group = (await admin.describeGroups({ groups: ['group'] })).get('group');
  assert.deepEqual([group?.state, group?.members.size], ['Stable', 2]);
  await two[Symbol.asyncDispose]();
  await second.close();
  await waitFor('the first to have all', () => partitionsOf(first) === 3);
  await send(['a', 'b', 'c', 'd']);
  await waitFor('all records', () => one.received.length === 4);
});

test('an admin sees and moves offsets, and deletes records', async (context) => {
  const { admin, send } = await kafka(context);
  await send(Array.from({ length: 30 }, (_, index) => `${index}`));
  const offset = async (timestamp: bigint): Promise<bigint | undefined> => {
    const topics = [{ name: TOPIC, partitions: [{ partitionIndex: 0, timestamp }] }];
    return (await admin.listOffsets({ topics }))[0]?.partitions[0]?.offset;
  };
  const end = await offset(LATEST);
  assert.ok(end !== undefined && end > 2n);
  assert.equal(await offset(BigInt(Date.now() - 60_000)), 0n);
  await admin.deleteRecords({ topics: [{ name: TOPIC, partitions: [{ partition: 0, offset: 2n }] }] });
  assert.deepEqual([await offset(EARLIEST), await offset(LATEST)], [2n, end]);

  const topics = [{ name: TOPIC, partitionOffsets: [{ partition: 0, offset: 2n }] }];
  await admin.alterConsumerGroupOffsets({ groupId: 'group', topics });
  const committed = async () => {
    const [group] = await admin.listConsumerGroupOffsets({ groups: ['group'] });
    return group?.topics.flatMap(({ partitions }) => partitions.map((each) => each.committedOffset));
  };
  assert.deepEqual(await committed(), [2n]);
  await admin.deleteConsumerGroupOffsets({ groupId: 'group', topics: [{ name: TOPIC, partitionIndexes: [0] }] });
  assert.deepEqual(await committed(), []);
});

test("an admin reads and changes a topic's settings", async (context) => {
  const { admin } = await kafka(context);
  const resource = { resourceType: TOPIC_RESOURCE, resourceName: TOPIC } as const;
  const retention = async () => {
    const [topic] = await admin.describeConfigs({ resources: [{ ...resource, configurationKeys: ['retention.ms'] }] });
    return topic?.configs.map(({ value }) => value);
  };
  await admin.alterConfigs({ resources: [{ ...resource, configs: [{ name: 'retention.ms', value: '60000' }] }] });
  assert.deepEqual(await retention(), ['60000']);
  const unset = { name: 'retention.ms', configOperation: 1, value: null } as const;
  await admin.incrementalAlterConfigs({ resources: [{ ...resource, configs: [unset] }] });
  assert.deepEqual(await retention(), ['604800000']);
});

test('a client hears by name what is wrong', async (context) => {
  const { admin, send } = await kafka(context);
  const options = { partitions: 1, replicas: 1 };
  const names = (error: unknown): string[] => {
    if (error instanceof ProtocolError) return [error.apiId];
    const causes = error instanceof AggregateError ? error.errors : [];
    return causes.flatMap(names);
  };
  const refusal = (attempt: Promise<unknown>): Promise<string[]> => attempt.then(() => [], names);
  assert.deepEqual(await refusal(admin.createTopics({ topics: [TOPIC], ...options })), ['TOPIC_ALREADY_EXISTS']);
  assert.deepEqual(await refusal(admin.createTopics({ topics: ['a b'], ...options })), ['INVALID_TOPIC_EXCEPTION']);
  assert.deepEqual(await refusal(send(['x'.repeat(2_000_000)])), ['MESSAGE_TOO_LARGE']);
});
