import { type BackoffOptions, backoffDelayMs, pause } from '../backoff.ts';
import { recordDigest } from '../digest.ts';
import { SluiceError } from '../errors.ts';
import type { ApplyOutcome, DeadLetter, PositionAdvance, StoredPosition, StoreItem, StoreWriter } from '../store.ts';
import type { ProjectionObserver } from './observer.ts';

/** One record that was read, on its way into the store. */
export interface PendingItem {
  readonly item: StoreItem;
  /** What to keep instead if the store cannot take the item. */
  readonly asDeadLetter: (detail: string) => DeadLetter;
}

export interface Applied {
  /** How many of the first items are durably dealt with; fewer than all only when the signal aborted. */
  readonly count: number;
  /** The stored position after them. */
  readonly position: StoredPosition | null;
}

export interface ApplyContext {
  readonly group: string;
  readonly stream: string;
  /** Null on a broker without offsets. */
  readonly place: { readonly topic: string; readonly partition: number } | null;
  readonly writer: StoreWriter;
  readonly observer: ProjectionObserver;
  readonly signal: AbortSignal;
  readonly backoff?: BackoffOptions;
  /** In ms, monotonic. */
  readonly now: () => number;
}

/**
 * Puts the items into the store in their order. A store that is down is waited for; a batch that the store cannot take is
 * halved until the culprit is alone, and that one becomes a dead letter, so that its neighbours go through.
 */
export async function applyItems(
  context: ApplyContext,
  items: readonly PendingItem[],
  position: StoredPosition | null,
): Promise<Applied> {
  const done = await applyWhole(
    context,
    items.map(({ item }) => item),
    position,
  );
  switch (done.kind) {
    case 'applied':
      return { count: items.length, position: done.position };
    case 'aborted':
      return { count: 0, position };
    case 'unstorable':
      return items.length === 1
        ? await buryOnly(context, items, position, done.error)
        : await applyHalves(context, items, position);
    default:
      return done satisfies never;
  }
}

async function applyHalves(
  context: ApplyContext,
  items: readonly PendingItem[],
  position: StoredPosition | null,
): Promise<Applied> {
  const middle = items.length >> 1;
  const first = await applyItems(context, items.slice(0, middle), position);
  if (first.count < middle) return first;
  const second = await applyItems(context, items.slice(middle), first.position);
  return { count: middle + second.count, position: second.position };
}

async function buryOnly(
  context: ApplyContext,
  [only]: readonly PendingItem[],
  position: StoredPosition | null,
  cause: SluiceError,
): Promise<Applied> {
  // A dead letter that cannot be stored either stops the partition: skipping it would lose the record.
  if (only === undefined || only.item.kind === 'dead-letter') throw cause;
  const buried = await applyWhole(
    context,
    [{ kind: 'dead-letter', deadLetter: only.asDeadLetter(cause.message) }],
    position,
  );
  switch (buried.kind) {
    case 'applied':
      return { count: 1, position: buried.position };
    case 'aborted':
      return { count: 0, position };
    case 'unstorable':
      throw buried.error;
    default:
      return buried satisfies never;
  }
}

type WholeResult =
  | { readonly kind: 'applied'; readonly position: StoredPosition | null }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'unstorable'; readonly error: SluiceError };

async function applyWhole(
  context: ApplyContext,
  items: readonly StoreItem[],
  position: StoredPosition | null,
): Promise<WholeResult> {
  const { writer, group, observer, signal, now } = context;
  const advance = advanceOver(context, items, position);
  for (let attempt = 0; ; attempt++) {
    const startedAt = now();
    try {
      const outcomes = await writer.apply({ group, items, advance });
      report(context, items, outcomes, (now() - startedAt) / 1000);
      return { kind: 'applied', position: advance?.to ?? null };
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      if (error.code === 'invalid-data') return { kind: 'unstorable', error };
      // An earlier try of ours may have been committed although its answer was lost: then the position says so.
      if (error.code === 'position-conflict' && attempt > 0 && advance && (await isStoredAt(context, advance.to))) {
        return { kind: 'applied', position: advance.to };
      }
      if (!error.retryable) throw error;
      const delayMs = backoffDelayMs(attempt, context.backoff);
      observer.waiting({ error, attempt, delayMs });
      if (!(await pause(delayMs, signal))) return { kind: 'aborted' };
    }
  }
}

function advanceOver(
  { place }: ApplyContext,
  items: readonly StoreItem[],
  from: StoredPosition | null,
): PositionAdvance | null {
  const last = items.at(-1);
  if (place === null || last === undefined) return null;
  const record = last.kind === 'effects' ? last.record : last.deadLetter.record;
  if (record.position.kind !== 'offset') return null;
  const { offset } = record.position;
  return {
    from: from?.nextOffset ?? null,
    to: { ...place, nextOffset: offset + 1, lastOffset: offset, lastDigest: recordDigest(record) },
  };
}

async function isStoredAt({ writer, group }: ApplyContext, wanted: StoredPosition): Promise<boolean> {
  const stored = (await writer.positions(group)).find(
    (p) => p.topic === wanted.topic && p.partition === wanted.partition,
  );
  return stored?.nextOffset === wanted.nextOffset && stored.lastDigest === wanted.lastDigest;
}

function report(
  { observer, stream }: ApplyContext,
  items: readonly StoreItem[],
  outcomes: readonly ApplyOutcome[],
  seconds: number,
): void {
  let projected = 0;
  let known = 0;
  for (const [index, outcome] of outcomes.entries()) {
    switch (outcome.kind) {
      case 'projected':
        projected++;
        break;
      case 'known':
        known++;
        break;
      case 'dead-lettered': {
        const item = items[index];
        if (item?.kind === 'dead-letter') observer.deadLettered(item.deadLetter);
        break;
      }
      default:
        outcome satisfies never;
    }
  }
  observer.applied({ stream, projected, known, seconds });
}
