import {
  type AssignedPartition,
  type BrokerAdmin,
  backoffDelayMs,
  pause,
  refusesReplay,
  SluiceError,
} from '@sluice/core';
import { type Client, type ClientOptions, newClient, newCluster } from './client/client.ts';
import type { KafkaCluster } from './client/kafkajs.ts';
import { locate, type PartitionPlace } from './client/metadata.ts';
import { fromKafkaJs } from './errors.ts';

export interface AdminOptions extends ClientOptions {
  /** How long `ping` waits for an answer. */
  readonly pingTimeoutMs: number;
  /** How long new topics may take to be there, with a leader for each partition. */
  readonly createTimeoutMs: number;
}

type NewTopic = Parameters<BrokerAdmin['ensureTopics']>[0][number];

const TOPIC_ALREADY_EXISTS = 36;
/** UNKNOWN_TOPIC_OR_PARTITION, LEADER_NOT_AVAILABLE, NOT_LEADER_OR_FOLLOWER, REPLICA_NOT_AVAILABLE */
const UNSETTLED: ReadonlySet<unknown> = new Set([3, 5, 6, 9]);
const BACKOFF = { baseMs: 20, maxMs: 500 };
/** The broker's own default. */
const REPLICATION_FACTOR = -1;
/** The log is the golden record: nothing in it ever expires. */
const CONFIG = [
  { name: 'retention.ms', value: '-1' },
  { name: 'cleanup.policy', value: 'delete' },
];

export class KafkaAdmin implements BrokerAdmin, AsyncDisposable {
  readonly topicsOf = refusesReplay('Kafka');
  readonly seek = refusesReplay('Kafka');
  readonly takeSnapshot = refusesReplay('Kafka');
  readonly deleteSnapshot = refusesReplay('Kafka');
  readonly #options: AdminOptions;
  #link: { readonly client: Client; readonly cluster: KafkaCluster } | null = null;
  #closed = false;

  constructor(options: AdminOptions) {
    this.#options = options;
  }

  async ensureTopics(topics: readonly NewTopic[]): Promise<void> {
    if (topics.length === 0) return;
    const names = topics.map(({ name }) => name);
    await this.#ask(`creating ${names.join(', ')}`, async (cluster) => {
      const there = await partitionsOf(cluster, names);
      const missing = topics.filter(({ name }) => !there.has(name));
      // A user who may not make topics can still use those that are there.
      if (missing.length > 0) {
        const controller = await cluster.findControllerBroker();
        const wanted = missing.map(({ name, partitions }) => ({
          topic: name,
          numPartitions: partitions,
          replicationFactor: REPLICATION_FACTOR,
          configEntries: CONFIG,
        }));
        await controller
          .createTopics({ topics: wanted, timeout: this.#options.createTimeoutMs })
          .catch(unlessAllOfItIsThere);
      }
      await this.#untilLed(cluster, names);
    });
  }

  /** A group comes into being with its first member. */
  async ensureSubscriptions(): Promise<void> {}

  /** Kafka forgets a group without members by itself. */
  async removeSubscriptions(): Promise<void> {}

