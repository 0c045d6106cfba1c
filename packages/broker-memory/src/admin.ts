import { type AssignedPartition, type BrokerAdmin, refusesReplay } from '@sluice/core';
import type { MemoryLog } from './memory-log.ts';

export class MemoryAdmin implements BrokerAdmin {
  readonly #log: MemoryLog;
  readonly topicsOf = refusesReplay('the log in memory');
  readonly seek = refusesReplay('the log in memory');
  readonly takeSnapshot = refusesReplay('the log in memory');
  readonly deleteSnapshot = refusesReplay('the log in memory');

  constructor(log: MemoryLog) {
    this.#log = log;
  }

  async ensureTopics(topics: readonly { readonly name: string; readonly partitions: number }[]): Promise<void> {
    for (const { name, partitions } of topics) this.#log.create(name, partitions);
  }

  async ensureSubscriptions(): Promise<void> {}

  async removeSubscriptions(): Promise<void> {}

  async ends(topics: readonly string[]): Promise<readonly AssignedPartition[]> {
    return this.#log.ends(topics);
  }

  async ping(): Promise<void> {}
}
