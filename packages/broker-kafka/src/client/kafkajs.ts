import { SluiceError } from '@sluice/core';
import type { Cluster } from 'kafkajs';

/**
 * The private parts of kafkajs 2.2.4 that Sluice stands on, and its repairs. kafkajs is maintained no more, so they stay
 * as they are; the version is pinned, and `requireKnownParts` says so loudly should that ever change.
 */
export interface KafkaCluster extends Cluster {
  readonly targetTopics: Set<string>;
  readonly brokerPool: BrokerPool;
  findBroker(node: { readonly nodeId: string }): Promise<KafkaNode>;
  findControllerBroker(): Promise<KafkaNode>;
}

type Broker = Awaited<ReturnType<Cluster['findBroker']>>;

export interface KafkaNode extends Broker {
  readonly nodeId: string | number;
  readonly versions: Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>> | null;
  readonly connectionPool: ConnectionPool;
  initProducerId(request: { readonly transactionTimeout: number }): Promise<{
    readonly producerId: string | bigint;
    readonly producerEpoch: number;
  }>;
  createTopics(request: { readonly topics: readonly object[]; readonly timeout: number }): Promise<unknown>;
}

interface BrokerPool {
  readonly metadata: { readonly topicMetadata: readonly KnownTopic[] } | null;
  createBroker(options: object): KafkaNode;
  findConnectedBroker(): Promise<KafkaNode>;
}

interface KnownTopic {
  readonly topic: string;
  /** Ours: see `lenientMetadata`. */
  readonly refusedWith?: number;
}

interface ConnectionPool {
  readonly host: string;
  readonly port: number;
  readonly pool: readonly Connection[];
  send<T>(exchange: Exchange<T>): Promise<T>;
}

interface Connection {
  readonly requestQueue: RequestQueue;
  isConnected(): boolean;
  connect(): Promise<unknown>;
}

interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  scheduleCheckPendingRequests(): void;
}

/** A request of the protocol and what reads its answer. `encode` gives what kafkajs takes for its `Encoder`. */
export interface Exchange<T> {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    encode(): Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>;
  };
  readonly response: {
    decode(payload: Buffer): Promise<{ readonly clientSideThrottleTime?: number }>;
    parse(decoded: unknown): Promise<T>;
  };
}

/** Looks at an exchange before it is sent, and may put another in its place. */
export type Interceptor = (exchange: Exchange<unknown>) => Exchange<unknown>;

/** Takes a kafkajs cluster that has not connected yet, and repairs every connection that it will make. */
export function repaired(cluster: Cluster, intercept: Interceptor): KafkaCluster {
  requireKnownParts(cluster);
  const { brokerPool } = cluster;
  const create = brokerPool.createBroker;
  brokerPool.createBroker = (options) => {
    const node = create.call(brokerPool, options);
    const { connectionPool } = node;
    for (const connection of connectionPool.pool) {
      restTimer(connection.requestQueue);
      forgetHalfAnswers(connection);
    }
    const send = connectionPool.send;
    connectionPool.send = <T>(exchange: Exchange<T>) => send.call(connectionPool, intercept(exchange)) as Promise<T>;
    return node;
  };
  return cluster;
}

function requireKnownParts(cluster: Cluster): asserts cluster is KafkaCluster {
  const { brokerPool, targetTopics } = cluster as Partial<KafkaCluster>;
  if (typeof brokerPool?.createBroker === 'function' && targetTopics instanceof Set) return;
  throw new SluiceError('misconfigured', 'broker-kafka was written for kafkajs 2.2.4; the installed one differs');
}

/**
 * kafkajs looks for waiting requests on a timer that it sets again each time, also when none wait, and with a negative
 * delay, which Node takes for 1 ms (and warns of): a thousand wake-ups a second on every idle connection.
 */
function restTimer(queue: RequestQueue): void {
  const schedule = queue.scheduleCheckPendingRequests;
  queue.scheduleCheckPendingRequests = () => {
    if (queue.pending.length > 0 || queue.throttledUntil > Date.now()) schedule.call(queue);
  };
}

/** kafkajs keeps the first half of an answer when a connection breaks, and takes the next one's bytes for its rest. */
function forgetHalfAnswers(connection: Connection): void {
  const connect = connection.connect;
  connection.connect = () => {
    if (!connection.isConnected()) Object.assign(connection, { chunks: [], bytesBuffered: 0, bytesNeeded: 4 });
    return connect.call(connection);
  };
}
