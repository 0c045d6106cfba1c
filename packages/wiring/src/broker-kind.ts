import { always, choice, type Environment, type Setting, wholeNumber } from '@sluice/runtime';

const KINDS = ['kafka', 'pubsub'] as const;
export type BrokerKind = (typeof KINDS)[number];

/** `BROKER`: what the log is kept by. */
export const brokerKind: Setting<BrokerKind> = choice('BROKER', KINDS, 'kafka');

/** For settings whose rule is the broker's. Undefined where `BROKER` is wrong, which is told of by itself. */
export function brokerKindIn(environment: Environment): BrokerKind | undefined {
  const read = brokerKind.read(environment);
  return read.kind === 'value' ? read.value : undefined;
}

/** A setting of each broker's own; those of the others are not looked at. @param otherwise what it is without a broker */
export function byBroker<T>(settings: Readonly<Record<BrokerKind, Setting<T>>>, otherwise: Setting<T>): Setting<T> {
  return {
    read(environment) {
      const kind = brokerKindIn(environment);
      return (kind === undefined ? otherwise : settings[kind]).read(environment);
    },
  };
}

/** A number that only one of the brokers asks for; its fallback with the others. */
export function numberFor(kind: BrokerKind, name: string, range: Parameters<typeof wholeNumber>[1]): Setting<number> {
  const ignored = always(range.fallback);
  return byBroker({ kafka: ignored, pubsub: ignored, [kind]: wholeNumber(name, range) }, ignored);
}
