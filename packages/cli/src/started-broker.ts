import type { Setting } from '@sluice/runtime';
import { type BrokerConfig, brokerConfig, brokerKind } from '@sluice/wiring';
import { listenHost, reachable } from './start/part.ts';
import { brokerIsGiven, startedPort } from './start/settings.ts';

const ADDRESS = { kafka: 'KAFKA_BROKER', pubsub: 'PUBSUB_EMULATOR_HOST' } as const;

/** For a command that is to find the broker: where none is given, the one that `sluice start` runs with the same environment. */
export const startedBroker: Setting<BrokerConfig> = {
  read(environment) {
    const kind = brokerKind.read(environment);
    if (kind.kind === 'faulty' || brokerIsGiven(kind.value, environment)) return brokerConfig.read(environment);
    const port = startedPort(kind.value).read(environment);
    if (port.kind === 'faulty') return port;
    const address = `${reachable(listenHost(kind.value, environment))}:${port.value}`;
    return brokerConfig.read({ ...environment, [ADDRESS[kind.value]]: address });
  },
};
