import type { DeadLetter } from './dead-letter.ts';
import type { DeadLetterMark } from './effect.ts';
import type { DeadLetterItem, StoreItem } from './store.ts';
import { isDecidedOnce, itemCommandId, itemPlace, itemRedriveOf } from './store-item.ts';
import type { DeadLetterState } from './store-reader.ts';

/** The first mark of a place in the log, which stands. */
export interface PlaceMark extends Pick<DeadLetterMark, 'commandId' | 'reason' | 'detail'> {
  readonly decision: 'redrive' | 'discard';
}

/**
 * The dead letter that a record at a marked place is, whatever it would be read as today. It is made of the record and the
 * mark alone, so that a rebuild, which reads the control stream first, makes the same one.
 */
function markedItem(item: StoreItem, { decision, commandId, reason, detail }: PlaceMark): DeadLetterItem {
  const deadLetter = { ...deadLetterFor(item), commandId, reason, detail };
  const redriveOf = itemRedriveOf(item);
  return {
    kind: 'dead-letter',
    deadLetter: decision === 'discard' ? withoutBytes(deadLetter) : deadLetter,
    ...(redriveOf !== undefined && { redriveOf }),
  };
}

function deadLetterFor(item: StoreItem): Omit<DeadLetter, 'commandId' | 'reason' | 'detail'> {
  if (item.kind === 'dead-letter') return item.deadLetter;
  const { stream, identity, record } = item;
  return { stream, client: identity.client, createdAt: identity.time, record };
}

/** The items as the marks of their places have them. */
export function obeying(items: readonly StoreItem[], marks: ReadonlyMap<string, PlaceMark>): readonly StoreItem[] {
  if (marks.size === 0) return items;
  return items.map((item) => {
    const mark = marks.get(itemPlace(item));
    return mark ? markedItem(item, mark) : item;
  });
}

/** What stays of a dead letter that was discarded. */
export function withoutBytes<Kept extends Pick<DeadLetter, 'record'>>(deadLetter: Kept): Kept {
  // Field by field: an adapter's record is no plain object.
  const { topic, position, timestampMs } = deadLetter.record;
  return { ...deadLetter, record: { topic, position, timestampMs, key: null, value: null, headers: [] } };
}

/** What decides about a command, of all that a batch holds of it. */
export interface StandingItem {
  readonly item: StoreItem;
  /** The items whose stead it takes, from the first on, and itself. */
  readonly chain: readonly StoreItem[];
}

/**
 * Of several items with one command id the first stands, unless it is a dead letter that was re-driven and what was put
 * into the log in its stead comes later in the same batch, as it does in a replay.
 * @param items with marks obeyed
 * @param marks by place
 */
export function standingItems(
  items: readonly StoreItem[],
  marks: ReadonlyMap<string, Pick<PlaceMark, 'decision'>>,
): readonly StandingItem[] {
  const standing = new Map<string, StandingItem>();
  for (const item of items) {
    const commandId = itemCommandId(item);
    const before = standing.get(commandId);
    if (before && !takesSteadOf(item, before.item, marks)) continue;
    // Where it comes in the order is its own place, not that of what it replaces.
    standing.delete(commandId);
    standing.set(commandId, { item, chain: [...(before?.chain ?? []), item] });
  }
  return [...standing.values()];
}

function takesSteadOf(item: StoreItem, before: StoreItem, marks: Parameters<typeof standingItems>[1]): boolean {
  if (before.kind === 'effects') return false;
  const place = itemPlace(before);
  return itemRedriveOf(item) === place && marks.get(place)?.decision !== 'discard';
}

/** A command's dead letter, as a store holds it. */
export interface BuriedCommand {
  /** Its place in the log, as `placeText` gives it. */
  readonly place: string;
  readonly state: DeadLetterState;
}

/**
 * Whether an item decides anew about a command that was dead-lettered before. What was put into the log in its stead does;
 * so does a row at the very same place, which is the same record, read again after its projection was mended. A command
 * that is decided once does not: those after it were decided without it.
 */
export function replacesDeadLetter(item: StoreItem, { place, state }: BuriedCommand): boolean {
  if (state === 'discarded') return false;
  if (itemRedriveOf(item) === place) return true;
  if (state === 'redriven' || item.kind === 'dead-letter' || isDecidedOnce(item)) return false;
  return itemPlace(item) === place;
}
