import { brokerContract } from '@sluice/contract-tests';
import { MemoryLog, openMemoryBroker } from './index.ts';

brokerContract({
  name: 'memory',
  features: {
    offsets: true,
    anyBytes: true,
    replays: true,
    largestValueBytes: 1_000_000,
    maxQueuedRecords: 5_000,
    memberTimeoutMs: 1_000,
  },
  open: async () => {
    const log = new MemoryLog();
    const options = { log, maxRecordBytes: 1_000_000, maxQueuedRecords: 5_000 };
    const broker = openMemoryBroker(options);
    return {
      broker,
      openAnother: async () => openMemoryBroker(options),
      produceForeign: async (record) => {
        log.append(record);
      },
      committedOffsets: async (group, topic) => {
        const committed = log.group(group).committed;
        const partitions = Array.from({ length: log.partitionsOf(topic) }, (_, partition) => partition);
        return new Map(partitions.map((partition) => [partition, committed.get(`${topic}/${partition}`) ?? -1]));
      },
      commitOffset: async (group, topic, partition, offset) => {
        log.group(group).committed.set(`${topic}/${partition}`, offset);
      },
      recreateTopic: async (topic, partitions) => {
        log.delete(topic);
        log.create(topic, partitions);
      },
      [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
    };
  },
});
