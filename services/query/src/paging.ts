import { type PageEnd, type PageRequest, quoted } from '@sluice/core';
import { type HttpRequest, INVALID_PARAMETER, problem, type Reply, singleParameter } from '@sluice/http';
import { decodeCursor, encodeCursor } from './cursor.ts';

export const DEFAULT_LIMIT = 20;
export const MAX_LIMIT = 100;

/** The page that is asked for, or the answer to parameters that ask for none. */
export type AskedPage =
  | { readonly kind: 'page'; readonly page: PageRequest }
  | { readonly kind: 'refused'; readonly reply: Reply };

/** The page that a request asks for by `limit` and `cursor`. */
export function pageOf(request: HttpRequest): AskedPage {
  const limit = singleParameter(request, 'limit');
  if (limit.kind === 'refused') return limit;
  const cursor = singleParameter(request, 'cursor');
  if (cursor.kind === 'refused') return cursor;
  const rows = limit.kind === 'absent' ? DEFAULT_LIMIT : wholeNumber(limit.value);
  if (rows < 1 || rows > MAX_LIMIT) {
    return refused('limit', `be a whole number from 1 to ${MAX_LIMIT}`, limit.kind === 'value' ? limit.value : '');
  }
  const after = cursor.kind === 'absent' ? null : decodeCursor(cursor.value);
  if (after === undefined) {
    return refused('cursor', 'be the next of an earlier answer', cursor.kind === 'value' ? cursor.value : '');
  }
  return { kind: 'page', page: { after, limit: rows } };
}

const wholeNumber = (text: string): number => (/^\d{1,9}$/.test(text) ? Number(text) : 0);

function refused(name: string, rule: string, received: string): AskedPage {
  return { kind: 'refused', reply: refuseParameter(name, rule, received) };
}

/** The answer to a parameter of the query that is not as it must be. */
export function refuseParameter(name: string, rule: string, received: string): Reply {
  return problem(INVALID_PARAMETER, `query parameter ${name} must ${rule}, got ${quoted(received)}`);
}

/** A page as it is shown. */
export interface Page<T> {
  readonly rows: readonly T[];
  /** The cursor of the next page; null where this is the last. */
  readonly next: string | null;
}

/** Reads a page, and one row more to know whether there are others. */
export async function readPage<T>(
  { after, limit }: PageRequest,
  read: (page: PageRequest) => Promise<readonly T[]>,
  endOf: (row: T) => PageEnd,
): Promise<Page<T>> {
  const rows = await read({ after, limit: limit + 1 });
  const last = rows[limit - 1];
  return rows.length > limit && last !== undefined
    ? { rows: rows.slice(0, limit), next: encodeCursor(endOf(last)) }
    : { rows, next: null };
}
