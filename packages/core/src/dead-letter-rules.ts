import type { DeadLetter } from './dead-letter.ts';
import type { DeadLetterMark } from './effect.ts';
import { placeText } from './place.ts';
import type { DeadLetterItem, StoreItem } from './store.ts';
import { isDecidedOnce, itemRecord, itemRedriveOf } from './store-item.ts';
import type { DeadLetterState } from './store-reader.ts';

/** The first mark of a place in the log, which stands. */
export interface PlaceMark extends Pick<DeadLetterMark, 'commandId' | 'reason' | 'detail'> {
  readonly decision: 'redrive' | 'discard';
}

/**
 * The dead letter that a record at a marked place is, whatever it would be read as today. It is made of the record and the
 * mark alone, so that a rebuild, which reads the control stream first, makes the same one.
 */
export function markedItem(item: StoreItem, { decision, commandId, reason, detail }: PlaceMark): DeadLetterItem {
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

/** What stays of a dead letter that was discarded. */
export function withoutBytes<Kept extends Pick<DeadLetter, 'record'>>(deadLetter: Kept): Kept {
  // Field by field: an adapter's record is no plain object.
  const { topic, position, timestampMs } = deadLetter.record;
  return { ...deadLetter, record: { topic, position, timestampMs, key: null, value: null, headers: [] } };
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
  const { topic, position } = itemRecord(item);
  return placeText(topic, position) === place;
}
