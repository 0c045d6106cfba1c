import { type Cluster, Kafka, type LogEntry, logLevel, type PartitionAssigner, type RetryOptions } from 'kafkajs';
import { type Interceptor, type KafkaCluster, repaired } from './kafkajs.ts';
import { lenientMetadata } from './metadata.ts';
import { Sockets } from './sockets.ts';

export interface ClientOptions {
  /** `host:port` each. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** How long a connection may take to be made, and an answer to come. */
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly log: (entry: KafkaLogEntry) => void;
}

/** What the adapter has to say, and kafkajs (`debug`, a line for each try of everything). Nothing goes to the console. */
export interface KafkaLogEntry {
  readonly level: 'warn' | 'info' | 'debug';
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** A kafkajs client whose connections can be cut. It is cheap: one is thrown away with whatever broke in it. */
export interface Client {
  readonly kafka: Kafka;
  readonly sockets: Sockets;
}

/** Whoever uses the client tries again itself, with a back-off and an end of its own. */
const NO_RETRY = { retries: 0 };

export function newClient(options: ClientOptions, retry: RetryOptions = NO_RETRY): Client {
  const sockets = new Sockets();
  const kafka = new Kafka({
    brokers: [...options.brokers],
    clientId: options.clientId,
    connectionTimeout: options.connectTimeoutMs,
    requestTimeout: options.requestTimeoutMs,
    retry,
    socketFactory: sockets.factory,
    logLevel: logLevel.WARN,
    // What is still said after the end, only the end itself has caused.
    logCreator: () => (entry) => {
      if (!sockets.closed) options.log(toLogEntry(entry));
    },
  });
  return { kafka, sockets };
}

/**
 * The client's view of the cluster: its brokers, who leads which partition, and the connections to them. kafkajs hands
 * it to partition assigners alone, so one is asked for through a consumer that never runs.
 */
export function newCluster({ kafka, sockets }: Client): KafkaCluster {
  const taken: KafkaCluster[] = [];
  const taker: PartitionAssigner = ({ cluster }) => {
    taken.push(adopted(cluster));
    return {
      name: 'none',
      version: 0,
      assign: async () => [],
      protocol: () => ({ name: 'none', metadata: Buffer.of() }),
    };
  };
  const consumer = kafka.consumer({ groupId: 'none', partitionAssigners: [taker], allowAutoTopicCreation: false });
  consumer.on(consumer.events.REQUEST_TIMEOUT, ({ payload }) => sockets.cut('no answer in time', payload.broker));
  const [cluster] = taken;
  if (!cluster) throw new TypeError('kafkajs made a consumer without its assigner');
  return cluster;
}

/** Makes a cluster of kafkajs ours before it connects. */
export function adopted(cluster: Cluster, intercept: Interceptor = (exchange) => exchange): KafkaCluster {
  return repaired(cluster, (exchange) => intercept(lenientMetadata(exchange)));
}

function toLogEntry({ namespace, log }: LogEntry): KafkaLogEntry {
  const { message, timestamp: _, logger: __, stack: ___, ...details } = log;
  return { level: 'debug', message: `kafkajs: ${message}`, details: { namespace, ...details } };
}
