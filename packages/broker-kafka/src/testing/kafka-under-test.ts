import type { BrokerUnderTest } from '@sluice/contract-tests';
import { waitFor } from '@sluice/testing';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { newClient, newCluster } from '../client/client.ts';
import { type KafkaBrokerOptions, openKafkaBroker } from '../index.ts';
import { produceForeign } from './foreign-producer.ts';

/** The settings that the suite runs with: short times, a small queue. */
export const TEST_OPTIONS = { maxQueuedRecords: 5_000, sessionTimeoutMs: 6_000 } as const;

/** What a broker takes by default is a batch of 1,048,588 bytes, 61 of them its header. */
export const KAFKA_FEATURES = {
  offsets: true,
  anyBytes: true,
  replays: true,
  largestValueBytes: 1_048_400,
  maxQueuedRecords: TEST_OPTIONS.maxQueuedRecords,
  memberTimeoutMs: TEST_OPTIONS.sessionTimeoutMs,
} as const;

/** A broker on `address`, and kafkajs for what other clients and operators do. */
export async function kafkaUnderTest(
  address: string,
  options: Partial<KafkaBrokerOptions> = {},
): Promise<BrokerUnderTest> {
  const open = () => openKafkaBroker({ brokers: [address], ...TEST_OPTIONS, ...options });
  const clientOptions = { brokers: [address], clientId: 'other', connectTimeoutMs: 3_000, requestTimeoutMs: 5_000 };
  const client = newClient({ ...clientOptions, log: () => {} });
  const cluster = newCluster(client);
  const broker = await open();
  // A container's port is open before there is anybody behind it.
  await waitFor('Kafka', () => broker.admin.ping().then(() => true), { timeoutMs: 60_000 });
  const admin = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  return {
    broker,
    openAnother: open,
    produceForeign: (record) => produceForeign(cluster, record),
    committedOffsets: async (groupId, topic) => {
      const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
      return new Map(found?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    },
    commitOffset: async (groupId, topic, partition, offset) => {
      await cluster.connect();
      await cluster.addTargetTopic(topic);
      const coordinator = await cluster.findGroupCoordinator({ groupId });
      const topics = [{ topic, partitions: [{ partition, offset: String(offset) }] }];
      await coordinator.offsetCommit({ groupId, groupGenerationId: -1, memberId: '', topics });
    },
    recreateTopic: (topic, partitions) => recreateTopic(admin, topic, partitions),
    [Symbol.asyncDispose]: async () => {
      await broker[Symbol.asyncDispose]();
      await admin.disconnect();
      client.sockets.close();
    },
  };
}

async function recreateTopic(admin: Admin, topic: string, numPartitions: number): Promise<void> {
  await admin.deleteTopics({ topics: [topic] });
  for (;;) {
    try {
      // False while the deletion is not done.
      if (await admin.createTopics({ topics: [{ topic, numPartitions }] })) return;
    } catch {
      // Kafka says so in several ways.
    }
  }
}
