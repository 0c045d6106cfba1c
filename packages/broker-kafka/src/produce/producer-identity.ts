import type { Lane } from './lane.ts';

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
  readonly #next = new Map<Lane, number>();

  constructor(producerId: bigint, producerEpoch: number) {
    this.producerId = producerId;
    this.producerEpoch = producerEpoch;
  }

  nextSequence(lane: Lane): number {
    return this.#next.get(lane) ?? 0;
  }

  stored(lane: Lane, records: number): void {
    this.#next.set(lane, (this.nextSequence(lane) + records) % SEQUENCE_LIMIT);
  }
}
