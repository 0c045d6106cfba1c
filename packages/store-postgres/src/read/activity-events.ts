import type { ActivityEventFilter, ActivityEventRow, Instant, PageRequest } from '@sluice/core';
import type { Pool } from 'pg';
import { KEY_COLUMNS, type MessageSearch, type SearchShape, searchStatement } from './activity-search.ts';
import { RecentTexts } from './recent-texts.ts';

/** What the largest usual page asks for: its rows, and one to know of more. A larger one is planned for by itself. */
const MOST_ROWS = 101;

/**
 * How a part of a message is looked for, one after the other until one comes to an end. What many rows have fills a page
 * from the newest of them; what few have, the index gives at once. Between the two, at about a thousand of a million rows,
 * both take milliseconds. What the second is for: many rows have it, and none of the newer ones.
 */
const BY_INDEX: readonly MessageSearch[] = [
  { by: 'index', newest: 300, indexed: 1_000 },
  { by: 'index', newest: 20_000, indexed: 'all' },
];
const BY_ROWS: readonly MessageSearch[] = [{ by: 'rows' }];
/** Of which the first search came to no end, and will not the next time: to go on at once saves most of such a search. */
const frequentParts = new RecentTexts(1_000);

const NOT_AT_ALL: readonly MessageSearch[] = [{ by: 'none' }];

/** So much of the part is looked up in the index; the rows found are held against the whole of it. */
const INDEXED_CHARACTERS = 64;

const BEFORE_ALL_IDS = '00000000-0000-0000-0000-000000000000';

interface ActivityColumns {
  /** Of a search for a part of a message; where nothing is found, a row of nulls carries it. */
  readonly is_open?: boolean;
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
  for (const search of searchesFor(searched)) {
    const pattern = search.by === 'index' ? [`%${searched}%`] : [];
    const statement = statementFor({ ...shape, message: search });
    const { rows } = await pool.query<ActivityColumns>({ ...statement, values: [...values, ...pattern] });
    if (!rows[0]?.is_open) return rows.flatMap(rowOf);
    if (searched) frequentParts.add(searched);
  }
  throw new Error('a search for a message must come to an end');
}

function searchesFor(searched: string | null | undefined): readonly MessageSearch[] {
  if (searched === undefined) return NOT_AT_ALL;
  if (searched === null) return BY_ROWS;
  return frequentParts.has(searched) ? BY_INDEX.slice(1) : BY_INDEX;
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
