import type { Broker } from '@sluice/core';
import { KafkaAdmin } from './admin.ts';
import type { KafkaLogEntry } from './client/client.ts';
import { CONSUMING } from './consume/consuming.ts';
import { KafkaPublisher } from './publisher.ts';
import { KafkaSubscriber } from './subscriber.ts';

export interface KafkaBrokerOptions {
  /** Where to find the cluster: `host:port` of one broker or more. */
  readonly brokers: readonly string[];
  /** How the brokers' logs name this client. Default `sluice`. */
  readonly clientId?: string;
  /** Gets what an operator may want to know; nothing is ever written to the console. Default: nobody. */
  readonly log?: (entry: KafkaLogEntry) => void;
  /** How long `publish` waits for the broker's word. Default 10 s. */
  readonly publishTimeoutMs?: number;
  /** What may wait to be published at a time. Defaults 20,000 records, 64 MiB. */
  readonly maxQueuedRecords?: number;
  readonly maxQueuedBytes?: number;
  /**
   * A member of a group that is not heard of for so long is taken for dead, and its partitions go to others. Default
   * 6 s, the least that a broker takes as it comes: so long does it take until others go on where one was killed.
   */
  readonly sessionTimeoutMs?: number;
  /** How long one request may go unanswered before its connection is taken for dead. Default 5 s. */
  readonly requestTimeoutMs?: number;
}

/**
 * The Broker port on Apache Kafka, and on whatever speaks its protocol. Opens no connection yet: a broker that is down is
 * waited for by whoever uses it.
 */
export async function openKafkaBroker({
  brokers,
  clientId = 'sluice',
  log = () => {},
  publishTimeoutMs = 10_000,
  maxQueuedRecords = 20_000,
  maxQueuedBytes = 64 * MEBIBYTE,
  sessionTimeoutMs = CONSUMING.sessionTimeoutMs,
  requestTimeoutMs = 5_000,
}: KafkaBrokerOptions): Promise<Broker> {
  const client = { brokers, clientId, log, requestTimeoutMs, connectTimeoutMs: 3_000 };
  const admin = new KafkaAdmin({ ...client, pingTimeoutMs: 2_000, createTimeoutMs: 15_000 });
  const publisher = new KafkaPublisher({
    ...client,
    publishTimeoutMs,
    maxQueuedRecords,
    maxQueuedBytes,
    maxRecordBytes: 16 * MEBIBYTE,
  });
  const subscriber = new KafkaSubscriber({ ...client, ...CONSUMING, sessionTimeoutMs }, admin);
  return {
    capabilities: { offsets: true, orderedBy: 'partition', replay: 'offset' },
    admin,
    publisher,
    subscriber,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([subscriber[Symbol.asyncDispose](), publisher[Symbol.asyncDispose]()]);
      await admin[Symbol.asyncDispose]();
    },
  };
}

const MEBIBYTE = 2 ** 20;
