import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { temporaryDirectory, waitFor } from '@sluice/testing';
import { type Consumer, type ISocketFactory, Kafka, type KafkaConfig, logLevel } from 'kafkajs';
import type { KafkaEmulator } from '../running-emulator.ts';
import { startKafkaEmulator } from '../server.ts';

const TOPIC = 'orders';
const PARTITIONS = 4;

const start = (directory?: string): Promise<KafkaEmulator> =>
  startKafkaEmulator({ groups: { minSessionTimeoutMs: 500 }, ...(directory !== undefined && { directory }) });

function client({ address }: KafkaEmulator, config: Partial<KafkaConfig> = {}): Kafka {
  const retry = { initialRetryTime: 50, maxRetryTime: 200, retries: 20 };
  return new Kafka({ clientId: 'test', brokers: [address], logLevel: logLevel.NOTHING, retry, ...config });
}

async function createTopic(kafka: Kafka): Promise<void> {
  const admin = kafka.admin();
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: PARTITIONS }] });
  await admin.disconnect();
}

/** Sends as many records to each partition, with the values `partition/number`. */
async function produce(kafka: Kafka, perPartition: number, from = 0): Promise<void> {
  const producer = kafka.producer();
  await producer.connect();
  const messages = Array.from({ length: PARTITIONS * perPartition }, (_, index) => {
    const partition = index % PARTITIONS;
    return { partition, value: `${partition}/${from + Math.floor(index / PARTITIONS)}` };
  });
  await producer.send({ topic: TOPIC, messages });
  await producer.disconnect();
}

interface Reading extends AsyncDisposable {
  readonly consumer: Consumer;
  readonly values: string[];
  /** The partitions assigned last. */
  partitions: number[];
}

async function read(kafka: Kafka, groupId: string): Promise<Reading> {
  const timeouts = { sessionTimeout: 1_000, rebalanceTimeout: 3_000, heartbeatInterval: 100 };
  const consumer = kafka.consumer({ groupId, ...timeouts, maxWaitTimeInMs: 100 });
  const reading: Reading = {
    consumer,
    values: [],
    partitions: [],
    [Symbol.asyncDispose]: () => consumer.disconnect(),
  };
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    reading.partitions = payload.memberAssignment[TOPIC] ?? [];
  });
  await consumer.connect();
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
  await consumer.run({
    autoCommitThreshold: 1,
    eachMessage: async ({ message }) => {
      reading.values.push(String(message.value));
    },
  });
  return reading;
}

/** Sockets that can all be cut, after which none connects any more: as if the process had been killed. */
class Cable {
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  readonly socketFactory: ISocketFactory = ({ host, port, onConnect }) => {
    const socket = connect({ host, port }, onConnect);
    this.#sockets.add(socket);
    if (this.#isCut) socket.destroy(new Error('the cable is cut'));
    return socket;
  };

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy(new Error('the cable is cut'));
  }
}

const all = Array.from({ length: PARTITIONS }, (_, partition) => partition);
const share = ({ partitions }: Reading): number => partitions.length;

test('consumers of a group share the partitions; when one dies the other takes over where it was', async () => {
  await using emulator = await start();
  const kafka = client(emulator);
  await createTopic(kafka);
  await produce(kafka, 5);
  const cable = new Cable();
  await using survivor = await read(kafka, 'readers');
  await using victim = await read(
    client(emulator, {
      socketFactory: cable.socketFactory,
      retry: { retries: 0, restartOnFailure: async () => false },
    }),
    'readers',
  );
  await waitFor('both to have half of the partitions', () => share(survivor) === 2 && share(victim) === 2);
  assert.deepEqual([...survivor.partitions, ...victim.partitions].sort(), all);
  const seen = (): number => new Set([...survivor.values, ...victim.values]).size;
  await waitFor('all records', () => seen() === 5 * PARTITIONS);
  const half = victim.partitions;
  cable.cut();
  await waitFor('one to have all partitions', () => share(survivor) === PARTITIONS);
  await produce(kafka, 5, 5);
  await waitFor('the records of all partitions', () =>
    half.every((partition) => survivor.values.includes(`${partition}/9`)),
  );
  await waitFor('all records', () => seen() === 10 * PARTITIONS);
});

test('who leaves in order is not waited for', async () => {
  await using emulator = await start();
  const kafka = client(emulator);
  await createTopic(kafka);
  await using one = await read(kafka, 'readers');
  await using other = await read(kafka, 'readers');
  await waitFor('both to have half of the partitions', () => share(one) === 2 && share(other) === 2);
  await other.consumer.disconnect();
  await waitFor('one to have all partitions', () => share(one) === PARTITIONS);
});

