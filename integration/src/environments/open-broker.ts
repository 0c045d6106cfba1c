import { openKafkaBroker } from '@sluice/broker-kafka';
import { openPubSubBroker } from '@sluice/broker-pubsub';
import type { Broker } from '@sluice/core';
import { type BrokerPlace, PROJECT } from './environment.ts';

/** As a service opens it. */
export async function openBrokerAt({ brokerKind, brokerAddress }: BrokerPlace): Promise<Broker> {
  const clientId = 'test';
  return brokerKind === 'kafka'
    ? await openKafkaBroker({ brokers: [brokerAddress], clientId })
    : await openPubSubBroker({ projectId: PROJECT, emulatorHost: brokerAddress, clientId });
}
