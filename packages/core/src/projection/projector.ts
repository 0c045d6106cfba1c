import type { BackoffOptions } from '../backoff.ts';
import type {
  AssignedPartition,
  BrokerAdmin,
  Handled,
  RecordBatch,
  SubscriptionHandler,
  TopicPartition,
} from '../broker.ts';
import { SluiceError } from '../errors.ts';
import { partitionKey, type StoredPosition } from '../position.ts';
import type { BrokerRecord } from '../record.ts';
import type { StoreWriter } from '../store.ts';
import type { Stream } from '../stream.ts';
import { type Applied, applyRecords } from './apply.ts';
import { offsetOf } from './item.ts';
import { countProjectedBefore, endsAfterPositions, type PartitionState, settleProof } from './log-check.ts';
import type { ProjectionObserver } from './observer.ts';
import { placeReader } from './placement.ts';
import { askWhileDown, type WaitContext, whileDown } from './while-down.ts';

export interface ProjectorOptions {
  readonly group: string;
  readonly streams: readonly Stream[];
  readonly writer: StoreWriter;
  readonly admin: BrokerAdmin;
  readonly observer: ProjectionObserver;
  readonly signal: AbortSignal;
  readonly backoff?: BackoffOptions;
  /** The most records of one transaction. Default 5,000. */
  readonly maxTransactionRecords?: number;
  /** In ms, monotonic. Default performance.now. */
  readonly now?: () => number;
}

/**
 * Turns batches of records into transactions of the store. Knows no driver: batch in, read each record as its stream's
 * command, apply, advance. Nothing is projected from a log that was not seen to be the store's own.
 */
export class Projector implements SubscriptionHandler {
  readonly #options: ProjectorOptions;
  readonly #streams: ReadonlyMap<string, Stream>;
  readonly #partitions = new Map<string, PartitionState>();

  constructor(options: ProjectorOptions) {
    this.#options = options;
    this.#streams = new Map(options.streams.map((stream) => [stream.topic, stream]));
  }

  async assigned(partitions: readonly AssignedPartition[]): Promise<(TopicPartition & { offset: number })[]> {
    const { writer, group, observer } = this.#options;
    const topics = [...new Set(partitions.map(({ topic }) => topic))];
    const own = byPartition(await askWhileDown(this.#options, () => writer.positions(group)));
    const furthest = byPartition(await askWhileDown(this.#options, () => writer.furthestPositions(topics)));
    const ends = await endsAfterPositions(this.#options, partitions, new Map([...furthest, ...own]));
    return ends.map(({ topic, partition, startOffset, endOffset }) => {
      const place = { topic, partition };
      const key = partitionKey(place);
      const placement = placeReader({ ...place, startOffset, endOffset }, own.get(key), furthest.get(key));
      if (placement.unverified) observer.unverified(placement.unverified);
      const next = placement.projectFrom;
      this.#partitions.set(key, { place, stored: own.get(key) ?? null, next, proof: placement.proof });
      observer.progressed({ ...place, nextOffset: next, endOffset });
      return { ...place, offset: placement.readFrom };
    });
  }

  async handle(batch: RecordBatch, partitionSignal: AbortSignal): Promise<Handled> {
    const context = { ...this.#options, signal: AbortSignal.any([partitionSignal, this.#options.signal]) };
    if (batch.partition === null) {
      return { count: (await this.#apply(batch.topic, batch.records, null, null, context.signal)).count };
    }
    const key = partitionKey({ topic: batch.topic, partition: batch.partition });
    const state = this.#partitions.get(key);
    if (!state) throw new SluiceError('position-conflict', `${key} delivered a batch before it was assigned`);

    const { proof } = state;
    if (proof) {
      const seen = batch.records.find((record) => offsetOf(record) >= proof.lastOffset);
      if (!seen) return { count: batch.records.length };
      await settleProof(context, state, proof, seen);
      state.proof = null;
      if (state.next < offsetOf(seen)) return { count: 0, resumeAt: state.next };
    }
    const before = await countProjectedBefore(context, state, batch);
    const fresh = before === 0 ? batch.records : batch.records.slice(before);
    const { count, position } = await this.#apply(batch.topic, fresh, state.place, state.stored, context.signal);
    state.stored = position;
    state.next = position?.nextOffset ?? state.next;
    const endOffset = Math.max(batch.endOffset ?? state.next, state.next);
    this.#options.observer.progressed({ ...state.place, nextOffset: state.next, endOffset });
    return { count: before + count };
  }

  /** Messages have no position: the command id alone keeps an effect from being repeated. */
  async #apply(
    topic: string,
    records: readonly BrokerRecord[],
    place: TopicPartition | null,
    from: StoredPosition | null,
    signal: AbortSignal,
  ): Promise<Applied> {
    const { maxTransactionRecords = 5_000, now = () => performance.now() } = this.#options;
    const stream = this.#streams.get(topic);
    if (!stream) throw new SluiceError('misconfigured', `no stream has the topic ${topic}`);
    const context = { ...this.#options, stream, place, signal, now };
    let done: Applied = { count: 0, position: from };
    while (done.count < records.length && !signal.aborted) {
      const chunk = records.slice(done.count, done.count + maxTransactionRecords);
      if (stream.prepare && !(await isPrepared(stream, chunk, context))) break;
      const { count, position } = await applyRecords(context, chunk, done.position);
      done = { count: done.count + count, position };
    }
    return done;
  }
}

/** False where the signal aborted before. */
async function isPrepared(stream: Stream, records: readonly BrokerRecord[], context: WaitContext): Promise<boolean> {
  return (await whileDown(context, async () => stream.prepare?.(records))).kind === 'done';
}

function byPartition(positions: readonly StoredPosition[]): Map<string, StoredPosition> {
  return new Map(positions.map((position) => [partitionKey(position), position]));
}
