import { type AssignedPartition, partitionKey, type StoredPosition, type TopicPartition } from '@sluice/core';
import { Gauge, type Registry } from 'prom-client';

/** `consumer_lag_records`: how many records of each partition are still to be projected by the group. */
export class LagGauge {
  readonly #gauge: Gauge<'topic' | 'partition'>;
  /** Per partition the furthest offset to read next that was seen. */
  readonly #next = new Map<string, number>();

  constructor(metrics: Registry) {
    this.#gauge = new Gauge({
      name: 'consumer_lag_records',
      help: 'Records in the log that the group has not projected.',
      labelNames: ['topic', 'partition'],
      registers: [metrics],
    });
  }

  /** This member is at `nextOffset`. */
  progressed({ nextOffset, endOffset, ...place }: TopicPartition & { nextOffset: number; endOffset: number }): void {
    this.#set(place, this.#advance(place, nextOffset), endOffset);
  }

  /** The group, whichever member of it, is at `positions`; a partition without one is not begun. */
  compared(ends: readonly AssignedPartition[], positions: readonly StoredPosition[]): void {
    for (const position of positions) this.#advance(position, position.nextOffset);
    for (const { startOffset, endOffset, ...place } of ends) {
      this.#set(place, this.#next.get(partitionKey(place)) ?? startOffset, endOffset);
    }
  }

  #advance(place: TopicPartition, nextOffset: number): number {
    const key = partitionKey(place);
    const furthest = Math.max(nextOffset, this.#next.get(key) ?? 0);
    this.#next.set(key, furthest);
    return furthest;
  }

  #set({ topic, partition }: TopicPartition, nextOffset: number, endOffset: number): void {
    this.#gauge.set({ topic, partition: String(partition) }, Math.max(0, endOffset - nextOffset));
  }
}
