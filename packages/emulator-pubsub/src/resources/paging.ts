import { invalidArgument } from '../grpc/errors.ts';

const DEFAULT_PAGE = 100;
/** A larger size means this one. */
const LARGEST_PAGE = 1000;

export interface PageRequest {
  readonly pageSize?: number | null;
  readonly pageToken?: string | null;
}

/**
 * The next page of things in the order of their names. The token has the last name of the page before, so that what comes
 * and goes meanwhile neither repeats nor hides anything else.
 * @throws RpcError `INVALID_ARGUMENT` where the size is negative or the token is none of ours.
 */
export function page<Item>(
  items: Iterable<Item>,
  nameOf: (item: Item) => string,
  { pageSize, pageToken }: PageRequest,
): { readonly items: Item[]; readonly nextPageToken: string } {
  const size = pageSize ?? 0;
  if (size < 0) throw invalidArgument('page_size');
  const after = readToken(pageToken ?? '');
  const sorted = [...items]
    .map((item) => ({ item, name: nameOf(item) }))
    .filter(({ name }) => name > after)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const taken = sorted.slice(0, size === 0 ? DEFAULT_PAGE : Math.min(size, LARGEST_PAGE));
  const last = taken.at(-1);
  const hasMore = last !== undefined && taken.length < sorted.length;
  return {
    items: taken.map(({ item }) => item),
    nextPageToken: hasMore ? Buffer.from(`after ${last.name}`).toString('base64url') : '',
  };
}

function readToken(token: string): string {
  if (token === '') return '';
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.startsWith('after ')) throw invalidArgument('page_token');
  return text.slice('after '.length);
}
