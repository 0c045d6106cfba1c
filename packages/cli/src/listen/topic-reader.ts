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
 * it goes on behind what was written. Without offsets, what is delivered again is told by its message id.
 */
export class TopicReader implements SubscriptionHandler {
  readonly #write: TopicReaderOptions['write'];
  readonly #next = new Map<string, number>();
  /** Message ids of what was written last, where there are no offsets; the oldest first. */
  readonly #written = new Set<string>();

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
    if (partition === null) return await this.#handleMessages(records, signal);
    const key = partitionKey({ topic, partition });
    let count = 0;
    for (const record of records) {
      if (signal.aborted) break;
      const offset = record.position.kind === 'offset' ? record.position.offset : null;
      const isKnown = offset !== null && offset < (this.#next.get(key) ?? 0);
      if (!isKnown) {
        const goesOn = await this.#write(record);
        if (offset !== null) this.#next.set(key, offset + 1);
        if (!goesOn) return { count: count + 1 };
      }
      count++;
    }
    return { count };
  }

  async #handleMessages(records: readonly BrokerRecord[], signal: AbortSignal): Promise<Handled> {
    let count = 0;
    for (const record of records) {
      if (signal.aborted) break;
      const id = record.position.kind === 'message' ? record.position.messageId : '';
      count++;
      if (this.#written.has(id)) continue;
      const goesOn = await this.#write(record);
      this.#written.add(id);
      const [oldest] = this.#written;
      if (this.#written.size > REMEMBERED && oldest !== undefined) this.#written.delete(oldest);
      if (!goesOn) break;
    }
    return { count };
  }
}

/** More than a broker has on its way to one reader. */
const REMEMBERED = 50_000;
