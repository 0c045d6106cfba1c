import type { AssignedPartition, BrokerAdmin, RecordBatch } from '../broker.ts';
import type { DeadLetter } from '../dead-letter.ts';
import { SluiceError } from '../errors.ts';
import { instantFromMs } from '../instant.ts';
import { partitionKey, type StoredPosition } from '../position.ts';
import type { BrokerRecord } from '../record.ts';
import type { ApplyOutcome, StoreBatch, StoreItem, StoreWriter } from '../store.ts';
import type { Stream } from '../stream.ts';
import type { ProjectionObserver } from './observer.ts';

export const TOPIC = 'orders';
export const GROUP = 'group';
export const PLACE = { topic: TOPIC, partition: 0 };

/** A record whose command id is its text; `!` in front makes it poison for `echoStream`. */
export function recordAt(offset: number, text = `c${offset}`): BrokerRecord {
  return {
    topic: TOPIC,
    position: { kind: 'offset', partition: 0, offset },
    timestampMs: 1_000 + offset,
    key: null,
    value: Buffer.from(text),
    headers: [],
  };
}

export const recordsFrom = (first: number, count: number): BrokerRecord[] =>
  Array.from({ length: count }, (_, index) => recordAt(first + index));

export function batchOf(records: readonly BrokerRecord[], endOffset: number | null): RecordBatch {
  return { ...PLACE, records, endOffset };
}

export const echoStream: Stream = {
  name: 'echo.v1',
  topic: TOPIC,
  read(record) {
    const commandId = String(record.value);
    const identity = { commandId, client: 'default', time: instantFromMs(record.timestampMs) };
    return commandId.startsWith('!')
      ? { kind: 'poison', identity, reason: 'malformed-json', detail: 'value must not begin with !' }
      : { kind: 'command', identity, effects: [] };
  },
};

/** One record's lasting trace in the fake store. */
export interface Kept {
  readonly id: string;
  readonly as: 'row' | DeadLetter['reason'];
}

/**
 * A store of one log that keeps whatever is committed, in order and without any dedupe, so that a record applied twice
 * shows. Its position alone protects it.
 */
export class FakeStore implements StoreWriter {
  readonly kept: Kept[] = [];
  readonly details: string[] = [];
  readonly batches: StoreBatch[] = [];
  readonly #positions = new Map<string, StoredPosition>();
  /** Ids that the store cannot take as a row. */
  readonly unstorable = new Set<string>();
  /** Thrown by the next calls of `apply`, one each, before anything is changed. */
  readonly failures: Error[] = [];
  /** Thrown by the next commits, one each, after everything is changed. */
  readonly lostReplies: Error[] = [];
  /** Thrown by the next calls of `positions`, one each. */
  readonly positionFailures: Error[] = [];

  constructor(positions: readonly (StoredPosition & { readonly group?: string })[] = []) {
    for (const { group = GROUP, ...position } of positions) this.put(group, position);
  }

  put(group: string, position: StoredPosition): void {
    this.#positions.set(`${group} ${partitionKey(position)}`, position);
  }

  positionOf(group = GROUP): StoredPosition | undefined {
    return this.#positions.get(`${group} ${partitionKey(PLACE)}`);
  }

  async apply(batch: StoreBatch): Promise<readonly ApplyOutcome[]> {
    this.batches.push(batch);
    throwNext(this.failures);
    const { group, advance } = batch;
    const items = [...batch.items];
    if (advance && (this.positionOf(group)?.nextOffset ?? null) !== advance.from) {
      throw new SluiceError('position-conflict', 'the position is elsewhere');
    }
    const culprit = items.find((item) => item.kind === 'effects' && this.unstorable.has(item.identity.commandId));
    if (culprit)
      throw new SluiceError(
        'invalid-data',
        `cannot store\n${String(culprit.kind === 'effects' && culprit.record.value)}`,
      );
    if (advance) this.put(group, advance.to);
    const outcomes = items.map((item) => this.#keep(item));
    throwNext(this.lostReplies);
    return outcomes;
  }

  async positions(group: string): Promise<readonly StoredPosition[]> {
    throwNext(this.positionFailures);
    const own = this.#positions.entries().filter(([key]) => key.startsWith(`${group} `));
    return own.map(([, position]) => position).toArray();
  }

  async furthestPositions(): Promise<readonly StoredPosition[]> {
    const all = [...this.#positions.values()].toSorted((a, b) => a.nextOffset - b.nextOffset);
    return all.slice(-1);
  }

  #keep(item: StoreItem): ApplyOutcome {
    if (item.kind === 'effects') {
      this.kept.push({ id: item.identity.commandId, as: 'row' });
      return { kind: 'projected' };
    }
    this.kept.push({ id: item.deadLetter.commandId, as: item.deadLetter.reason });
    this.details.push(item.deadLetter.detail);
    return { kind: 'dead-lettered' };
  }
}

/** The log's ends, which a test changes at will. */
export class FakeAdmin implements BrokerAdmin {
  startOffset = 0;
  endOffset: number;
  asked = 0;
  readonly failures: Error[] = [];

  constructor(endOffset: number) {
    this.endOffset = endOffset;
  }

  async ends(): Promise<readonly AssignedPartition[]> {
    this.asked++;
    throwNext(this.failures);
    return [this.found()];
  }

  found(): AssignedPartition {
    return { ...PLACE, startOffset: this.startOffset, endOffset: this.endOffset };
  }

  async ensureTopics(): Promise<void> {}
  async ensureSubscriptions(): Promise<void> {}
  async removeSubscriptions(): Promise<void> {}
  async topicsOf(): Promise<readonly string[]> {
    return [];
  }
  async seek(): Promise<void> {}
  async takeSnapshot(): Promise<void> {}
  async deleteSnapshot(): Promise<void> {}
  async ping(): Promise<void> {}
}

/** Notes what it is told. */
export class FakeObserver implements ProjectionObserver {
  projected = 0;
  known = 0;
  readonly deadLetters: DeadLetter[] = [];
  readonly waits: Parameters<ProjectionObserver['waiting']>[0][] = [];
  readonly unverifiedPositions: StoredPosition[] = [];
  readonly progress: Parameters<ProjectionObserver['progressed']>[0][] = [];
  onWaiting: () => void = () => {};

  applied({ projected, known }: Parameters<ProjectionObserver['applied']>[0]): void {
    this.projected += projected;
    this.known += known;
  }

  deadLettered(deadLetter: DeadLetter): void {
    this.deadLetters.push(deadLetter);
  }

  waiting(event: Parameters<ProjectionObserver['waiting']>[0]): void {
    this.waits.push(event);
    this.onWaiting();
  }

  unverified(position: StoredPosition): void {
    this.unverifiedPositions.push(position);
  }

  progressed(event: Parameters<ProjectionObserver['progressed']>[0]): void {
    this.progress.push(event);
  }
}

/** Waits as short as they come. */
export const FAST = { baseMs: 0, random: () => 0 };

export const down = (): SluiceError => new SluiceError('unavailable', 'down');

function throwNext(errors: Error[]): void {
  const error = errors.shift();
  if (error) throw error;
}
