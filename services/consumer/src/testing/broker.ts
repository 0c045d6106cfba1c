import { MemoryLog, openMemoryBroker } from '@sluice/broker-memory';
import { type Broker, partitionKey, type SluiceError, type SubscriptionHandler } from '@sluice/core';

export const TOPIC = 'commands';
export const CONTROL_TOPIC = 'control';

export interface TestBroker {
  readonly broker: Broker;
  /** What every question to the broker's admin side is answered with, while it is set. */
  outage: SluiceError | undefined;
  append(value: string, topic?: string): void;
  /** What the group told the broker: the next offset of the only partition. */
  committed(group?: string): number;
}

/** A broker with one topic of one partition, which can be out of reach. */
export function testBroker(): TestBroker {
  const log = new MemoryLog();
  log.create(TOPIC, 1);
  const memory = openMemoryBroker({ log });
  const { admin } = memory;
  const requireReach = async (): Promise<void> => {
    if (test.outage) throw test.outage;
  };
  const test: TestBroker = {
    outage: undefined,
    broker: {
      ...memory,
      admin: {
        ...admin,
        ensureSubscriptions: (group) => requireReach().then(() => admin.ensureSubscriptions(group)),
        removeSubscriptions: (group) => requireReach().then(() => admin.removeSubscriptions(group)),
        ensureTopics: (topics) => requireReach().then(() => admin.ensureTopics(topics)),
        ends: (topics) => requireReach().then(() => admin.ends(topics)),
        ping: () => requireReach().then(() => admin.ping()),
      },
    },
    append(value, topic = TOPIC) {
      log.append({ topic, partition: 0, key: null, value: Buffer.from(value), headers: [], timestampMs: 0 });
    },
    committed: (group = 'g') => Math.max(0, ...log.group(group).committed.values()),
  };
  return test;
}

/** The broker as one that knows nothing but message ids: what a member did not count is delivered again. */
export function withoutOffsets(broker: Broker): Broker {
  const counted = new Map<string, number>();
  const asMessages = (group: string, handler: SubscriptionHandler): SubscriptionHandler => {
    const keyOf = (place: { topic: string; partition: number }): string => `${group}/${partitionKey(place)}`;
    return {
      assigned: async (partitions) =>
        partitions.map(({ topic, partition, startOffset }) => ({
          topic,
          partition,
          offset: counted.get(keyOf({ topic, partition })) ?? startOffset,
        })),
      async handle({ topic, partition, records }, signal) {
        const place = { topic, partition: partition ?? 0 };
        const messages = records.map((record) => {
          const offset = record.position.kind === 'offset' ? record.position.offset : 0;
          return { ...record, position: { kind: 'message', messageId: String(offset) } } as const;
        });
        const handled = await handler.handle({ topic, partition: null, records: messages, endOffset: null }, signal);
        const last = messages[handled.count - 1];
        if (last) counted.set(keyOf(place), Number(last.position.messageId) + 1);
        return handled;
      },
    };
  };
  return {
    ...broker,
    capabilities: { offsets: false, orderedBy: 'key', replay: 'time-or-snapshot' },
    admin: {
      ...broker.admin,
      ensureTopics: (topics) => broker.admin.ensureTopics(topics),
      ensureSubscriptions: (group) => broker.admin.ensureSubscriptions(group),
      removeSubscriptions: (group) => broker.admin.removeSubscriptions(group),
      ends: async () => [],
      ping: () => broker.admin.ping(),
    },
    subscriber: {
      run: ({ handler, ...options }) =>
        broker.subscriber.run({ ...options, handler: asMessages(options.group, handler) }),
    },
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  };
}
