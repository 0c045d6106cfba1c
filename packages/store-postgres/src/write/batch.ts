import {
  type ApplyOutcome,
  type DeadLetterItem,
  type EffectsItem,
  itemCommandId,
  type StandingItem,
  type StoreItem,
} from '@sluice/core';

/** The items of a batch that decide, taken apart. */
export interface SortedBatch {
  readonly effects: readonly EffectsItem[];
  readonly deadLetters: readonly DeadLetterItem[];
}

export function sorted(standing: readonly StandingItem[]): SortedBatch {
  const items = standing.map(({ item }) => item);
  return {
    effects: items.filter((item) => item.kind === 'effects'),
    deadLetters: items.filter((item) => item.kind === 'dead-letter'),
  };
}

const KNOWN: ApplyOutcome = { kind: 'known' };

/** What became of the items, in their order. `decided`: by command id, those that just got an outcome. */
export function outcomesOf(
  items: readonly StoreItem[],
  standing: readonly StandingItem[],
  decided: ReadonlyMap<string, ApplyOutcome>,
): readonly ApplyOutcome[] {
  const untold = new Set(standing.map(({ item }) => item));
  return items.map((item) => (untold.delete(item) ? decided.get(itemCommandId(item)) : undefined) ?? KNOWN);
}
