import { type ApplyOutcome, type DeadLetterItem, type EffectsItem, itemCommandId, type StoreItem } from '@sluice/core';

/** A batch taken apart. Of several items with one command id the first decides; later ones are repetitions of it. */
export interface SortedBatch {
  readonly effects: readonly EffectsItem[];
  readonly deadLetters: readonly DeadLetterItem[];
}

/** The first item of each command id. */
export function firstsOf(items: readonly StoreItem[]): readonly StoreItem[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    const before = seen.size;
    return seen.add(itemCommandId(item)).size > before;
  });
}

export function sorted(items: readonly StoreItem[]): SortedBatch {
  return {
    effects: items.filter((item) => item.kind === 'effects'),
    deadLetters: items.filter((item) => item.kind === 'dead-letter'),
  };
}

const KNOWN: ApplyOutcome = { kind: 'known' };

/** What became of the items, in their order. `decided`: by command id, those that just got an outcome. */
export function outcomesOf(
  items: readonly StoreItem[],
  decided: ReadonlyMap<string, ApplyOutcome>,
): readonly ApplyOutcome[] {
  const told = new Set<string>();
  return items.map((item) => {
    const id = itemCommandId(item);
    const outcome = told.has(id) ? undefined : decided.get(id);
    told.add(id);
    return outcome ?? KNOWN;
  });
}
