import type { TopicPartition } from '../broker.ts';
import { recordDigest } from '../digest.ts';
import { SluiceError } from '../errors.ts';
import type { ApplyOutcome, PositionAdvance, StoredPosition, StoreItem, StoreWriter } from '../store.ts';
import type { Stream } from '../stream.ts';
import { offsetOf, recordOf, unstorableItemOf } from './item.ts';
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
 * Puts the items into the store in their order. A store that is down is waited for; a batch that the store cannot take is
 * halved until the culprit is alone, and that one becomes a dead letter, so that its neighbours go through.
 * @param from the stored position that the items follow; null before the group's first
 */
export async function applyItems(
  context: ApplyContext,
  items: readonly StoreItem[],
  from: StoredPosition | null,
): Promise<Applied> {
  const tried = await applyWhole(context, items, from);
  switch (tried.kind) {
    case 'applied':
      return { count: items.length, position: tried.position };
    case 'aborted':
      return { count: 0, position: from };
    case 'unstorable':
      return await applyWithoutCulprit(context, items, from, tried.error);
    default:
      return tried satisfies never;
  }
}

async function applyWithoutCulprit(
  context: ApplyContext,
  items: readonly StoreItem[],
  from: StoredPosition | null,
  cause: SluiceError,
): Promise<Applied> {
  const [only] = items;
  if (items.length === 1 && only) {
    // A dead letter that cannot be stored either stops the partition: skipping it would lose the record.
    if (only.kind === 'dead-letter') throw cause;
    return await applyItems(context, [unstorableItemOf(context.stream, only.record, cause)], from);
  }
  const middle = items.length >> 1;
  const first = await applyItems(context, items.slice(0, middle), from);
  if (first.count < middle) return first;
  const second = await applyItems(context, items.slice(middle), first.position);
  return { count: middle + second.count, position: second.position };
}

type Tried =
  | { readonly kind: 'applied'; readonly position: StoredPosition | null }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'unstorable'; readonly error: SluiceError };

async function applyWhole(
  context: ApplyContext,
  items: readonly StoreItem[],
  from: StoredPosition | null,
): Promise<Tried> {
  const { writer, group, now } = context;
  const advance = advanceOver(context, items, from);
  const waited = await whileDown<Tried>(context, async (attempt) => {
    const startedAt = now();
    try {
      report(context, items, await writer.apply({ group, items, advance }), now() - startedAt);
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      if (error.code === 'invalid-data') return { kind: 'unstorable', error };
      const retried = error.code === 'position-conflict' && attempt > 0;
      if (!retried || !advance || !(await isStoredAt(context, advance.to))) throw error;
      // An earlier try was committed and only its answer lost, so that what it said of each item is not known.
      report(context, items, items.map(outcomeAskedFor), now() - startedAt);
    }
    return { kind: 'applied', position: advance?.to ?? null };
  });
  return waited.kind === 'done' ? waited.value : { kind: 'aborted' };
}

function advanceOver(
  { place }: ApplyContext,
  items: readonly StoreItem[],
  from: StoredPosition | null,
): PositionAdvance | null {
  const last = items.at(-1);
  if (place === null || last === undefined) return null;
  const record = recordOf(last);
  const lastOffset = offsetOf(record);
  const { topic, partition } = place;
  return {
    from: from?.nextOffset ?? null,
    to: { topic, partition, nextOffset: lastOffset + 1, lastOffset, lastDigest: recordDigest(record) },
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
  items: readonly StoreItem[],
  outcomes: readonly ApplyOutcome[],
  elapsedMs: number,
): void {
  let projected = 0;
  let known = 0;
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    const outcome = outcomes[index];
    switch (outcome?.kind) {
      case 'projected':
        projected++;
        break;
      case 'known':
        known++;
        break;
      case 'dead-lettered':
        if (item?.kind === 'dead-letter') observer.deadLettered(item.deadLetter);
        break;
      case undefined:
        break;
      default:
        outcome satisfies never;
    }
  }
  observer.applied({ stream: stream.name, projected, known, seconds: elapsedMs / 1000 });
}
