import type { AssignedPartition, BrokerAdmin } from '@sluice/core';
import type { MemoryLog } from './memory-log.ts';

export class MemoryAdmin implements BrokerAdmin {
  readonly #log: MemoryLog;

  constructor(log: MemoryLog) {
    this.#log = log;
  }

  async ensureTopics(topics: readonly { readonly name: string; readonly partitions: number }[]): Promise<void> {
    for (const { name, partitions } of topics) this.#log.create(name, partitions);
  }

  async ends(topics: readonly string[]): Promise<readonly AssignedPartition[]> {
    return this.#log.ends(topics);
  }

  async ping(): Promise<void> {}
}
