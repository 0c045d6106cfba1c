import { type BadInput, FirstOf } from '../bad-input.ts';
import { json } from '../request.ts';

const IDENTIFIER = '\\(\\^\\[A-Za-z_\\]\\[A-Za-z0-9_\\]\\{0,62\\}\\$\\)';
const COLUMN = `be a column's name ${IDENTIFIER}`;
const TABLE = `be a table's name ${IDENTIFIER}`;
const SYSTEM = 'be no system column of PostgreSQL \\(tableoid, xmin, cmin, xmax, cmax, ctid\\)';
const OWN = "not begin as BigQuery's own columns do \\(_TABLE_, .*\\)";
const DECIMAL = 'be a type of which DECIMAL has no size or one like DECIMAL\\(10,2\\), .*';

type Json = unknown;

/** An activity or the whole body, with the place, the rule and the value that the answer must name. */
const refused = (name: string, body: Json, pointer: string, rule: string, got: string): BadInput => {
  const detail = `must ${rule}, got ${got}`;
  const request = json('POST /api/activities', body);
  const payload = JSON.parse(request.toString('utf8', request.indexOf('\r\n\r\n') + 4));
  return {
    name: `activities: ${name}`,
    to: 'ingest',
    door: 'activities',
    request,
    answer: {
      status: 400,
      type: 'invalid-activities',
      detail: new RegExp(`^${pointer === '' ? 'the body' : pointer} ${detail}(;|$)`),
      members: {
        message: 'Invalid Schema',
        payload,
        errors: new FirstOf({ pointer, detail: new RegExp(`^${detail}$`) }),
      },
      repeatedAs: ['error'],
    },
  };
};

const insert = (over: Readonly<Record<string, Json>>): Json => ({
  activities: [
    { operation: 'insert', table: 'stolen', col_names: ['a'], col_types: ['TEXT'], col_values: ['x'], ...over },
  ],
});
const remove = (over: Readonly<Record<string, Json>>): Json => ({
  activities: [
    {
      operation: 'delete',
      table: 'accounts',
      value_to_delete: { col_names: ['id'], col_types: ['INTEGER'], col_values: [1], ...over },
    },
  ],
});

const A = '/activities/0';
const table = (name: string, given: Json, got: string) =>
  refused(`a table ${name}`, insert({ table: given }), `${A}/table`, TABLE, got);
const column = (name: string, given: Json, rule: string, got: string) =>
  refused(`a column ${name}`, insert({ col_names: [given] }), `${A}/col_names/0`, rule, got);
const type = (name: string, given: Json, rule: string, got: string) =>
  refused(`a type ${name}`, insert({ col_types: [given], col_values: [null] }), `${A}/col_types/0`, rule, got);
const value = (name: string, declared: string, given: Json, rule: string, got: string) =>
  refused(`a value ${name}`, insert({ col_types: [declared], col_values: [given] }), `${A}/col_values/0`, rule, got);

const LONG = 'c'.repeat(64);

