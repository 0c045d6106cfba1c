import { type BrokerAdmin, SluiceError, type SubscriptionOptions, type TopicPartition } from '@sluice/core';
import type { Cluster, Consumer, EachBatchPayload } from 'kafkajs';
import { adopted, type Client, type ClientOptions, newClient } from '../client/client.ts';
import type { KafkaCluster } from '../client/kafkajs.ts';
import { located } from '../client/metadata.ts';
import { fromKafkaJs } from '../errors.ts';
import { Assignment, type FetchControl } from './assignment.ts';
import { fetchedOf, rawFetch } from './fetch-answer.ts';
import { OffsetCommitter } from './offset-committer.ts';
import { roundRobinAssigner } from './round-robin-assigner.ts';

export interface SessionOptions extends ClientOptions {
  /** A member that is not heard of for so long is taken for dead, and its partitions go to others. */
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** How long members may take to join when the group shares its partitions anew. */
  readonly rebalanceTimeoutMs: number;
  /** How long a fetch waits for records, and so how soon a change of what is read takes effect at the latest. */
  readonly fetchWaitMs: number;
  readonly fetchBytesPerPartition: number;
  readonly fetchBytes: number;
  readonly aheadBytesPerPartition: number;
  readonly aheadBytes: number;
  readonly commitIntervalMs: number;
  /** How long committing and leaving the group may take. */
  readonly leaveTimeoutMs: number;
  /** How soon a topic that was made after the subscription is read. */
  readonly metadataMaxAgeMs: number;
  /** How long kafkajs may do nothing at all; longer than any wait of the protocol. */
  readonly silenceTimeoutMs: number;
}

/**
 * About five seconds: within a session's time the same member comes back to its partitions. What lasts longer ends the
 * session, and the next one joins anew.
 */
const RETRY = { initialRetryTime: 50, multiplier: 2, maxRetryTime: 500, retries: 12 };

export type SessionEnd =
  | { readonly kind: 'aborted' }
  /** The handler met what no waiting mends. */
  | { readonly kind: 'fatal'; readonly error: unknown }
  /** The consumer is of no more use; `joined` says whether it ever was. */
  | { readonly kind: 'lost'; readonly error: SluiceError; readonly joined: boolean };

/**
 * One kafkajs consumer, from joining the group to leaving it. It is never mended: whatever breaks it ends the session,
 * and the next one begins with a new consumer.
 */
export class GroupSession {
  readonly #options: SessionOptions;
  readonly #subscription: SubscriptionOptions;
  readonly #admin: BrokerAdmin;
  readonly #client: Client;
  readonly #consumer: Consumer;
  readonly #committer: OffsetCommitter;
  readonly #end = Promise.withResolvers<SessionEnd>();
  #cluster: KafkaCluster | null = null;
  #assignment: Assignment | null = null;
  #watchdog: NodeJS.Timeout | undefined;
  #joined = false;
  #ending = false;
  #over = false;

