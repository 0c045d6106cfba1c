import type { ApplyOutcome, DeadLetter, StoreItem } from '@sluice/core';

export type EffectsItem = Extract<StoreItem, { kind: 'effects' }>;

/** A batch taken apart. Of several items with one command id the first decides; later ones are repetitions of it. */
export interface SortedBatch {
  readonly effects: readonly EffectsItem[];
  readonly deadLetters: readonly DeadLetter[];
  /** By index of the batch: whether the item is the first of its command id. */
  readonly isFirst: readonly boolean[];
}

export function sortBatch(items: readonly StoreItem[]): SortedBatch {
  const seen = new Set<string>();
  const isFirst = items.map((item) => {
    const before = seen.size;
    return seen.add(commandIdOf(item)).size > before;
  });
  const firsts = items.filter((_, index) => isFirst[index]);
  return {
    isFirst,
    effects: firsts.filter((item) => item.kind === 'effects'),
    deadLetters: firsts.flatMap((item) => (item.kind === 'dead-letter' ? [item.deadLetter] : [])),
  };
}

/** What became of the items, in their order: `projected` and `buried` hold the command ids that just got an outcome. */
export function outcomesOf(
  items: readonly StoreItem[],
  isFirst: readonly boolean[],
  projected: ReadonlySet<string>,
  buried: ReadonlySet<string>,
): ApplyOutcome[] {
  return items.map((item, index) => {
    const id = commandIdOf(item);
    if (isFirst[index] && item.kind === 'effects' && projected.has(id)) return { kind: 'projected' };
    if (isFirst[index] && item.kind === 'dead-letter' && buried.has(id)) return { kind: 'dead-lettered' };
    return { kind: 'known' };
  });
}

const commandIdOf = (item: StoreItem): string => (item.kind === 'effects' ? item.commandId : item.deadLetter.commandId);
