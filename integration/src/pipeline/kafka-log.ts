import { waitFor } from '@sluice/testing';
import { Kafka, logLevel } from 'kafkajs';
import type { Log, ProducedMessage } from './log.ts';
import type { Stored } from './stored.ts';

/** What any other Kafka client sees and does. */
export class KafkaLog implements Log {
  readonly #kafka: Kafka;
  readonly #topic: string;

  constructor(brokerAddress: string, topic: string) {
    this.#kafka = new Kafka({ brokers: [brokerAddress], logLevel: logLevel.NOTHING });
    this.#topic = topic;
  }

  async produce(messages: readonly ProducedMessage[]): Promise<void> {
    const producer = this.#kafka.producer();
    await producer.connect();
    try {
      await producer.send({ topic: this.#topic, messages: [...messages], acks: -1 });
    } finally {
      await producer.disconnect();
    }
  }

  async watch(): Promise<void> {}

  /** Compares the group's positions with the ends. */
  async isProjected(stored: Stored, group: string): Promise<boolean> {
    const [ends, positions] = await Promise.all([this.ends(), stored.positions(group, this.#topic)]);
    return [...ends].every(([partition, end]) => (positions.get(partition) ?? 0) === end);
  }

  /** The end of each partition. */
  async ends(): Promise<ReadonlyMap<number, number>> {
    return await this.#asAdmin(async (admin) => {
      const offsets = await admin.fetchTopicOffsets(this.#topic);
      return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
    });
  }

  /** Deletes the topic and makes it anew, empty. */
  async makeAnew(): Promise<void> {
    await this.#asAdmin(async (admin) => {
      const numPartitions = (await admin.fetchTopicOffsets(this.#topic)).length;
      await admin.deleteTopics({ topics: [this.#topic] });
      // Deleting takes its time after the answer, and so does making.
      await waitFor('the topic to be made', async () => {
        await admin.createTopics({ topics: [{ topic: this.#topic, numPartitions }], waitForLeaders: false });
        return (await admin.fetchTopicOffsets(this.#topic)).every(({ high }) => high === '0');
      });
    });
  }

  async #asAdmin<T>(use: (admin: ReturnType<Kafka['admin']>) => Promise<T>): Promise<T> {
    const admin = this.#kafka.admin();
    await admin.connect();
    try {
      return await use(admin);
    } finally {
      await admin.disconnect();
    }
  }
}
