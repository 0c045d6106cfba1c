import type { TopicPartition } from '@sluice/core';

/** Sequence numbers count records and start over after the largest 32-bit integer (KIP-98). */
const SEQUENCE_LIMIT = 2 ** 31;

/**
 * Who the broker takes us for: under one producer id it knows each partition's next sequence number, and so tells a batch
 * that is sent again from a new one. A number is used up when the broker says that it stored the batch, and not before.
 *
 * kafkajs' own producer takes numbers back for a whole request when one of its batches is refused; the next records then
 * go under numbers that are used up, are taken for repeated ones, and are acknowledged without being stored.
 */
export class ProducerIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly #next = new Map<string, number>();

  constructor(producerId: bigint, producerEpoch: number) {
    this.producerId = producerId;
    this.producerEpoch = producerEpoch;
  }

  nextSequence({ topic, partition }: TopicPartition): number {
    return this.#next.get(`${topic}/${partition}`) ?? 0;
  }

  stored({ topic, partition }: TopicPartition, records: number): void {
    const next = (this.nextSequence({ topic, partition }) + records) % SEQUENCE_LIMIT;
    this.#next.set(`${topic}/${partition}`, next);
  }
}
