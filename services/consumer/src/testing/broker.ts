import { MemoryLog, openMemoryBroker } from '@sluice/broker-memory';
import type { Broker, SluiceError } from '@sluice/core';

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
