import {
  type AssignedPartition,
  type BrokerRecord,
  type Handled,
  partitionKey,
  type RecordBatch,
  type SubscriptionHandler,
  type TopicPartition,
} from '@sluice/core';

export interface TopicReaderOptions {
  /** Resolves when the next record may come: true, or false when no further one is wanted. */
  readonly write: (record: BrokerRecord) => Promise<boolean>;
}

/**
 * Reads everything from the beginning of the log, each record once: where the subscription begins anew, as after an outage,
 * it goes on behind what was written.
 */
export class TopicReader implements SubscriptionHandler {
  readonly #write: TopicReaderOptions['write'];
  readonly #next = new Map<string, number>();

  constructor({ write }: TopicReaderOptions) {
    this.#write = write;
  }

  async assigned(partitions: readonly AssignedPartition[]): Promise<(TopicPartition & { offset: number })[]> {
    return partitions.map(({ topic, partition, startOffset, endOffset }) => {
      const place = { topic, partition };
      const next = this.#next.get(partitionKey(place)) ?? startOffset;
      // Another log by the same name, or what was next is gone from it: all that there is is new.
      const offset = next < startOffset || next > endOffset ? startOffset : next;
      this.#next.set(partitionKey(place), offset);
      return { ...place, offset };
    });
  }

  async handle({ topic, partition, records }: RecordBatch, signal: AbortSignal): Promise<Handled> {
    const key = partition === null ? null : partitionKey({ topic, partition });
    let count = 0;
    for (const record of records) {
      if (signal.aborted) break;
      const offset = record.position.kind === 'offset' ? record.position.offset : null;
      const isKnown = key !== null && offset !== null && offset < (this.#next.get(key) ?? 0);
      if (!isKnown) {
        const goesOn = await this.#write(record);
        if (key !== null && offset !== null) this.#next.set(key, offset + 1);
        if (!goesOn) return { count: count + 1 };
      }
      count++;
    }
    return { count };
  }
}
