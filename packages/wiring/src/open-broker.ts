import type { KafkaBrokerOptions } from '@sluice/broker-kafka';
import type { Broker } from '@sluice/core';
import type { Logger } from '@sluice/runtime';
import type { BrokerConfig } from './broker-settings.ts';

export interface BrokerOptions extends Pick<KafkaBrokerOptions, 'publishTimeoutMs' | 'sessionTimeoutMs'> {
  /** How the broker's own logs name this service. */
  readonly clientId: string;
  readonly log: Logger;
}

/** Opens the broker that the configuration names. It need not be up yet. */
export async function openBroker({ brokers }: BrokerConfig, { log, ...options }: BrokerOptions): Promise<Broker> {
  // Loaded only where it is used: query opens no broker, and need not carry a client of one.
  const { openKafkaBroker } = await import('@sluice/broker-kafka');
  return await openKafkaBroker({
    brokers,
    ...options,
    log: ({ level, message, details }) => log[level](details, message),
  });
}
