import { type Broker, SluiceError } from '@sluice/core';
import type { PubSubLogEntry } from './client/client.ts';

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
  /** Subscriptions that have to be made are made with exactly-once delivery. Default false: it costs throughput. */
  readonly exactlyOnce?: boolean;
  /** How long one request may go unanswered. Default 5 s. */
  readonly requestTimeoutMs?: number;
}

/**
 * The Broker port on Google Pub/Sub, and on whatever speaks its protocol. Opens no connection yet: a broker that is down
 * is waited for by whoever uses it.
 */
export async function openPubSubBroker({ projectId }: PubSubBrokerOptions): Promise<Broker> {
  throw new SluiceError('misconfigured', `project ${projectId} cannot be opened: the adapter is being built`);
}
