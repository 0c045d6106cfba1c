import type { Broker } from '@sluice/core';
import { MemoryAdmin } from './admin.ts';
import { MemoryLog } from './memory-log.ts';
import { MemoryPublisher, type PublisherOptions } from './publisher.ts';
import { MemorySubscriber } from './subscriber.ts';

export { MemoryLog, type UnplacedRecord } from './memory-log.ts';

export type MemoryBrokerOptions = Partial<PublisherOptions>;

/** The Broker port in memory, for unit tests. Brokers opened on one log share it as processes share a cluster. */
export function openMemoryBroker({
  log = new MemoryLog(),
  maxRecordBytes = 2 ** 20,
  maxQueuedRecords = 20_000,
  now = Date.now,
}: MemoryBrokerOptions = {}): Broker {
  const publisher = new MemoryPublisher({ log, maxRecordBytes, maxQueuedRecords, now });
  const subscriber = new MemorySubscriber(log);
  return {
    capabilities: { offsets: true, orderedBy: 'partition', replay: 'offset' },
    publisher,
    subscriber,
    admin: new MemoryAdmin(log),
    [Symbol.asyncDispose]: async () => {
      publisher.closed = true;
      await subscriber[Symbol.asyncDispose]();
    },
  };
}