test('a group goes on behind its committed offsets, also after the broker was started anew', async () => {
  await using directory = await temporaryDirectory();
  const emulator = await start(directory.path);
  const kafka = client(emulator);
  await createTopic(kafka);
  await produce(kafka, 3);
  await using first = await read(kafka, 'readers');
  await waitFor('all records', () => first.values.length === 3 * PARTITIONS);
  await first.consumer.disconnect();
  await emulator[Symbol.asyncDispose]();
  await using again = await start(directory.path);
  await produce(client(again), 2, 3);
  await using second = await read(client(again), 'readers');
  await waitFor('the new records', () => second.values.length >= 2 * PARTITIONS);
  assert.deepEqual(
    second.values.toSorted(),
    all.flatMap((partition) => [`${partition}/3`, `${partition}/4`]),
  );
});

test('a running consumer survives a restart of its broker on the same port', async () => {
  await using directory = await temporaryDirectory();
  const emulator = await start(directory.path);
  const kafka = client(emulator);
  await createTopic(kafka);
  await using reading = await read(kafka, 'readers');
  await produce(kafka, 1);
  await waitFor('the first records', () => reading.values.length === PARTITIONS);
  const { port } = emulator;
  await emulator[Symbol.asyncDispose]();
  await using again = await startKafkaEmulator({
    directory: directory.path,
    port,
    groups: { minSessionTimeoutMs: 500 },
  });
  await produce(client(again), 1, 1);
  await waitFor('the records after the restart', () => new Set(reading.values).size === 2 * PARTITIONS);
  await reading.consumer.disconnect();
});

test('an administrator lists, describes and deletes groups', async () => {
  await using emulator = await start();
  const kafka = client(emulator);
  await createTopic(kafka);
  await using reading = await read(kafka, 'readers');
  const admin = kafka.admin();
  await waitFor('the group to be stable', async () => {
    const { groups } = await admin.describeGroups(['readers']);
    return groups[0]?.state === 'Stable';
  });
  assert.deepEqual(await admin.listGroups(), { groups: [{ groupId: 'readers', protocolType: 'consumer' }] });
  const { groups } = await admin.describeGroups(['readers', 'nobody']);
  assert.deepEqual(
    groups.map(({ groupId, state, protocol }) => [groupId, state, protocol]),
    [
      ['readers', 'Stable', 'RoundRobinAssigner'],
      ['nobody', 'Dead', ''],
    ],
  );
  assert.match(groups[0]?.members[0]?.memberId ?? '', /^test-[0-9a-f-]{36}$/);
  assert.equal(groups[0]?.members[0]?.clientHost, '/127.0.0.1');
  await assert.rejects(admin.deleteGroups(['readers']), { name: 'KafkaJSDeleteGroupsError' });
  await reading.consumer.disconnect();
  assert.deepEqual(await admin.deleteGroups(['readers']), [{ groupId: 'readers', errorCode: 0 }]);
  assert.deepEqual(await admin.listGroups(), { groups: [] });
  await admin.disconnect();
});

test('an administrator reads, sets and resets the offsets of groups without members', async () => {
  await using emulator = await start();
  const kafka = client(emulator);
  await createTopic(kafka);
  await produce(kafka, 3);
  const admin = kafka.admin();
  const offsets = async (groupId: string): Promise<string[] | undefined> => {
    const [topic] = await admin.fetchOffsets({ groupId, topics: [TOPIC] });
    return topic?.partitions.toSorted((a, b) => a.partition - b.partition).map(({ offset }) => offset);
  };
  assert.deepEqual(await offsets('set'), ['-1', '-1', '-1', '-1']);
  await using before = await read(kafka, 'reset');
  await waitFor('all records', () => before.values.length === 3 * PARTITIONS);
  await before.consumer.disconnect();
  assert.deepEqual(await offsets('reset'), ['3', '3', '3', '3']);
  // Each of these takes the client five seconds, on any broker: it waits for a consumer that it has paused.
  await Promise.all([
    admin.setOffsets({ groupId: 'set', topic: TOPIC, partitions: [{ partition: 2, offset: '2' }] }),
    admin.resetOffsets({ groupId: 'reset', topic: TOPIC, earliest: true }),
  ]);
  assert.deepEqual(await offsets('set'), ['-1', '-1', '2', '-1']);
  await using set = await read(kafka, 'set');
  await using reset = await read(kafka, 'reset');
  await waitFor('all records but two', () => set.values.length === 3 * PARTITIONS - 2);
  await waitFor('all records once more', () => reset.values.length === 3 * PARTITIONS);
  const change = admin.setOffsets({ groupId: 'set', topic: TOPIC, partitions: [{ partition: 0, offset: '0' }] });
  await assert.rejects(change, /must have no running instances/);
  await Promise.all([set.consumer.disconnect(), reset.consumer.disconnect()]);
  assert.deepEqual(await offsets('set'), ['3', '3', '3', '3']);
  await admin.deleteTopics({ topics: [TOPIC] });
  assert.deepEqual(await admin.fetchOffsets({ groupId: 'set' }), []);
  await admin.disconnect();
});
