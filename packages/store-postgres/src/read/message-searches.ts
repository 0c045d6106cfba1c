import { RecentMap } from './recent-map.ts';

/**
 * One way of looking for a part of the message: not at all; in the rows themselves, newest first, until the page is full;
 * in so many of the newest rows alone; by the index alone, as long as that finds no more than so many; or in the newest and
 * then, where those do not fill the page, by the index.
 */
export type MessageSearch =
  | { readonly by: 'none' }
  | { readonly by: 'rows' }
  | { readonly by: 'newest'; readonly newest: number }
  | { readonly by: 'index'; readonly indexed: number }
  | { readonly by: 'both'; readonly newest: number; readonly indexed: number | 'all' };

/** What came of a search. Open: it came to no end, and another has to be made. */
export type SearchEnd = 'open' | 'page filled by the newest' | 'found by the index' | 'nothing more';

const NEWEST = 300;
const INDEXED = 1_000;

/**
 * The searches for a part of which nothing is known, one after the other until one comes to an end. What many rows have
 * fills a page from the newest of them; what few have, the index gives at once. Between the two, at about a thousand of a
 * million rows, both take milliseconds. What the second is for: many rows have it, and none of the newer ones.
 */
const UNKNOWN: readonly MessageSearch[] = [
  { by: 'both', newest: NEWEST, indexed: INDEXED },
  { by: 'both', newest: 20_000, indexed: 'all' },
];

/** What is asked for once is asked for again, page by page: the way that led to an end goes first, without the other. */
const BY_LAST_END: Readonly<Record<SearchEnd, readonly MessageSearch[]>> = {
  // To go on at once saves most of such a search.
  open: UNKNOWN.slice(1),
  'page filled by the newest': [{ by: 'newest', newest: NEWEST }, ...UNKNOWN],
  'found by the index': [{ by: 'index', indexed: INDEXED }, ...UNKNOWN],
  'nothing more': UNKNOWN,
};

/** How the last searches ended, by the kind of filter and the part. Wrong, it costs a search more, never a row. */
const lastEnds = new RecentMap<SearchEnd>(1_000);

/** The searches to make for a part of a message, in this order, until one is not open. */
export function searchesFor(kind: string, part: string): readonly MessageSearch[] {
  return BY_LAST_END[lastEnds.get(keyOf(kind, part)) ?? 'nothing more'];
}

/** Takes down what came of a search. */
export function searchEnded(kind: string, part: string, search: MessageSearch, end: SearchEnd): void {
  const key = keyOf(kind, part);
  switch (end) {
    case 'open':
      // Open, the shorter ways only were not the right ones any more.
      if (search.by === 'both') lastEnds.set(key, end);
      else lastEnds.delete(key);
      break;
    case 'page filled by the newest':
    case 'found by the index':
      if (lastEnds.get(key) !== 'open') lastEnds.set(key, end);
      break;
    case 'nothing more':
      break;
    default:
      end satisfies never;
  }
}

const keyOf = (kind: string, part: string): string => `${kind} ${part}`;
