import { type BackoffOptions, backoffDelayMs, pause } from '../backoff.ts';
import type {
  AssignedPartition,
  BrokerAdmin,
  Handled,
  RecordBatch,
  SubscriptionHandler,
  TopicPartition,
} from '../broker.ts';
import { isRetryable, SluiceError } from '../errors.ts';
import type { BrokerRecord } from '../record.ts';
import { type DeadLetter, partitionKey, type StoredPosition, type StoreWriter } from '../store.ts';
import type { Reading, Stream } from '../stream.ts';
import { applyItems, type PendingItem } from './apply.ts';
import type { ProjectionObserver } from './observer.ts';
import { placeReader, requireEndNotBelow, requireNothingMissed, requireSameRecord } from './placement.ts';

export interface ProjectorOptions {
  readonly group: string;
  readonly streams: readonly Stream[];
  readonly writer: StoreWriter;
  readonly admin: BrokerAdmin;
  readonly observer: ProjectionObserver;
  readonly signal: AbortSignal;
  readonly backoff?: BackoffOptions;
  /** The most records of one transaction. Default 2,000. */
  readonly maxTransactionRecords?: number;
  /** In ms, monotonic. Default performance.now. */
  readonly now?: () => number;
}

interface PartitionState {
  /** The group's stored position; null before its first transaction. */
  stored: StoredPosition | null;
  /** The next record to project has at least this offset. */
  next: number;
  /** Still to be seen before anything is projected. */
  proof: StoredPosition | null;
}

/**
 * Turns batches of records into transactions of the store. Knows no driver: batch in, read each record as its stream's
 * command, apply, advance.
 */
export class Projector implements SubscriptionHandler {
  readonly #options: ProjectorOptions;
  readonly #streams: ReadonlyMap<string, Stream>;
  readonly #partitions = new Map<string, PartitionState>();
  readonly #now: () => number;

  constructor(options: ProjectorOptions) {
    this.#options = options;
    this.#streams = new Map(options.streams.map((stream) => [stream.topic, stream]));
    this.#now = options.now ?? (() => performance.now());
  }