  constructor(options: SessionOptions, subscription: SubscriptionOptions, admin: BrokerAdmin) {
    this.#options = options;
    this.#subscription = subscription;
    this.#admin = admin;
    this.#client = newClient(options, RETRY);
    this.#consumer = this.#newConsumer();
    this.#committer = new OffsetCommitter(
      (offsets) => this.#consumer.commitOffsets(offsets),
      options.commitIntervalMs,
      options.log,
    );
  }

  async run(): Promise<SessionEnd> {
    const { signal } = this.#subscription;
    const abort = (): void => this.#end.resolve({ kind: 'aborted' });
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    this.#watchdog = this.#watch();
    const started = this.#start().catch((error) => this.#lost(error));
    const end = await this.#end.promise;
    signal.removeEventListener('abort', abort);
    await this.#close(end, started);
    return end;
  }

  #newConsumer(): Consumer {
    const options = this.#options;
    const consumer = this.#client.kafka.consumer({
      groupId: this.#subscription.group,
      partitionAssigners: [roundRobinAssigner((cluster) => this.#adopt(cluster))],
      sessionTimeout: options.sessionTimeoutMs,
      heartbeatInterval: options.heartbeatIntervalMs,
      rebalanceTimeout: options.rebalanceTimeoutMs,
      maxWaitTimeInMs: options.fetchWaitMs,
      minBytes: 1,
      maxBytes: options.fetchBytes,
      maxBytesPerPartition: options.fetchBytesPerPartition,
      metadataMaxAge: options.metadataMaxAgeMs,
      allowAutoTopicCreation: false,
      retry: { ...RETRY, restartOnFailure: async () => false },
    });
    const { GROUP_JOIN, CRASH, REQUEST_TIMEOUT, FETCH_START, HEARTBEAT } = consumer.events;
    for (const sign of [FETCH_START, HEARTBEAT, GROUP_JOIN]) consumer.on(sign, () => void this.#watchdog?.refresh());
    consumer.on(GROUP_JOIN, ({ payload }) => this.#onJoin(payload.memberAssignment));
    consumer.on(CRASH, ({ payload }) => this.#lost(payload.error));
    consumer.on(REQUEST_TIMEOUT, ({ payload }) => this.#client.sockets.cut('no answer in time', payload.broker));
    return consumer;
  }

  /** kafkajs looks for the coordinator whenever it is about to join: then the hands must be empty, and the rest told. */
  #adopt(given: Cluster): KafkaCluster {
    const cluster = adopted(given, rawFetch);
    const find = cluster.findGroupCoordinator;
    cluster.findGroupCoordinator = async (group) => {
      await atMost(this.#options.sessionTimeoutMs / 2, this.#letGo());
      return await find.call(cluster, group);
    };
    this.#cluster = cluster;
    return cluster;
  }

  async #letGo(): Promise<void> {
    await this.#assignment?.revoke();
    await this.#committer.flush();
  }

  async #start(): Promise<void> {
    const { topics } = this.#subscription;
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...topics], fromBeginning: true });
    for (const topic of topics) {
      const place = this.#cluster && located(this.#cluster, topic);
      if (place?.kind === 'refused') throw place.error;
    }
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async (payload) => this.#onBatch(payload),
    });
  }

  /** A consumer that stands still without a word is the worst that kafkajs is known for. */
  #watch(): NodeJS.Timeout {
    const { silenceTimeoutMs } = this.#options;
    return setTimeout(() => {
      this.#lost(new SluiceError('unavailable', `kafkajs did nothing for ${silenceTimeoutMs} ms`));
    }, silenceTimeoutMs);
  }

  /** kafkajs calls this before it fetches anything of the new assignment, and waits for nothing. */
  #onJoin(assigned: Readonly<Record<string, readonly number[]>>): void {
    this.#joined = true;
    if (this.#ending) return;
    const previous = this.#assignment?.revoke() ?? Promise.resolve();
    const partitions = Object.entries(assigned).flatMap(([topic, numbers]) =>
      numbers.map((partition) => ({ topic, partition })),
    );
    this.#assignment = new Assignment(partitions, {
      handler: this.#subscription.handler,
      admin: this.#admin,
      control: this.#control(),
      committer: this.#committer,
      maxConcurrency: this.#subscription.maxConcurrency ?? 4,
      aheadBytes: this.#options.aheadBytes,
      aheadBytesPerPartition: this.#options.aheadBytesPerPartition,
      log: this.#options.log,
      onFatal: (error) => this.#end.resolve({ kind: 'fatal', error }),
    });
    this.#assignment.start(previous);
  }

  #onBatch({ batch, resolveOffset, isStale }: EachBatchPayload): void {
    const fetched = fetchedOf(batch.messages);
    if (!fetched || isStale()) return;
    const { fetchedOffset } = batch as typeof batch & { readonly fetchedOffset: string };
    const taken = this.#assignment?.take(batch, fetched, Number(fetchedOffset));
    if (taken && fetched.kind === 'records') resolveOffset(String(fetched.nextOffset - 1));
  }

  #control(): FetchControl {
    const unlessOver = (act: () => void): void => {
      if (!this.#over) act();
    };
    return {
      seek: ({ topic, partition }, offset) =>
        unlessOver(() => this.#consumer.seek({ topic, partition, offset: String(offset) })),
      pause: (partitions) => unlessOver(() => this.#consumer.pause(byTopic(partitions))),
      resume: (partitions) => unlessOver(() => this.#consumer.resume(byTopic(partitions))),
    };
  }

  #lost(error: unknown): void {
    this.#end.resolve({
      kind: 'lost',
      error: fromKafkaJs(error, `consuming as ${this.#subscription.group}`),
      joined: this.#joined,
    });
  }

  async #close(end: SessionEnd, started: Promise<void>): Promise<void> {
    const { leaveTimeoutMs } = this.#options;
    this.#ending = true;
    clearTimeout(this.#watchdog);
    this.#watchdog = undefined;
    if (end.kind === 'aborted') await this.#assignment?.drain();
    else await this.#assignment?.revoke();
    if (end.kind !== 'lost') await atMost(leaveTimeoutMs, this.#committer.flush());
    this.#over = true;
    if (end.kind !== 'lost') {
      await atMost(
        leaveTimeoutMs,
        started.then(() => this.#consumer.disconnect()),
      );
    }
    this.#client.sockets.close();
  }
}

function byTopic(partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] {
  const grouped = Map.groupBy(partitions, ({ topic }) => topic);
  return [...grouped].map(([topic, places]) => ({ topic, partitions: places.map(({ partition }) => partition) }));
}

/** Waits for something that cannot be waited for without bound, and whose failure changes nothing. */
async function atMost(ms: number, what: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([what.catch(() => undefined), promise]);
  clearTimeout(timer);
}
