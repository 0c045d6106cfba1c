import type { TopicPartition } from '../broker.ts';
import { recordDigest } from '../digest.ts';
import { SluiceError } from '../errors.ts';
import type { StoredPosition } from '../position.ts';
import type { BrokerRecord } from '../record.ts';
import type { ApplyOutcome, PositionAdvance, StoreItem, StoreWriter } from '../store.ts';
import type { Stream } from '../stream.ts';
import { itemOf, offsetOf, unstorableItemOf } from './item.ts';
import type { ProjectionObserver } from './observer.ts';
import { type WaitContext, whileDown } from './while-down.ts';

export interface Applied {
  /** How many of the first items are durably dealt with; fewer than all only when the signal aborted. */
  readonly count: number;
  /** The stored position after them. */
  readonly position: StoredPosition | null;
}

export interface ApplyContext extends WaitContext {
  readonly group: string;
  readonly stream: Stream;
  /** Null on a broker without offsets. */
  readonly place: TopicPartition | null;
  readonly writer: StoreWriter;
  readonly observer: ProjectionObserver;
  /** In ms, monotonic. */
  readonly now: () => number;
}

/**
 * Puts what the records say into the store, in their order. A store that is down is waited for; a batch that the store
 * cannot take is halved until the culprit is alone, and that one becomes a dead letter, so that its neighbours go through.
 * @param from the stored position that the records follow; null before the group's first
 */
export async function applyRecords(
  context: ApplyContext,
  records: readonly BrokerRecord[],
  from: StoredPosition | null,
): Promise<Applied> {
  const tried = await applyWhole(context, readingOf(context.stream, records), from);
  switch (tried.kind) {
    case 'applied':
      return { count: records.length, position: tried.position };
    case 'aborted':
      return { count: 0, position: from };
    case 'unstorable':
      return await applyWithoutCulprit(context, records, from, tried.error);
    default:
      return tried satisfies never;
  }
}

async function applyWithoutCulprit(
  context: ApplyContext,
  records: readonly BrokerRecord[],
  from: StoredPosition | null,
  cause: SluiceError,
): Promise<Applied> {
  const [only] = records;
  if (records.length === 1 && only) return await applyAsDeadLetter(context, only, from, cause);
  const middle = records.length >> 1;
  const first = await applyRecords(context, records.slice(0, middle), from);
  if (first.count < middle) return first;
  const second = await applyRecords(context, records.slice(middle), first.position);
  return { count: middle + second.count, position: second.position };
}

async function applyAsDeadLetter(
  context: ApplyContext,
  record: BrokerRecord,
  from: StoredPosition | null,
  cause: SluiceError,
): Promise<Applied> {
  // A dead letter that cannot be stored either stops the partition: skipping it would lose the record.
  if (itemOf(context.stream, record).kind === 'dead-letter') throw cause;
  const tried = await applyWhole(context, unstorable(context.stream, record, cause), from);
  switch (tried.kind) {
    case 'applied':
      return { count: 1, position: tried.position };
    case 'aborted':
      return { count: 0, position: from };
    case 'unstorable':
      throw tried.error;
    default:
      return tried satisfies never;
  }
}

/** Records, and what the store is to do for each. */
interface Work {
  readonly records: readonly BrokerRecord[];
  readonly itemOf: (record: BrokerRecord) => StoreItem;
}

const readingOf = (stream: Stream, records: readonly BrokerRecord[]): Work => ({
  records,
  itemOf: (record) => itemOf(stream, record),
});

const unstorable = (stream: Stream, record: BrokerRecord, cause: SluiceError): Work => ({
  records: [record],
  itemOf: () => unstorableItemOf(stream, record, cause),
});

const itemsOf = ({ records, itemOf: read }: Work): Iterable<StoreItem> => ({
  *[Symbol.iterator]() {
    for (const record of records) yield read(record);
  },
});

type Tried =
  | { readonly kind: 'applied'; readonly position: StoredPosition | null }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'unstorable'; readonly error: SluiceError };

async function applyWhole(context: ApplyContext, work: Work, from: StoredPosition | null): Promise<Tried> {
  const { writer, group, now } = context;
  const advance = advanceOver(context, work.records, from);
  const waited = await whileDown<Tried>(context, async (attempt) => {
    const startedAt = now();
    try {
      report(context, work, await writer.apply({ group, items: itemsOf(work), advance }), now() - startedAt);
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      if (error.code === 'invalid-data') return { kind: 'unstorable', error };
      const retried = error.code === 'position-conflict' && attempt > 0;
      if (!retried || !advance || !(await isStoredAt(context, advance.to))) throw error;
      // An earlier try was committed and only its answer lost, so that what it said of each record is not known.
      report(context, work, Array.from(itemsOf(work), outcomeAskedFor), now() - startedAt);
    }
    return { kind: 'applied', position: advance?.to ?? null };
  });
  return waited.kind === 'done' ? waited.value : { kind: 'aborted' };
}

function advanceOver(
  { place }: ApplyContext,
  records: readonly BrokerRecord[],
  from: StoredPosition | null,
): PositionAdvance | null {
  const last = records.at(-1);
  if (place === null || last === undefined) return null;
  const lastOffset = offsetOf(last);
  const { topic, partition } = place;
  return {
    from: from?.nextOffset ?? null,
    to: { topic, partition, nextOffset: lastOffset + 1, lastOffset, lastDigest: recordDigest(last) },
  };
}

async function isStoredAt({ writer, group }: ApplyContext, wanted: StoredPosition): Promise<boolean> {
  const positions = await writer.positions(group);
  const stored = positions.find(({ topic, partition }) => topic === wanted.topic && partition === wanted.partition);
  return stored?.nextOffset === wanted.nextOffset && stored.lastDigest === wanted.lastDigest;
}

function outcomeAskedFor({ kind }: StoreItem): ApplyOutcome {
  return { kind: kind === 'dead-letter' ? 'dead-lettered' : 'projected' };
}

function report(
  { observer, stream }: ApplyContext,
  { records, itemOf: read }: Work,
  outcomes: readonly ApplyOutcome[],
  elapsedMs: number,
): void {
  let projected = 0;
  let rejected = 0;
  let known = 0;
  for (const [index, outcome] of outcomes.entries()) {
    switch (outcome.kind) {
      case 'projected':
        projected++;
        break;
      case 'rejected':
        rejected++;
        break;
      case 'known':
        known++;
        break;
      case 'dead-lettered': {
        const record = records[index];
        const item = record && read(record);
        if (item?.kind === 'dead-letter') observer.deadLettered(item.deadLetter);
        break;
      }
      default:
        outcome satisfies never;
    }
  }
  observer.applied({ stream: stream.name, projected, rejected, known, seconds: elapsedMs / 1000 });
}
