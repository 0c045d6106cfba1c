import type { Broker } from '@sluice/core';
import type { Logger } from '@sluice/runtime';
import type { BrokerConfig } from './broker-settings.ts';
import type { GroupNames } from './names.ts';

export interface BrokerOptions {
  /** How the broker's own logs name this service. */
  readonly clientId: string;
  readonly log: Logger;
  /** How long `publish` waits for the broker's word. Default: the adapter's own. */
  readonly publishTimeoutMs?: number;
  /** Of consumers on Kafka. */
  readonly sessionTimeoutMs?: number;
  /** Of consumers on Pub/Sub, per topic. */
  readonly maxOutstandingMessages?: number;
  /** Of groups on Pub/Sub. */
  readonly subscriptionId?: GroupNames['subscriptionId'];
}

interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Opens the broker that the configuration names. It need not be up yet. */
export async function openBroker(config: BrokerConfig, options: BrokerOptions): Promise<Broker> {
  const { log: logger, sessionTimeoutMs, maxOutstandingMessages, subscriptionId, ...shared } = options;
  const log = ({ level, message, details }: LogEntry): void => logger[level](details, message);
  // An adapter is loaded only where it is used: query opens no broker, and need not carry a client of one.
  switch (config.kind) {
    case 'kafka': {
      const { brokers } = config;
      const { openKafkaBroker } = await import('@sluice/broker-kafka');
      return await openKafkaBroker({ brokers, ...shared, ...(sessionTimeoutMs && { sessionTimeoutMs }), log });
    }
    case 'pubsub': {
      const { kind: _, ...place } = config;
      const { openPubSubBroker } = await import('@sluice/broker-pubsub');
      return await openPubSubBroker({
        ...place,
        ...shared,
        ...(maxOutstandingMessages && { maxOutstandingMessages }),
        ...(subscriptionId && { subscriptionId }),
        log,
      });
    }
    default:
      return config satisfies never;
  }
}