  async assigned(partitions: readonly AssignedPartition[]): Promise<(TopicPartition & { offset: number })[]> {
    const { writer, group, observer } = this.#options;
    const [own, furthest] = await this.#whileDown(async () => [
      byPartition(await writer.positions(group)),
      byPartition(await writer.furthestPositions([...new Set(partitions.map(({ topic }) => topic))])),
    ]);
    return partitions.map((assigned) => {
      const key = partitionKey(assigned);
      const stored = own.get(key);
      const placement = placeReader(assigned, stored, furthest.get(key));
      if (placement.unverified) observer.unverified(placement.unverified);
      this.#partitions.set(key, { stored: stored ?? null, next: placement.projectFrom, proof: placement.proof });
      observer.progressed({ ...assigned, nextOffset: placement.projectFrom });
      return { topic: assigned.topic, partition: assigned.partition, offset: placement.readFrom };
    });
  }

  async handle(batch: RecordBatch, signal: AbortSignal): Promise<Handled> {
    if (batch.partition === null) return await this.#handleMessages(batch, signal);
    const place = { topic: batch.topic, partition: batch.partition };
    const state = this.#partitions.get(partitionKey(place));
    if (!state)
      throw new SluiceError('position-conflict', `${partitionKey(place)} delivered a batch before it was assigned`);

    if (state.proof && this.#settleProof(state, state.proof, batch) === 'go-back')
      return { count: 0, resumeAt: state.next };
    const skipped = await this.#countProjectedBefore(state, batch, place);
    const applied = await this.#apply(batch, batch.records.slice(skipped), place, state, signal);
    this.#options.observer.progressed({
      ...place,
      nextOffset: state.next,
      endOffset: Math.max(batch.endOffset ?? state.next, state.next),
    });
    return { count: skipped + applied };
  }

  /** Messages have no position: the command id alone keeps an effect from being repeated. */
  async #handleMessages(batch: RecordBatch, signal: AbortSignal): Promise<Handled> {
    return { count: await this.#apply(batch, batch.records, null, { stored: null, next: 0, proof: null }, signal) };
  }

  /** Compares the record that the stored position was made from; `go-back` when reading then begins before it. */
  #settleProof(state: PartitionState, proof: StoredPosition, batch: RecordBatch): 'go-on' | 'go-back' {
    const first = batch.records.find((record) => offsetOf(record) >= proof.lastOffset);
    if (!first) return 'go-on';
    requireSameRecord(proof, first);
    state.proof = null;
    return state.next < proof.nextOffset ? 'go-back' : 'go-on';
  }

  /** A log that went back or leapt forward is either a repeated delivery or another log: the ends tell which. */
  async #countProjectedBefore(state: PartitionState, batch: RecordBatch, place: TopicPartition): Promise<number> {
    const { stored } = state;
    if (stored && batch.endOffset !== null) requireEndNotBelow(stored, batch.endOffset);
    const fresh = batch.records.findIndex((record) => offsetOf(record) >= state.next);
    const skipped = fresh === -1 ? batch.records.length : fresh;
    const repeated = stored && batch.records.find((record) => offsetOf(record) === stored.lastOffset);
    if (repeated) requireSameRecord(stored, repeated);
    const first = batch.records[skipped];
    if (stored && skipped === 0 && first && offsetOf(first) > state.next) {
      const ends = await this.#whileDown(() => this.#options.admin.ends([place.topic]));
      const end = ends.find(({ partition }) => partition === place.partition);
      if (end) requireNothingMissed(stored, end.startOffset);
    }
    return skipped;
  }

  async #apply(
    batch: RecordBatch,
    records: readonly BrokerRecord[],
    place: TopicPartition | null,
    state: PartitionState,
    signal: AbortSignal,
  ): Promise<number> {
    const { maxTransactionRecords = 2_000, group, writer, observer, backoff } = this.#options;
    const stream = this.#streams.get(batch.topic);
    if (!stream) throw new SluiceError('misconfigured', `no stream has the topic ${batch.topic}`);
    const context = {
      group,
      writer,
      observer,
      place,
      signal,
      stream: stream.name,
      now: this.#now,
      ...(backoff && { backoff }),
    };
    let count = 0;
    while (count < records.length && !signal.aborted) {
      const chunk = records.slice(count, count + maxTransactionRecords);
      const applied = await applyItems(
        context,
        chunk.map((record) => pendingItem(stream, record)),
        state.stored,
      );
      count += applied.count;
      state.stored = applied.position;
      if (applied.position) state.next = applied.position.nextOffset;
      if (applied.count < chunk.length) break;
    }
    return count;
  }

  async #whileDown<T>(ask: () => Promise<T>): Promise<T> {
    const { observer, signal, backoff } = this.#options;
    for (let attempt = 0; ; attempt++) {
      try {
        return await ask();
      } catch (error) {
        if (!isRetryable(error) || !(error instanceof SluiceError)) throw error;
        const delayMs = backoffDelayMs(attempt, backoff);
        observer.waiting({ error, attempt, delayMs });
        if (!(await pause(delayMs, signal))) throw error;
      }
    }
  }
}

function pendingItem(stream: Stream, record: BrokerRecord): PendingItem {
  const reading = stream.read(record);
  const asDeadLetter = (detail: string): DeadLetter => deadLetter(stream, record, reading, 'unstorable', detail);
  switch (reading.kind) {
    case 'command':
      return {
        item: { kind: 'effects', commandId: reading.identity.commandId, record, effects: reading.effects },
        asDeadLetter,
      };
    case 'poison':
      return {
        item: { kind: 'dead-letter', deadLetter: deadLetter(stream, record, reading, reading.reason, reading.detail) },
        asDeadLetter,
      };
    default:
      return reading satisfies never;
  }
}

function deadLetter(
  stream: Stream,
  record: BrokerRecord,
  { identity }: Reading,
  reason: DeadLetter['reason'],
  detail: string,
): DeadLetter {
  const { commandId, client, time } = identity;
  return { commandId, stream: stream.name, client, reason, detail, createdAt: time, record };
}

function byPartition(positions: readonly StoredPosition[]): Map<string, StoredPosition> {
  return new Map(positions.map((position) => [partitionKey(position), position]));
}

function offsetOf({ position }: BrokerRecord): number {
  if (position.kind === 'offset') return position.offset;
  throw new SluiceError('misconfigured', 'a partition delivered a record without an offset');
}
