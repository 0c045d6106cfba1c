import type { ActivityEventFilter, ActivityEventRow, Instant, PageRequest } from '@sluice/core';
import type { Pool } from 'pg';
import { KEY_COLUMNS, type SearchShape, searchStatement } from './activity-search.ts';
import { type MessageSearch, type SearchEnd, searchEnded, searchesFor } from './message-searches.ts';

/** What the largest usual page asks for: its rows, and one to know of more. A larger one is planned for by itself. */
const MOST_ROWS = 101;

const BY_ROWS: readonly MessageSearch[] = [{ by: 'rows' }];
const NOT_AT_ALL: readonly MessageSearch[] = [{ by: 'none' }];

/** So much of the part is looked up in the index; the rows found are held against the whole of it. */
const INDEXED_CHARACTERS = 64;

const BEFORE_ALL_IDS = '00000000-0000-0000-0000-000000000000';

interface ActivityColumns {
  /** Of a search for a part of a message; where nothing is found, a row of nulls carries it. */
  readonly is_open?: boolean;
  readonly by_index?: boolean;
  readonly id: string | null;
  readonly created_at: Instant;
  readonly client: string;
  readonly email: string;
  readonly component: string;
  readonly environment: string;
  readonly message: string;
  readonly data: string;
}

/** Activity events that match all of the filter, newest first. */
export async function activityEvents(
  pool: Pool,
  filter: ActivityEventFilter,
  page: PageRequest,
): Promise<readonly ActivityEventRow[]> {
  const { client, message } = filter;
  const keys = KEY_COLUMNS.filter((column) => filter[column] !== undefined);
  const searched = message === undefined || message === '' ? undefined : indexedPart(message);
  const values = [
    ...bounds(filter, page),
    ...keys.map((column) => filter[column]),
    ...(client === undefined ? [] : [client]),
    ...(searched === undefined ? [] : [message]),
  ];
  const shape = { keys, hasClient: client !== undefined, mostRows: Math.max(MOST_ROWS, page.limit) };
  const kind = keys.join();
  for (const search of searched ? searchesFor(kind, searched) : searched === null ? BY_ROWS : NOT_AT_ALL) {
    const pattern = search.by === 'index' || search.by === 'both' ? [`%${searched}%`] : [];
    const statement = statementFor({ ...shape, message: search });
    const { rows } = await pool.query<ActivityColumns>({ ...statement, values: [...values, ...pattern] });
    const end = endOf(search, rows, page.limit);
    if (searched) searchEnded(kind, searched, search, end);
    if (end !== 'open') return rows.flatMap(rowOf);
  }
  throw new Error('a search for a message must come to an end');
}

function endOf({ by }: MessageSearch, rows: readonly ActivityColumns[], limit: number): SearchEnd {
  const isFull = rows.length >= limit;
  if (rows[0]?.is_open || (by === 'newest' && !isFull)) return 'open';
  if (rows[0]?.by_index) return 'found by the index';
  return isFull ? 'page filled by the newest' : 'nothing more';
}

/** The times and the id between which the page lies, and its limit. */
function bounds({ from, before }: ActivityEventFilter, { after, limit }: PageRequest): unknown[] {
  const isAfterFirst = after && (before === undefined || after.createdAt < before);
  const [time, id] = isAfterFirst ? [after.createdAt, after.id] : [before ?? 'infinity', BEFORE_ALL_IDS];
  return [time, id, from ?? '-infinity', limit];
}

/**
 * What of a part of a message the index is asked for, as a pattern of LIKE without its ends; null where that would have no
 * trigram, and the index would give every row.
 */
function indexedPart(part: string): string | null {
  const beginning = [...part.slice(0, 2 * INDEXED_CHARACTERS)].slice(0, INDEXED_CHARACTERS).join('');
  return /[\p{L}\p{N}]{3}/u.test(beginning) ? beginning.replace(/[\\%_]/g, '\\$&') : null;
}

/** Making a text takes longer than looking it up. */
const statements = new Map<string, ReturnType<typeof searchStatement>>();

function statementFor(shape: SearchShape): ReturnType<typeof searchStatement> {
  const key = JSON.stringify(shape);
  let statement = statements.get(key);
  if (!statement) {
    statement = searchStatement(shape);
    statements.set(key, statement);
  }
  return statement;
}

function rowOf(row: ActivityColumns): ActivityEventRow[] {
  const { id, created_at: createdAt, client, email, component, environment, message, data } = row;
  return id === null ? [] : [{ id, createdAt, client, email, component, environment, message, data }];
}
