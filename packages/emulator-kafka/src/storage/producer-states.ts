import type { BatchHeader } from '../record-batch.ts';

/** How many of a producer's last batches are remembered, so that a retry is answered instead of appended again. */
const RETAINED_BATCHES = 5;

const MAX_SEQUENCE = 0x7fffffff;

export interface RetainedBatch {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: number;
  readonly timestampMs: number;
  /** While the batch is not durable: resolves once it is. A duplicate must not be acknowledged earlier. */
  durable?: Promise<unknown> | undefined;
}

interface ProducerState {
  epoch: number;
  /** When the producer last wrote here, by the broker's clock. */
  lastSeenMs: number;
  /** Oldest first. */
  readonly batches: RetainedBatch[];
}

export type SequenceVerdict =
  | { readonly kind: 'next' }
  | { readonly kind: 'duplicate'; readonly batch: RetainedBatch }
  | {
      readonly kind: 'refused';
      readonly error: 'INVALID_PRODUCER_EPOCH' | 'OUT_OF_ORDER_SEQUENCE_NUMBER';
      readonly message: string;
    };

type Sequenced = Pick<BatchHeader, 'producerId' | 'producerEpoch' | 'baseSequence' | 'lastOffsetDelta'>;

/**
 * What a partition knows of the idempotent producers that wrote to it (KIP-98), with the rules of Apache Kafka 4.1: a
 * producer that is not known may begin with any sequence number (KIP-360), so UNKNOWN_PRODUCER_ID is never answered.
 */
export class ProducerStates {
  readonly #producers = new Map<number, ProducerState>();

  /** What to do with a batch; changes nothing. */
  check(header: Sequenced): SequenceVerdict {
    const { producerId, producerEpoch, baseSequence } = header;
    const state = this.#producers.get(producerId);
    if (state === undefined) return { kind: 'next' };
    const last = state.batches.at(-1);
    const lastSequence = last?.lastSequence ?? -1;
    if (producerEpoch === state.epoch) {
      const batchEnd = lastSequenceOf(header);
      const batch = state.batches.find(
        ({ firstSequence, lastSequence: end }) => firstSequence === baseSequence && end === batchEnd,
      );
      if (batch !== undefined) return { kind: 'duplicate', batch };
      if (baseSequence === following(lastSequence)) return { kind: 'next' };
      return outOfOrder(`producer ${producerId}: sequence ${baseSequence} does not follow ${lastSequence}`);
    }
    if (producerEpoch < state.epoch) {
      const message = `producer ${producerId}: epoch ${producerEpoch} is older than ${state.epoch}, the last one seen`;
      return { kind: 'refused', error: 'INVALID_PRODUCER_EPOCH', message };
    }
    if (baseSequence === 0) return { kind: 'next' };
    return outOfOrder(`producer ${producerId}: epoch ${producerEpoch} must begin at sequence 0, not ${baseSequence}`);
  }

  /** Remembers a batch that {@link check} let pass. @returns undefined where the batch has no producer id. */
  add(header: Sequenced, baseOffset: number, timestampMs: number, nowMs: number): RetainedBatch | undefined {
    if (header.producerId < 0) return undefined;
    const firstSequence = header.baseSequence;
    const batch: RetainedBatch = { firstSequence, lastSequence: lastSequenceOf(header), baseOffset, timestampMs };
    const state = this.#producers.get(header.producerId);
    if (state === undefined || state.epoch !== header.producerEpoch) {
      this.#producers.set(header.producerId, { epoch: header.producerEpoch, lastSeenMs: nowMs, batches: [batch] });
      return batch;
    }
    state.lastSeenMs = nowMs;
    state.batches.push(batch);
    if (state.batches.length > RETAINED_BATCHES) state.batches.shift();
    return batch;
  }

  /** Forgets a batch whose append failed. */
  remove(producerId: number, batch: RetainedBatch): void {
    const state = this.#producers.get(producerId);
    const index = state?.batches.indexOf(batch) ?? -1;
    if (state === undefined || index < 0) return;
    state.batches.splice(index, 1);
    if (state.batches.length === 0) this.#producers.delete(producerId);
  }

  /** Forgets producers that have not written since. */
  expire(beforeMs: number): void {
    for (const [producerId, { lastSeenMs }] of this.#producers) {
      if (lastSeenMs < beforeMs) this.#producers.delete(producerId);
    }
  }

  toJSON(): unknown[] {
    return [...this.#producers].map(([producerId, { epoch, lastSeenMs, batches }]) => [
      producerId,
      epoch,
      lastSeenMs,
      batches.map((batch) => [batch.firstSequence, batch.lastSequence, batch.baseOffset, batch.timestampMs]),
    ]);
  }

  /** From what {@link toJSON} gave: trusted, since a checksum lies around it. */
  static fromJSON(json: ReturnType<ProducerStates['toJSON']>): ProducerStates {
    const states = new ProducerStates();
    for (const [producerId, epoch, lastSeenMs, batches] of json as SavedProducer[]) {
      states.#producers.set(producerId, {
        epoch,
        lastSeenMs,
        batches: batches.map(([firstSequence, lastSequence, baseOffset, timestampMs]) => ({
          firstSequence,
          lastSequence,
          baseOffset,
          timestampMs,
        })),
      });
    }
    return states;
  }
}

type SavedProducer = [
  producerId: number,
  epoch: number,
  lastSeenMs: number,
  batches: [firstSequence: number, lastSequence: number, baseOffset: number, timestampMs: number][],
];

const outOfOrder = (message: string): SequenceVerdict => ({
  kind: 'refused',
  error: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
  message,
});

/** Sequence numbers go from 2^31 - 1 back to 0. */
const following = (sequence: number): number => (sequence === MAX_SEQUENCE ? 0 : sequence + 1);

function lastSequenceOf({ baseSequence, lastOffsetDelta }: Sequenced): number {
  const last = baseSequence + lastOffsetDelta;
  return last > MAX_SEQUENCE ? last - MAX_SEQUENCE - 1 : last;
}
