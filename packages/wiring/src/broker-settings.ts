import { choice, maskedAddresses, type Setting, settings, variable, wholeNumber } from '@sluice/runtime';

export interface BrokerConfig {
  readonly kind: 'kafka';
  /** `host:port` each. */
  readonly brokers: readonly string[];
}

/** `BROKER`, and `KAFKA_BROKER` with its addresses. */
export const brokerConfig: Setting<BrokerConfig> = settings({
  kind: choice('BROKER', ['kafka'], 'kafka'),
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
export const topicPartitions: Setting<number> = wholeNumber('TOPIC_PARTITIONS', { min: 1, max: 10_000, fallback: 6 });

/**
 * `KAFKA_SESSION_TIMEOUT_MS`: how long a consumer may be unheard of before its partitions go to others, and so how long
 * they rest after a crash. A broker has bounds of its own, by default from 6 s.
 */
export const sessionTimeoutMs: Setting<number> = wholeNumber('KAFKA_SESSION_TIMEOUT_MS', {
  min: 1_500,
  max: 1_800_000,
  fallback: 10_000,
});

/** The name of a Kafka topic. */
export function topicName(name: string, fallback: string): Setting<string> {
  return variable({
    name,
    rule: 'be 1 to 249 letters, digits, dots, underscores or hyphens, other than "." and ".."',
    parse: (text) => (/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/.test(text) ? text : undefined),
    fallback,
  });
}

/** The name of a consumer group: Kafka takes any text, but what cannot be seen cannot be told apart. */
export function groupName(name: string, fallback: string): Setting<string> {
  return variable({
    name,
    rule: 'be 1 to 249 printable ASCII characters without spaces',
    parse: (text) => (/^[\x21-\x7e]{1,249}$/.test(text) ? text : undefined),
    fallback,
  });
}

function isAddress(text: string): boolean {
  const match = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/.exec(text);
  return match !== null && Number(match[1]) >= 1 && Number(match[1]) <= 65_535;
}
