import type { DeadLettersApi, Filter, Summary } from './api.ts';

/** As many as the service gives at once. */
const MOST_PER_PAGE = 100;

export interface Listed {
  readonly summaries: readonly Summary[];
  readonly hasMore: boolean;
}

/** The newest dead letters of a filter, at most `limit` of them. @throws RequestFailure */
export async function listDeadLetters(
  api: Pick<DeadLettersApi, 'page'>,
  filter: Filter,
  limit: number,
): Promise<Listed> {
  const summaries: Summary[] = [];
  let cursor: string | null = null;
  do {
    const page = await api.page(filter, Math.min(limit - summaries.length, MOST_PER_PAGE), cursor);
    summaries.push(...page.dead_letters);
    cursor = page.next;
  } while (cursor !== null && summaries.length < limit);
  return { summaries, hasMore: cursor !== null };
}
