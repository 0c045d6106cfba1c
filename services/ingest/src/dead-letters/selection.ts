import type { DeadLetterFilter, DeadLetterSummary, PageEnd, StoreReader } from '@sluice/core';

/** What one request works through. */
export interface Selection {
  /** Oldest first, so that they come into the log in the order in which they were accepted. */
  readonly selected: readonly DeadLetterSummary[];
  /** Where to go on, where there are more; all of those are older. */
  readonly next: PageEnd | null;
}

export type SelectionReader = Pick<StoreReader, 'deadLetters'>;

/** As many as one request works through. */
const MOST_AT_ONCE = 1_000;
const PAGE = 250;

/** The dead letters that a filter means, beginning with the newest ones after the page that ended there. */
export async function selectDeadLetters(
  reader: SelectionReader,
  filter: DeadLetterFilter,
  after: PageEnd | null,
): Promise<Selection> {
  const selected: DeadLetterSummary[] = [];
  let end = after;
  while (selected.length < MOST_AT_ONCE) {
    const page = await reader.deadLetters(filter, { after: end, limit: PAGE });
    selected.push(...page);
    const last = page.at(-1);
    if (!last || page.length < PAGE) return { selected: selected.reverse(), next: null };
    end = { createdAt: last.createdAt, id: last.commandId };
  }
  return { selected: selected.reverse(), next: end };
}
