import { always, maskedAddresses, type Setting, settings, variable } from '@sluice/runtime';
import { isAddress } from './address.ts';
import { numberFor } from './broker-kind.ts';

export interface KafkaConfig {
  readonly kind: 'kafka';
  /** `host:port` each. */
  readonly brokers: readonly string[];
}

/** `KAFKA_BROKER` with its addresses. */
export const kafkaConfig: Setting<KafkaConfig> = settings({
  kind: always('kafka' as const),
  brokers: variable({
    name: 'KAFKA_BROKER',
    rule: 'be addresses like host:port, separated by commas',
    parse: (text) => {
      const addresses = text.split(',').map((address) => address.trim());
      return addresses.every(isAddress) ? addresses : undefined;
    },
    fallback: ['127.0.0.1:9092'],
    show: maskedAddresses,
  }),
});

/** `TOPIC_PARTITIONS`: how many a new topic is made with. */
export const topicPartitions: Setting<number> = numberFor('kafka', 'TOPIC_PARTITIONS', {
  min: 1,
  max: 10_000,
  fallback: 6,
});

/**
 * `KAFKA_SESSION_TIMEOUT_MS`: how long a consumer may be unheard of before its partitions go to others, and so how long
 * they rest after a crash. A broker has bounds of its own, by default from 6 s.
 */
export const sessionTimeoutMs: Setting<number> = numberFor('kafka', 'KAFKA_SESSION_TIMEOUT_MS', {
  min: 1_500,
  max: 1_800_000,
  fallback: 10_000,
});