/** Table transactions that must touch no table. */
export const tableCases: readonly BadInput[] = [
  refused('null', 'null', '', 'be an object', 'null'),
  refused('an array', [], '', 'be an object', 'an array of 0'),
  refused('a text', '"activities"', '', 'be an object', '"activities"'),
  refused('nothing in it', {}, '/activities', 'be an array of at most 1000 activities', 'nothing'),
  refused(
    'the member on the prototype alone',
    { constructor: { activities: [] } },
    '/activities',
    'be an array of at most 1000 activities',
    'nothing',
  ),
  refused(
    'no array',
    { activities: { length: 1 } },
    '/activities',
    'be an array of at most 1000 activities',
    'an object',
  ),
  refused(
    '1,001 of them',
    { activities: Array(1_001).fill({}) },
    '/activities',
    'be an array of at most 1000 activities',
    'an array of 1001',
  ),
  refused('one that is none', { activities: ['x'] }, A, 'be an object', '"x"'),
  refused(
    'an operation in upper case',
    insert({ operation: 'INSERT' }),
    `${A}/operation`,
    'be "insert" or "delete"',
    '"INSERT"',
  ),
  refused('another operation', insert({ operation: 'drop' }), `${A}/operation`, 'be "insert" or "delete"', '"drop"'),
  refused('no operation', insert({ operation: undefined }), `${A}/operation`, 'be "insert" or "delete"', 'nothing'),
  refused(
    'a good one before a bad one',
    { activities: [(insert({}) as { activities: Json[] }).activities[0], { operation: 'x', table: 't' }] },
    '/activities/1/operation',
    'be "insert" or "delete"',
    '"x"',
  ),

  table('of no name', '', '""'),
  table('of a number', 7, '7'),
  table('that is not there', undefined, 'nothing'),
  table('with a quote', 'a"b', '"a\\\\"b"'),
  table('with an apostrophe', "a'b", '"a\'b"'),
  table('with SQL', 'accounts; drop table accounts', '"accounts; drop table accounts"'),
  table('with a comment', 'accounts--', '"accounts--"'),
  table("in another's schema", 'sluice.dead_letters', '"sluice\\.dead_letters"'),
  table('in the catalogue', 'pg_catalog.pg_class', '"pg_catalog\\.pg_class"'),
  table('in quotes', '"accounts"', '"\\\\"accounts\\\\""'),
  table('of 64 bytes', LONG, `"${LONG}"`),
  table('of 100,000 characters', 'c'.repeat(100_000), `"${'c'.repeat(80)}…"`),
  table('with a look-alike', 'аccounts', '"аccounts"'),
  table('with a letter that is no ASCII', 'konten_ä', '"konten_ä"'),
  table('with a space', ' ', '" "'),
  table('with a line end', 'accounts\n', '"accounts\\\\u000a"'),
  table('that begins with a digit', '1st', '"1st"'),
  table('with a dollar', 'a$b', '"a\\$b"'),
  table('with a zero-width character', 'acc\u200bounts', '"acc\\\\u200bounts"'),

  column('with a quote', 'a"b', COLUMN, '"a\\\\"b"'),
  column('with SQL', 'a) values (1); --', COLUMN, '"a\\) values \\(1\\); --"'),
  column('of 64 bytes', LONG, COLUMN, `"${LONG}"`),
  column('of no name', '', COLUMN, '""'),
  column('with a look-alike', 'ｉd', COLUMN, '"ｉd"'),
  column('of a number', 1, 'be a string', '1'),
  column('of the system', 'ctid', SYSTEM, '"ctid"'),
  column('of the system, another', 'xmin', SYSTEM, '"xmin"'),
  column('of the system, its table', 'tableoid', SYSTEM, '"tableoid"'),
  column("of BigQuery's own", '_PARTITIONTIME', OWN, '"_PARTITIONTIME"'),
  column("of BigQuery's own, in lower case", '_table_x', OWN, '"_table_x"'),
  column('of a list', ['a'], 'be a string', 'an array of 1'),
  refused(
    'two columns of one name',
    insert({ col_names: ['a', 'a'], col_types: ['TEXT', 'TEXT'], col_values: ['x', 'y'] }),
    `${A}/col_names/1`,
    'be another column than those before it, in more than case',
    '"a"',
  ),
  refused(
    'two columns of one name but for case',
    insert({ col_names: ['a', 'A'], col_types: ['TEXT', 'TEXT'], col_values: ['x', 'y'] }),
    `${A}/col_names/1`,
    'be another column than those before it, in more than case',
    '"A"',
  ),
  refused(
    'no columns',
    insert({ col_names: [], col_types: [], col_values: [] }),
    `${A}/col_names`,
    'be an array of 1 to 1000 elements',
    'an array of 0',
  ),
  refused(
    '1,001 columns',
    insert({ col_names: Array.from({ length: 1_001 }, (_, at) => `c${at}`) }),
    `${A}/col_names`,
    'be an array of 1 to 1000 elements',
    'an array of 1001',
  ),
  refused(
    'fewer types than columns',
    insert({ col_names: ['a', 'b'], col_values: ['x', 'y'] }),
    `${A}/col_types`,
    'have one element for each of col_names, which are 2',
    'an array of 1',
  ),
  refused(
    'more values than columns',
    insert({ col_values: ['x', 'y'] }),
    `${A}/col_values`,
    'have one element for each of col_names, which are 1',
    'an array of 2',
  ),
  refused(
    'no values',
    insert({ col_values: undefined }),
    `${A}/col_values`,
    'be an array of 1 to 1000 elements',
    'nothing',
  ),

  type('of a number', 3, 'be a string', '3'),
  type('of more digits than there are', 'DECIMAL(39,2)', DECIMAL, '"DECIMAL\\(39,2\\)"'),
  type('of more digits behind the point than in all', 'DECIMAL(2,3)', DECIMAL, '"DECIMAL\\(2,3\\)"'),
  type('of no digits', 'DECIMAL(0)', DECIMAL, '"DECIMAL\\(0\\)"'),
  type(
    'with SQL',
    'DECIMAL(10,2)); drop table accounts; --',
    DECIMAL,
    '"DECIMAL\\(10,2\\)\\); drop table accounts; --"',
  ),
  value('that is text for an INTEGER', 'INTEGER', '1', 'be a whole number of 64 bits or null', '"1"'),
  value('that is no whole number', 'INTEGER', 1.5, 'be a whole number of 64 bits or null', '1\\.5'),
  value('beyond 64 bits', 'INTEGER', 2 ** 63, 'be a whole number of 64 bits or null', '9223372036854776000'),
  value('that is text for a FLOAT', 'FLOAT', 'NaN', 'be a number or null', '"NaN"'),
  value('that is a number for a BOOLEAN', 'BOOLEAN', 1, 'be true, false or null', '1'),
  value('that is a number for a TEXT', 'TEXT', 1, 'be a string or null', '1'),
  value('that is an object', 'TEXT', { a: 1 }, 'be a string or null', 'an object'),
  value('that is a list', 'VARCHAR(10)', ['a'], 'be a string or null', 'an array of 1'),
  value(
    'with too many digits',
    'DECIMAL(4,2)',
    '123.4',
    'be a number, or a string like "12\\.5", of at most 2 digits before the point and 2 after it, or null',
    '"123\\.4"',
  ),
  value(
    'with too many digits behind the point',
    'DECIMAL(4,2)',
    0.125,
    'be a number, or a string like "12\\.5", of at most 2 digits before the point and 2 after it, or null',
    '0\\.125',
  ),
  value('that PostgreSQL would take for a number', 'DECIMAL(4,2)', 'NaN', 'be a number, or a string .*', '"NaN"'),
  value(
    'that PostgreSQL would take for a time',
    'TIMESTAMP',
    1,
    'be a string or null, since "TIMESTAMP" is kept as text',
    '1',
  ),

  refused(
    'a delete without predicates',
    remove({ col_names: [], col_types: [], col_values: [] }),
    `${A}/value_to_delete/col_names`,
    'be an array of 1 to 1000 elements',
    'an array of 0',
  ),
  refused(
    'a delete of nothing',
    { activities: [{ operation: 'delete', table: 'accounts' }] },
    `${A}/value_to_delete`,
    'be an object',
    'nothing',
  ),
  refused(
    'a delete by SQL',
    remove({ col_names: ['1=1 or id'] }),
    `${A}/value_to_delete/col_names/0`,
    COLUMN,
    '"1=1 or id"',
  ),
  refused(
    'a delete by a row’s place',
    remove({ col_names: ['ctid'], col_types: ['TEXT'], col_values: ['(0,1)'] }),
    `${A}/value_to_delete/col_names/0`,
    SYSTEM,
    '"ctid"',
  ),
];