  async ends(topics: readonly string[]): Promise<readonly AssignedPartition[]> {
    if (topics.length === 0) return [];
    return await this.#ask('asking for the ends of the log', async (cluster) => {
      const deadline = AbortSignal.timeout(this.#options.requestTimeoutMs);
      for (let attempt = 0; ; attempt++) {
        try {
          return await endsOf(cluster, topics);
        } catch (error) {
          // Topics that are being made or deleted, and leaders on the move.
          if (!isUnsettled(error) || !(await pause(backoffDelayMs(attempt, BACKOFF), deadline))) throw error;
        }
      }
    });
  }

  async ping(): Promise<void> {
    const { pingTimeoutMs } = this.#options;
    const { promise, reject } = Promise.withResolvers<never>();
    const late = new SluiceError('unavailable', `Kafka did not answer a ping within ${pingTimeoutMs} ms`);
    const timer = setTimeout(() => reject(late), pingTimeoutMs);
    const answer = this.#ask('pinging Kafka', async (cluster) => {
      const node = await cluster.brokerPool.findConnectedBroker();
      await Promise.race([node.apiVersions(), promise]);
    });
    try {
      await Promise.race([answer, promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#link?.client.sockets.close();
  }

  /** Asks on a link that is thrown away when it does not work. */
  async #ask<T>(doing: string, question: (cluster: KafkaCluster) => Promise<T>): Promise<T> {
    if (this.#closed) throw new SluiceError('closed', 'the broker was closed');
    this.#link ??= this.#newLink();
    const { client, cluster } = this.#link;
    try {
      await cluster.connect();
      return await question(cluster);
    } catch (error) {
      const trouble = fromKafkaJs(error, doing);
      if (trouble.retryable) {
        client.sockets.close();
        if (this.#link?.client === client) this.#link = null;
      }
      throw trouble;
    }
  }

  #newLink(): { readonly client: Client; readonly cluster: KafkaCluster } {
    const client = newClient(this.#options);
    return { client, cluster: newCluster(client) };
  }

  async #untilLed(cluster: KafkaCluster, topics: readonly string[]): Promise<void> {
    const { createTimeoutMs } = this.#options;
    const deadline = AbortSignal.timeout(createTimeoutMs);
    for (let attempt = 0; ; attempt++) {
      const partitions = await partitionsOf(cluster, topics);
      const isLed = (topic: string): boolean => partitions.get(topic)?.every(({ leader }) => leader >= 0) ?? false;
      const missing = topics.filter((topic) => !isLed(topic));
      if (missing.length === 0) return;
      if (await pause(backoffDelayMs(attempt, BACKOFF), deadline)) continue;
      throw new SluiceError('unavailable', `${missing.join(', ')} had no leader within ${createTimeoutMs} ms`);
    }
  }
}

/** The partitions of those topics that there are, as the cluster says now. */
async function partitionsOf(
  cluster: KafkaCluster,
  topics: readonly string[],
): Promise<ReadonlyMap<string, readonly PartitionPlace[]>> {
  const found = new Map<string, readonly PartitionPlace[]>();
  for (const [topic, located] of await locate(cluster, topics)) {
    if (located.kind === 'refused') throw located.error;
    if (located.kind === 'found') found.set(topic, located.partitions);
  }
  return found;
}

async function endsOf(cluster: KafkaCluster, topics: readonly string[]): Promise<readonly AssignedPartition[]> {
  const partitions = await partitionsOf(cluster, topics);
  const asked = [...partitions].map(([topic, places]) => ({
    topic,
    partitions: places.map(({ partitionId }) => ({ partition: partitionId })),
  }));
  if (asked.length === 0) return [];
  // The start first: it only moves up, and never past the end.
  const starts = await cluster.fetchTopicsOffset(asked.map((each) => ({ ...each, fromBeginning: true })));
  const ends = await cluster.fetchTopicsOffset(asked.map((each) => ({ ...each, fromBeginning: false })));
  return joined(byPartition(starts), byPartition(ends));
}

function isUnsettled(error: unknown): boolean {
  return UNSETTLED.has((error as { readonly code?: unknown }).code);
}

function unlessAllOfItIsThere(error: unknown): void {
  const errors = (error as { readonly errors?: unknown }).errors;
  if (!Array.isArray(errors)) throw error;
  const real = errors.find(({ code }) => code !== TOPIC_ALREADY_EXISTS);
  if (real) throw real;
}

type Offsets = Awaited<ReturnType<KafkaCluster['fetchTopicsOffset']>>;

function byPartition(topics: Offsets): ReadonlyMap<string, { topic: string; partition: number; offset: number }> {
  const found = topics.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, offset }) => ({ topic, partition, offset: Number(offset) })),
  );
  return new Map(found.map((each) => [`${each.topic}/${each.partition}`, each]));
}

function joined(
  starts: ReturnType<typeof byPartition>,
  ends: ReturnType<typeof byPartition>,
): readonly AssignedPartition[] {
  return [...ends].map(([key, { topic, partition, offset }]) => ({
    topic,
    partition,
    startOffset: starts.get(key)?.offset ?? 0,
    endOffset: offset,
  }));
}
