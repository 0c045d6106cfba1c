import { type Broker, quoted, SluiceError } from '@sluice/core';
import { PubSubAdmin } from './admin.ts';
import type { PubSubLogEntry } from './client/client.ts';
import { Names } from './client/names.ts';
import { CONSUMING } from './consume/consuming.ts';
import { PubSubPublisher } from './publisher.ts';
import { PubSubSubscriber } from './subscriber.ts';

export interface PubSubBrokerOptions {
  /** The Google Cloud project of topics, subscriptions and snapshots. */
  readonly projectId: string;
  /**
   * `host:port` of an emulator, which is spoken to without encryption or credentials. Default: Google itself, with
   * application default credentials (https://cloud.google.com/docs/authentication/application-default-credentials).
   */
  readonly emulatorHost?: string;
  /** The id of a group's subscription to a topic, where it is not `<group>.<topic>`. */
  readonly subscriptionId?: (group: string, topic: string) => string | undefined;
  /** What Pub/Sub's logs name this client by. Default `sluice`. */
  readonly clientId?: string;
  /** Gets what an operator may want to know; nothing is ever written to the console. Default: nobody. */
  readonly log?: (entry: PubSubLogEntry) => void;
  /** How long `publish` waits for the broker's word. Default 10 s. */
  readonly publishTimeoutMs?: number;
  /** What may wait to be published at a time. Defaults 20,000 records, 64 MiB. */
  readonly maxQueuedRecords?: number;
  readonly maxQueuedBytes?: number;
  /** What a subscription may have in hand unacknowledged, per topic. Defaults 10,000 messages, 32 MiB. */
  readonly maxOutstandingMessages?: number;
  readonly maxOutstandingBytes?: number;
  /**
   * How long a message is a member's without a word of it, 10 to 600. Default 10, the least that Pub/Sub takes: so long does
   * it take until others go on where one was killed.
   */
  readonly leaseSeconds?: number;
  /** Subscriptions that have to be made are made with exactly-once delivery. Default false: it costs throughput. */
  readonly exactlyOnce?: boolean;
  /** How long one request may go unanswered. Default 5 s. */
  readonly requestTimeoutMs?: number;
}

/**
 * The Broker port on Google Pub/Sub, and on whatever speaks its protocol. Opens no connection yet: a broker that is down
 * is waited for by whoever uses it.
 * @throws SluiceError `misconfigured`
 */
export async function openPubSubBroker({
  projectId,
  emulatorHost,
  subscriptionId = () => undefined,
  clientId = 'sluice',
  log = () => {},
  publishTimeoutMs = 10_000,
  maxQueuedRecords = 20_000,
  maxQueuedBytes = 64 * MEBIBYTE,
  maxOutstandingMessages = CONSUMING.maxOutstandingMessages,
  maxOutstandingBytes = CONSUMING.maxOutstandingBytes,
  leaseSeconds = CONSUMING.leaseSeconds,
  exactlyOnce = false,
  requestTimeoutMs = 5_000,
}: PubSubBrokerOptions): Promise<Broker> {
  if (emulatorHost !== undefined && !HOST_AND_PORT.test(emulatorHost)) {
    throw new SluiceError('misconfigured', `emulatorHost must be host:port, got ${quoted(emulatorHost)}`);
  }
  const names = new Names(projectId, subscriptionId);
  const client = { projectId, emulatorHost: emulatorHost ?? null, clientId, requestTimeoutMs, log, names, exactlyOnce };
  const admin = new PubSubAdmin({ ...client, pingTimeoutMs: 2_000 });
  const publisher = new PubSubPublisher({
    ...client,
    publishTimeoutMs,
    maxQueuedRecords,
    maxQueuedBytes,
    maxMessageBytes: MAX_REQUEST_BYTES - REQUEST_OVERHEAD_BYTES,
  });
  const subscriber = new PubSubSubscriber({
    ...client,
    ...CONSUMING,
    maxOutstandingMessages,
    maxOutstandingBytes,
    leaseSeconds,
  });
  return {
    capabilities: { offsets: false, orderedBy: 'key', replay: 'time-or-snapshot' },
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
/** https://cloud.google.com/pubsub/quotas#resource_limits */
const MAX_REQUEST_BYTES = 10_000_000;
/** The topic's name, and what is around the message. */
const REQUEST_OVERHEAD_BYTES = 1_024;
const HOST_AND_PORT = /^.+:\d{1,5}$/;
