import { instantText } from '../instant-text.ts';
import { SCHEMA } from '../schema.ts';
import type { MessageSearch } from './message-searches.ts';

/** The columns that a filter can hold equal. Each set of them has an index, in this order (migration 0003). */
export const KEY_COLUMNS = ['email', 'component', 'environment'] as const;

export type KeyColumn = (typeof KEY_COLUMNS)[number];

/** Which statement is wanted. Those of one shape are prepared once per connection. */
export interface SearchShape {
  /** In the order of `KEY_COLUMNS`. */
  readonly keys: readonly KeyColumn[];
  readonly hasClient: boolean;
  /** At least as many rows as the page may have. */
  readonly mostRows: number;
  readonly message: MessageSearch;
}

export interface SearchStatement {
  readonly name: string;
  readonly text: string;
}

/** What the statements ask for, by number, in the order in which `searchValues` gives them. */
const UP_TO_TIME = hidden(1, 'timestamptz');
const UP_TO_ID = hidden(2, 'uuid');
const FROM = hidden(3, 'timestamptz');
const LIMIT = '$4::bigint';
const FIRST_FREE = 5;

/**
 * A parameter that the planner does not see through. Otherwise it plans each query anew for its values, which takes longer
 * than the query, and believes what it guesses of them: of a part of a message it knows nothing, either way.
 */
function hidden(number: number, type: string): string {
  return `(select $${number}::${type})`;
}

const COLUMNS = 'id, created_at, client, email, component, environment, message, data';
const SHOWN = `id, ${instantText('page.created_at', 'created_at')}, client, email, component, environment, message,
  data::text as data`;

/**
 * The statement for a shape. Its values: the end of the page before as time and id, the beginning of the time range, the
 * limit, the keys, the client, the part of the message, and the same as a pattern of LIKE; those that the shape has.
 */
export function searchStatement(shape: SearchShape): SearchStatement {
  const { keys, hasClient, mostRows, message } = shape;
  const clientAt = FIRST_FREE + keys.length;
  const client = hasClient ? ` and client = ${hidden(clientAt, 'text')}` : '';
  const partAt = clientAt + (hasClient ? 1 : 0);
  const newestFirst = rowsNewestFirst(keys);
  const isHit = `strpos(message, ${hidden(partAt, 'text')}) > 0`;
  const name = nameOf(shape);
  switch (message.by) {
    case 'none':
      return { name, text: pageOf(`${newestFirst.where}${client}`, newestFirst.order, mostRows) };
    case 'rows':
      return { name, text: pageOf(`${newestFirst.where}${client} and ${isHit}`, newestFirst.order, mostRows) };
    case 'newest':
      return { name, text: newestSearch({ ...newestFirst, client, isHit }, message.newest, mostRows) };
    case 'index':
    case 'both': {
      const filter = [
        `(created_at, id) < (${UP_TO_TIME}, ${UP_TO_ID}) and created_at >= ${FROM}${client}`,
        ...keys.map((key, index) => `${key} = ${hidden(FIRST_FREE + index, 'text')}`),
      ].join(' and ');
      const pattern = hidden(partAt + 1, 'text');
      const parts = { ...newestFirst, client, isHit, filter, pattern };
      return { name, text: message.by === 'index' ? indexSearch(parts, message.indexed) : fullSearch(parts, message) };
    }
    default:
      return message satisfies never;
  }
}

interface NewestFirst {
  readonly where: string;
  readonly order: string;
}

/**
 * The rows of these keys within the bounds, in the order of their index. The keys are in the bounds, and in the order,
 * instead of being compared for equality: so no other index can give this order, and the planner, which takes every value
 * of a column for as frequent as the next, has no choice to make.
 */
function rowsNewestFirst(keys: readonly KeyColumn[]): NewestFirst {
  const values = keys.map((_, index) => hidden(FIRST_FREE + index, 'text'));
  const [column, value] =
    keys.length > 1
      ? [`array[${keys.join(', ')}], `, `array[${values.join(', ')}], `]
      : keys.length === 1
        ? [`${keys[0]}, `, `${values[0]}, `]
        : ['', ''];
  return {
    where: `(${column}created_at, id) < (${value}${UP_TO_TIME}, ${UP_TO_ID}) and (${column}created_at) >= (${value}${FROM})`,
    order: `order by ${column.replace(/, $/, ' desc, ')}created_at desc, id desc`,
  };
}

