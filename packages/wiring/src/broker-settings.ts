import type { Setting } from '@sluice/runtime';
import { type BrokerKind, brokerKind } from './broker-kind.ts';
import { type KafkaConfig, kafkaConfig } from './kafka-settings.ts';
import { type PubSubConfig, pubSubConfig } from './pubsub-settings.ts';

export type BrokerConfig = KafkaConfig | PubSubConfig;

const CONFIGS: Readonly<Record<BrokerKind, Setting<BrokerConfig>>> = { kafka: kafkaConfig, pubsub: pubSubConfig };

/** `BROKER`, and where that is. */
export const brokerConfig: Setting<BrokerConfig> = {
  read(environment) {
    const kind = brokerKind.read(environment);
    return kind.kind === 'faulty' ? kind : CONFIGS[kind.value].read(environment);
  },
};