/**
 * The inner limit is for the planner, which takes a limit it does not know for a tenth of the rows; no more rows are read
 * than the outer one asks for, which leaves them in their order.
 */
const pageOf = (where: string, order: string, mostRows: number): string => `
select ${SHOWN} from (
  select ${COLUMNS} from ${SCHEMA}.activity_events where ${where} ${order} limit ${mostRows}
) page limit ${LIMIT}`;

interface NewestSearchParts extends NewestFirst {
  readonly client: string;
  readonly isHit: string;
}

interface MessageSearchParts extends NewestSearchParts {
  /** What rows that the index found have to be besides. */
  readonly filter: string;
  readonly pattern: string;
}

/** Rows of the newest: all of a page, or the search is open. The limit inside is the planner's, as above. */
const newestSearch = ({ where, order, client, isHit }: NewestSearchParts, newest: number, mostRows: number): string => `
select ${SHOWN} from (
  select * from (
    select ${COLUMNS} from ${SCHEMA}.activity_events where ${where} ${order} limit ${newest}
  ) rows where ${isHit}${client} limit ${mostRows}
) page limit ${LIMIT}`;

/** Rows that the index finds. `is_open` says that those are more than may be looked at. */
const indexSearch = ({ isHit, filter, pattern }: MessageSearchParts, indexed: number): string => `
with indexed as materialized (
  select ${COLUMNS} from ${SCHEMA}.activity_events where message like ${pattern} limit ${indexed + 1}
), verdict as materialized (
  select count(*) > ${indexed} as is_open from indexed
)
select is_open, true as by_index, ${SHOWN}
from verdict left join (${hitsOf('indexed', `${isHit} and ${filter}`)}) page on true
order by page.created_at desc, page.id desc`;

const hitsOf = (rows: string, condition: string): string => `
  select ${COLUMNS} from ${rows} where ${condition} order by created_at desc, id desc limit ${LIMIT}`;

/** So many of the newest rows tell that there are many, which are found sooner among the rows than by the index. */
const FREQUENT = 2;

/**
 * Rows of the `newest`, where those fill the page or there are no more (the last of them has another number then); else
 * those that the index finds, unless the newest rows say that they are many. `is_open` says that neither came to an end.
 */
function fullSearch(
  { where, order, client, isHit, filter, pattern }: MessageSearchParts,
  { newest, indexed }: Extract<MessageSearch, { by: 'both' }>,
): string {
  const isLast = `examined = ${newest}`;
  const isBounded = indexed !== 'all';
  return `
with newest as materialized (
  select * from (
    select *, row_number() over () as examined from (
      select ${COLUMNS} from ${SCHEMA}.activity_events where ${where} ${order} limit ${newest}
    ) rows
  ) numbered where (${isHit}${client}) or ${isLast} limit ${LIMIT}
), hits as materialized (
  select count(*) filter (where ${isHit}${client}) as count, coalesce(bool_or(${isLast}), false) as reach_last from newest
), verdict as materialized (
  select count < ${LIMIT} and reach_last as goes_on, ${isBounded ? `count >= ${FREQUENT}` : 'false'} as is_frequent from hits
), indexed as materialized (
  select ${COLUMNS} from ${SCHEMA}.activity_events
  where message like ${pattern} and (select goes_on and not is_frequent from verdict)
  ${isBounded ? `limit ${indexed + 1}` : ''}
)
select ${isBounded ? `goes_on and (is_frequent or (select count(*) from indexed) > ${indexed})` : 'false'} as is_open,
  goes_on as by_index, ${SHOWN}
from verdict left join lateral (
  select ${COLUMNS} from newest where not goes_on and ${isHit}${client}
  union all
  (${hitsOf('indexed', `goes_on and ${isHit} and ${filter}`)})
) page on true
order by page.created_at desc, page.id desc`;
}

/** Below the 63 characters that PostgreSQL keeps of a name. */
function nameOf({ keys, hasClient, mostRows, message }: SearchShape): string {
  const columns = [...keys, ...(hasClient ? ['client'] : [])].map((column) => column.slice(0, 2));
  return ['activity', ...Object.values(message), mostRows, ...columns].join('-');
}
