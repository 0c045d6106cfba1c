import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Activity, type ColumnType, quoted, type TypedCell } from '@sluice/core';
import { type JsonValue, parseStrictJson } from '@sluice/schemas';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { readActivities } from './reader.ts';
import { TABLE_TRANSACTION_SCHEMA } from './schema.ts';

const takenBySchema = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(TABLE_TRANSACTION_SCHEMA);

const TEXT = { kind: 'text' } as const;
const INTEGER = { kind: 'integer' } as const;
const FLOAT = { kind: 'float' } as const;
const BOOLEAN = { kind: 'boolean' } as const;
const decimal = (precision: number, scale: number): ColumnType => ({ kind: 'decimal', precision, scale });

type Json = { readonly [key: string]: JsonValue };

const columns = (names: JsonValue, types: JsonValue, values: JsonValue): Json => ({
  col_names: names,
  col_types: types,
  col_values: values,
});
const insert = (names: JsonValue, types: JsonValue, values: JsonValue, more: Json = {}): Json => ({
  operation: 'insert',
  table: 'table1',
  ...columns(names, types, values),
  ...more,
});
const remove = (names: JsonValue, types: JsonValue, values: JsonValue, more: Json = {}): Json => ({
  operation: 'delete',
  table: 'table1',
  value_to_delete: columns(names, types, values),
  ...more,
});
const only = (activity: JsonValue): Json => ({ activities: [activity] });
const named = (name: JsonValue): Json => only(insert([name], ['TEXT'], ['x']));
const tabled = (table: JsonValue): Json => only(insert(['a'], ['TEXT'], ['x'], { table }));
const typed = (type: JsonValue, value: JsonValue = null): Json => only(insert(['a'], [type], [value]));
const without = (json: Json, key: string): Json => Object.fromEntries(Object.entries(json).filter(([k]) => k !== key));
const numbered = <T>(count: number, of: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => of(i));

const SOMETHING = remove(['a', 'c', 'e'], ['INTEGER', 'TEXT', 'TEXT'], [3, '2019-04-28 10:24:30.183414', 'something']);
const BACKUP = insert(['a', 'b', 'c'], ['INTEGER', 'TEXT', 'TEXT'], [1, 'Backup', '2018-03-27 11:58:28.988414']);

const VALID: readonly (readonly [title: string, value: JsonValue, activities?: readonly Activity[]])[] = [
  ['no activities: nothing to do', { activities: [] }, []],
  ['the old system’s insert', only(BACKUP)],
  ['the old system’s delete', only(SOMETHING)],
  ['the old system’s delete and insert', { activities: [SOMETHING, BACKUP] }],
  [
    'an insert, by its columns',
    only(insert(['a', 'B_2'], ['INTEGER', 'VARCHAR(20)'], [1, 'x'])),
    [
      {
        kind: 'insert',
        table: 'table1',
        columns: [
          { name: 'a', type: INTEGER, value: 1 },
          { name: 'B_2', type: TEXT, value: 'x' },
        ],
      },
    ],
  ],
  [
    'a delete, by its predicates',
    only(remove(['a'], ['FLOAT'], [null])),
    [{ kind: 'delete', table: 'table1', predicates: [{ name: 'a', type: FLOAT, value: null }] }],
  ],
  ['further keys at the root', { activities: [], more: { a: [1] }, command_id: 7 }, []],
  ['further keys in an activity', only({ ...BACKUP, more: null })],
  ['further keys in value_to_delete', only(remove(['a'], ['TEXT'], ['x'], {}))],
  ['a delete that carries an insert’s fields', only({ ...BACKUP, ...SOMETHING })],
  ['an insert that carries a delete’s field, whatever is in it', only({ ...BACKUP, value_to_delete: 7 })],
  ['an identifier of 63 bytes', named(`a${'b'.repeat(62)}`)],
  ['an identifier of an underscore', named('_')],
  ['a keyword', named('select')],
  ['a keyword for a table', tabled('table')],
  ['a system column’s name for a table', tabled('ctid')],
  ['a system column’s name in another case, which PostgreSQL tells apart', named('CTID')],
  ['oid, which is no system column any more', named('oid')],
  ['a name that only contains a reserved prefix', named('a_PARTITION')],
  ['prototype names', only(insert(['constructor', 'toString'], ['TEXT', 'TEXT'], ['x', 'y']))],
  [
    'a thousand columns',
    only(
      insert(
        numbered(1000, (i) => `c${i}`),
        numbered(1000, () => 'INTEGER'),
        numbered(1000, (i) => i),
      ),
    ),
  ],
  ['a thousand activities', { activities: numbered(1000, () => BACKUP) }],
  [
    'null for every type',
    only(insert(['a', 'b', 'c', 'd'], ['INTEGER', 'BOOLEAN', 'DECIMAL(2,1)', 'INT'], [null, null, null, null])),
  ],
];

const TYPES: readonly (readonly [declared: string, type: ColumnType | undefined])[] = [
  ['TEXT', TEXT],
  ['VARCHAR', TEXT],
  ['VARCHAR(255)', TEXT],
  ['NVARCHAR(20)', TEXT],
  ['VARCHAR FLOAT', TEXT],
  ['INTEGER', INTEGER],
  ['FLOAT', FLOAT],
  ['FLOAT(7,4)', FLOAT],
  ['DOUBLE', FLOAT],
  ['DOUBLE PRECISION', FLOAT],
  ['DOUBLE DECIMAL(', FLOAT],
  ['BOOLEAN', BOOLEAN],
  ['DECIMAL', decimal(38, 9)],
  ['DECIMAL(10,2)', decimal(10, 2)],
  ['DECIMAL(10, 2)', decimal(10, 2)],
  ['DECIMAL ( 10 , 2 )', decimal(10, 2)],
  ['DECIMAL(10)', decimal(10, 0)],
  ['DECIMAL(1,1)', decimal(1, 1)],
  ['DECIMAL(38,38)', decimal(38, 38)],
  ['DECIMAL(05,02)', decimal(5, 2)],
  ['DECIMAL(10,2) UNSIGNED NOT NULL', decimal(10, 2)],
  ['UNSIGNED DECIMAL(10,2)', decimal(10, 2)],
  ['DECIMAL(102)', undefined],
  ['DECIMAL(0)', undefined],
  ['DECIMAL(00,0)', undefined],
  ['DECIMAL(39,2)', undefined],
  ['DECIMAL(10,39)', undefined],
  ['DECIMAL(2,5)', undefined],
  ['DECIMAL(10,2', undefined],
  ['DECIMAL(10;2)', undefined],
  ['DECIMAL(,2)', undefined],
  ['DECIMAL()', undefined],
  ['DECIMAL(-1)', undefined],
  ['DECIMAL(a,b)', undefined],
  ['DECIMAL(10,2)(3)', undefined],
  ['DECIMAL10', undefined],
  ['DECIMAL(10,2)\n', undefined],
  ['text', TEXT],
  ['integer', TEXT],
  ['Integer', TEXT],
  [' INTEGER', TEXT],
  ['INTEGER(11)', TEXT],
  ['INT', TEXT],
  ['BIGINT', TEXT],
  ['DATE', TEXT],
  ['TIMESTAMP', TEXT],
  ['NUMERIC(10,2)', TEXT],
  ['boolean', TEXT],
  ['BOOL', TEXT],
  ['float', TEXT],
  ['varchar(20)', TEXT],
  ['decimal(10,2)', TEXT],
  ['BANANA', TEXT],
  ['constructor', TEXT],
  ['', TEXT],
];

const NAME = '(^[A-Za-z_][A-Za-z0-9_]{0,62}$)';
const ABC = ['a', 'b', 'c'];
const TTT = ['TEXT', 'TEXT', 'TEXT'];
const XXX = ['x', 'x', 'x'];
/** What no JSON Schema can say of such arrays. */
const BY_READER_ALONE = 'by reader alone';

const INVALID: readonly (readonly [
  title: string,
  value: JsonValue,
  violations: string | readonly string[],
  by?: string,
])[] = [
  ['null', null, ' must be an object, got null'],
  ['an array', [], ' must be an object, got an array of 0'],
  ['a string', 'activities', ' must be an object, got "activities"'],
  ['a number', 7, ' must be an object, got 7'],
  ['no activities', {}, '/activities must be an array of at most 1000 activities, got nothing'],
  ['null for activities', { activities: null }, '/activities must be an array of at most 1000 activities, got null'],
  ['a string for activities', { activities: 'x' }, '/activities must be an array of at most 1000 activities, got "x"'],
  [
    'an object for activities',
    { activities: {} },
    '/activities must be an array of at most 1000 activities, got an object',
  ],
  [
    'activities in another case',
    { Activities: [] },
    '/activities must be an array of at most 1000 activities, got nothing',
  ],
  [
    '1,001 activities',
    { activities: numbered(1001, () => BACKUP) },
    '/activities must be an array of at most 1000 activities, got an array of 1001',
  ],
  ['null for an activity', only(null), '/activities/0 must be an object, got null'],
  ['an array for an activity', only([]), '/activities/0 must be an object, got an array of 0'],
  ['the second of two', { activities: [BACKUP, 7] }, '/activities/1 must be an object, got 7'],
  [
    'another operation',
    only({ ...SOMETHING, operation: 'other operation' }),
    '/activities/0/operation must be "insert" or "delete", got "other operation"',
  ],
  [
    'an operation in capitals',
    only({ ...BACKUP, operation: 'INSERT' }),
    '/activities/0/operation must be "insert" or "delete", got "INSERT"',
  ],
  [
    'an operation with a blank',
    only({ ...BACKUP, operation: 'insert ' }),
    '/activities/0/operation must be "insert" or "delete", got "insert "',
  ],
  [
    'an operation that is a list',
    only({ ...BACKUP, operation: ['insert'] }),
    '/activities/0/operation must be "insert" or "delete", got an array of 1',
  ],
  [
    'no operation',
    only(without(BACKUP, 'operation')),
    '/activities/0/operation must be "insert" or "delete", got nothing',
  ],
  ['no table', only(without(BACKUP, 'table')), `/activities/0/table must be a table's name ${NAME}, got nothing`],
  ['an empty table', tabled(''), `/activities/0/table must be a table's name ${NAME}, got ""`],
  ['a blank for a table', tabled(' '), `/activities/0/table must be a table's name ${NAME}, got " "`],
  ['a number for a table', tabled(1), `/activities/0/table must be a table's name ${NAME}, got 1`],
  ['a list for a table', tabled(['a']), `/activities/0/table must be a table's name ${NAME}, got an array of 1`],
  [
    'a schema with the table',
    tabled('sluice.events'),
    `/activities/0/table must be a table's name ${NAME}, got "sluice.events"`,
  ],
  ['a quote in a table', tabled('a"b'), `/activities/0/table must be a table's name ${NAME}, got "a\\"b"`],
  [
    'SQL for a table',
    tabled('t; drop table t'),
    `/activities/0/table must be a table's name ${NAME}, got "t; drop table t"`,
  ],
  [
    '64 bytes for a table',
    tabled('t'.repeat(64)),
    `/activities/0/table must be a table's name ${NAME}, got ${quoted('t'.repeat(64))}`,
  ],
  ['a line end after a table', tabled('t\n'), `/activities/0/table must be a table's name ${NAME}, got "t\\u000a"`],
  ['an empty name', named(''), `/activities/0/col_names/0 must be a column's name ${NAME}, got ""`],
  [
    'a name that begins with a digit',
    named('1a'),
    `/activities/0/col_names/0 must be a column's name ${NAME}, got "1a"`,
  ],
  ['a name with a quote', named(`a'b`), `/activities/0/col_names/0 must be a column's name ${NAME}, got "a'b"`],
  ['a name with a dash', named('a-b'), `/activities/0/col_names/0 must be a column's name ${NAME}, got "a-b"`],
  [
    'a name of 64 bytes',
    named('a'.repeat(64)),
    `/activities/0/col_names/0 must be a column's name ${NAME}, got ${quoted('a'.repeat(64))}`,
  ],
  ['a Cyrillic look-alike', named('аb'), `/activities/0/col_names/0 must be a column's name ${NAME}, got "аb"`],
  ['a Kelvin sign', named('\u212a'), `/activities/0/col_names/0 must be a column's name ${NAME}, got "\u212a"`],
  [
    'a name with a direction mark',
    named('a\u202e'),
    `/activities/0/col_names/0 must be a column's name ${NAME}, got "a\\u202e"`,
  ],
  ['a name that is a number', named(1), '/activities/0/col_names/0 must be a string, got 1'],
  ['a name that is null', named(null), '/activities/0/col_names/0 must be a string, got null'],
  ...['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid'].map(
    (name) =>
      [
        `PostgreSQL’s column ${name}`,
        named(name),
        `/activities/0/col_names/0 must be no system column of PostgreSQL (tableoid, xmin, cmin, xmax, cmax, ctid), got "${name}"`,
      ] as const,
  ),
  ...['_PARTITIONTIME', '_table_suffix', '__Root__', '_CHANGE_TYPE'].map(
    (name) =>
      [
        `BigQuery’s column ${name}`,
        named(name),
        `/activities/0/col_names/0 must not begin as BigQuery's own columns do (_TABLE_, _FILE_, _PARTITION, _ROW_TIMESTAMP, __ROOT__, _COLIDENTIFIER, _CHANGE_SEQUENCE_NUMBER, _CHANGE_TYPE, _CHANGE_TIMESTAMP), got "${name}"`,
      ] as const,
  ),
  [
    'a name twice',
    only(insert(['a', 'b', 'a'], TTT, XXX)),
    '/activities/0/col_names/2 must be another column than those before it, in more than case, got "a"',
  ],
  [
    'a name twice, in another case',
    only(remove(['a', 'A', 'b'], TTT, XXX)),
    '/activities/0/value_to_delete/col_names/1 must be another column than those before it, in more than case, got "A"',
    BY_READER_ALONE,
  ],
  [
    'no names',
    only(without(BACKUP, 'col_names')),
    '/activities/0/col_names must be an array of 1 to 1000 elements, got nothing',
  ],
  [
    'a string for names',
    only(insert('a', ['TEXT'], ['x'])),
    '/activities/0/col_names must be an array of 1 to 1000 elements, got "a"',
  ],
  [
    'no columns at all',
    only(insert([], [], [])),
    [
      '/activities/0/col_names must be an array of 1 to 1000 elements, got an array of 0',
      '/activities/0/col_types must be an array of 1 to 1000 elements, got an array of 0',
      '/activities/0/col_values must be an array of 1 to 1000 elements, got an array of 0',
    ],
  ],
  [
    'no predicates: every row',
    only(remove([], [], [])),
    [
      '/activities/0/value_to_delete/col_names must be an array of 1 to 1000 elements, got an array of 0',
      '/activities/0/value_to_delete/col_types must be an array of 1 to 1000 elements, got an array of 0',
      '/activities/0/value_to_delete/col_values must be an array of 1 to 1000 elements, got an array of 0',
    ],
  ],
  [
    'no value_to_delete',
    only(without(SOMETHING, 'value_to_delete')),
    '/activities/0/value_to_delete must be an object, got nothing',
  ],
  [
    'nothing in value_to_delete',
    only({ ...SOMETHING, value_to_delete: {} }),
    [
      '/activities/0/value_to_delete/col_names must be an array of 1 to 1000 elements, got nothing',
      '/activities/0/value_to_delete/col_types must be an array of 1 to 1000 elements, got nothing',
      '/activities/0/value_to_delete/col_values must be an array of 1 to 1000 elements, got nothing',
    ],
  ],
  [
    'a list for value_to_delete',
    only({ ...SOMETHING, value_to_delete: [] }),
    '/activities/0/value_to_delete must be an object, got an array of 0',
  ],
  [
    'an insert’s fields in a delete',
    only({ ...BACKUP, operation: 'delete' }),
    '/activities/0/value_to_delete must be an object, got nothing',
  ],
  [
    'a delete’s fields in an insert',
    only({ ...SOMETHING, operation: 'insert' }),
    [
      '/activities/0/col_names must be an array of 1 to 1000 elements, got nothing',
      '/activities/0/col_types must be an array of 1 to 1000 elements, got nothing',
      '/activities/0/col_values must be an array of 1 to 1000 elements, got nothing',
    ],
  ],
  [
    '1,001 columns',
    only(
      insert(
        numbered(1001, (i) => `c${i}`),
        numbered(1001, () => 'TEXT'),
        numbered(1001, () => 'x'),
      ),
    ),
    [
      '/activities/0/col_names must be an array of 1 to 1000 elements, got an array of 1001',
      '/activities/0/col_types must be an array of 1 to 1000 elements, got an array of 1001',
      '/activities/0/col_values must be an array of 1 to 1000 elements, got an array of 1001',
    ],
  ],
  [
    'fewer types than names',
    only(insert(ABC, ['TEXT', 'TEXT'], XXX)),
    '/activities/0/col_types must have one element for each of col_names, which are 3, got an array of 2',
    BY_READER_ALONE,
  ],
  [
    'more values than names',
    only(remove(['a'], ['TEXT'], ['x', 'y'])),
    '/activities/0/value_to_delete/col_values must have one element for each of col_names, which are 1, got an array of 2',
    BY_READER_ALONE,
  ],
  [
    'fewer names than types and values',
    only(insert(['a'], ['TEXT', 'INTEGER'], ['x', 'y'])),
    [
      '/activities/0/col_types must have one element for each of col_names, which are 1, got an array of 2',
      '/activities/0/col_values must have one element for each of col_names, which are 1, got an array of 2',
      '/activities/0/col_values/1 must be a whole number of 64 bits or null, got "y"',
    ],
    BY_READER_ALONE,
  ],
  ['a type that is a number', typed(1), '/activities/0/col_types/0 must be a string, got 1'],
  ['a type that is null', typed(null), '/activities/0/col_types/0 must be a string, got null'],
  [
    'text that is a number',
    typed('TEXT', 1),
    '/activities/0/col_values/0 must be a string or null, got 1',
    BY_READER_ALONE,
  ],
  [
    'a number of a type that is kept as text',
    typed('BIGINT', 5),
    '/activities/0/col_values/0 must be a string or null, since "BIGINT" is kept as text, got 5',
    BY_READER_ALONE,
  ],
  [
    'an integer that is text',
    only(remove(ABC, ['TEXT', 'TEXT', 'INTEGER'], ['x', 'x', '3'])),
    '/activities/0/value_to_delete/col_values/2 must be a whole number of 64 bits or null, got "3"',
    BY_READER_ALONE,
  ],
  [
    'an integer with a fraction',
    typed('INTEGER', 1.5),
    '/activities/0/col_values/0 must be a whole number of 64 bits or null, got 1.5',
    BY_READER_ALONE,
  ],
  [
    'an integer of more than 64 bits',
    typed('INTEGER', 2 ** 63),
    '/activities/0/col_values/0 must be a whole number of 64 bits or null, got 9223372036854776000',
    BY_READER_ALONE,
  ],
  [
    'an integer that is true',
    typed('INTEGER', true),
    '/activities/0/col_values/0 must be a whole number of 64 bits or null, got true',
    BY_READER_ALONE,
  ],
  [
    'a float that is text',
    typed('DOUBLE', '1.5'),
    '/activities/0/col_values/0 must be a number or null, got "1.5"',
    BY_READER_ALONE,
  ],
  [
    'a boolean that is a number',
    typed('BOOLEAN', 1),
    '/activities/0/col_values/0 must be true, false or null, got 1',
    BY_READER_ALONE,
  ],
  [
    'a boolean that is text',
    typed('BOOLEAN', 'true'),
    '/activities/0/col_values/0 must be true, false or null, got "true"',
    BY_READER_ALONE,
  ],
  [
    'a decimal of too many digits',
    typed('DECIMAL(4,2)', '1.234'),
    '/activities/0/col_values/0 must be a number, or a string like "12.5", of at most 2 digits before the point and 2 after it, or null, got "1.234"',
    BY_READER_ALONE,
  ],
  [
    'a value that is a list',
    typed('TEXT', ['x']),
    '/activities/0/col_values/0 must be a string or null, got an array of 1',
  ],
  [
    'a value that is an object',
    typed('INTEGER', {}),
    '/activities/0/col_values/0 must be a whole number of 64 bits or null, got an object',
  ],
  [
    'faults of every kind, all of which are named',
    {
      activities: [
        { operation: 'upsert', table: '1' },
        insert(['a', 'a b', 7], ['INTEGER', 'DECIMAL(0)', 'TEXT'], ['x', 1, {}]),
        remove(['a'], 'TEXT', ['x'], { table: null }),
      ],
    },
    [
      `/activities/0/table must be a table's name ${NAME}, got "1"`,
      '/activities/0/operation must be "insert" or "delete", got "upsert"',
      `/activities/1/col_names/1 must be a column's name ${NAME}, got "a b"`,
      '/activities/1/col_names/2 must be a string, got 7',
      '/activities/1/col_types/1 must be a type of which DECIMAL has no size or one like DECIMAL(10,2), of 1 to 38 digits, as many or fewer of them after the point, got "DECIMAL(0)"',
      '/activities/1/col_values/0 must be a whole number of 64 bits or null, got "x"',
      '/activities/1/col_values/2 must be a string or null, got an object',
      `/activities/2/table must be a table's name ${NAME}, got null`,
      '/activities/2/value_to_delete/col_types must be an array of 1 to 1000 elements, got "TEXT"',
    ],
  ],
];

function faultsOf(value: JsonValue): readonly string[] {
  const read = readActivities(value);
  return read.kind === 'invalid' ? read.violations.map(({ pointer, detail }) => `${pointer} ${detail}`) : [];
}

describe('readActivities', () => {
  for (const [title, value, activities] of VALID) {
    it(`takes ${title}`, () => {
      assert.deepEqual(faultsOf(value), []);
      assert.ok(takenBySchema(value), 'the schema takes it too');
      const read = readActivities(value);
      if (activities) assert.deepEqual(read, { kind: 'activities', activities });
    });
  }

  for (const [declared, type] of TYPES) {
    it(`takes the type ${quoted(declared)} ${type ? `for ${Object.values(type).join(', ')}` : 'for none'}`, () => {
      const read = readActivities(typed(declared));
      if (type) {
        const columns: readonly TypedCell[] = [{ name: 'a', type, value: null }];
        assert.deepEqual(read, { kind: 'activities', activities: [{ kind: 'insert', table: 'table1', columns }] });
        assert.ok(takenBySchema(typed(declared)));
      } else {
        assert.match(
          faultsOf(typed(declared)).join(),
          /^\/activities\/0\/col_types\/0 must be a type of which DECIMAL has/,
        );
        assert.equal(
          takenBySchema(typed(declared)),
          declared === 'DECIMAL(2,5)',
          'a schema cannot compare two numbers',
        );
      }
    });
  }

  for (const [title, value, violations, by] of INVALID) {
    it(`refuses ${title}`, () => {
      assert.deepEqual(faultsOf(value), [violations].flat());
      assert.equal(takenBySchema(value), by === BY_READER_ALONE);
    });
  }

  it('names twenty faults at most', () => {
    const worst = { activities: numbered(1000, () => 7) };
    assert.equal(faultsOf(worst).length, 20);
    assert.equal(
      faultsOf(
        only(
          insert(
            numbered(1000, () => 7),
            numbered(1000, () => 7),
            [1],
          ),
        ),
      ).length,
      20,
    );
  });
});

/** One that is valid, mostly, so that what is made of many still is, often. */
const mostly = <T>(valid: fc.Arbitrary<T>, any: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 19, arbitrary: valid }, { weight: 1, arbitrary: any });

const anyValue = fc.oneof(
  fc.constantFrom<JsonValue>(null, true, 1, 1.5, 'x', '1.5', -0, 1e300),
  fc.jsonValue({ maxDepth: 1 }) as fc.Arbitrary<JsonValue>,
);
const anyName = mostly<JsonValue>(
  fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/),
  fc.constantFrom<JsonValue>('a', 'A', 'ctid', '_PARTITIONDATE', '', 'a b', 'ä', 'a'.repeat(64), 7),
);
const anyType = mostly<JsonValue>(
  fc.constantFrom(...TYPES.filter(([, type]) => type).map(([declared]) => declared)),
  fc.oneof(
    fc.constantFrom(...TYPES.map(([declared]) => declared)),
    fc.string({ unit: fc.constantFrom('DECIMAL', '(', ')', ',', ' ', '1', '38', '0', 'x', '\n'), maxLength: 8 }),
    anyValue,
  ),
);
const anyColumns = fc.nat(4).chain((length) => {
  const arrayOf = (element: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonValue> =>
    mostly<JsonValue>(
      fc.array(element, { minLength: length, maxLength: length }),
      fc.oneof(fc.array(element, { maxLength: 4 }), anyValue),
    );
  const value = mostly<JsonValue>(fc.constant(null), anyValue);
  return fc.record({ col_names: arrayOf(anyName), col_types: arrayOf(anyType), col_values: arrayOf(value) });
});
const anyActivity = mostly<JsonValue>(
  fc
    .record({
      operation: mostly(fc.constantFrom('insert', 'delete'), fc.constant('other')),
      table: anyName,
      columns: anyColumns,
      inside: anyColumns,
    })
    .map(({ columns: outside, inside, ...rest }) => ({ ...rest, ...outside, value_to_delete: inside })),
  anyValue,
);
const anyRoot = mostly<JsonValue>(fc.record({ activities: fc.array(anyActivity, { maxLength: 3 }) }), anyValue);

describe('TABLE_TRANSACTION_SCHEMA', () => {
  it('takes whatever reading takes, and what it refuses reading refuses', () => {
    let taken = 0;
    fc.assert(
      fc.property(anyRoot, (value) => {
        const read = readActivities(value);
        if (read.kind === 'activities') assert.ok(takenBySchema(value), JSON.stringify(takenBySchema.errors));
        if (read.kind === 'activities' && read.activities.length > 0) taken++;
      }),
      { numRuns: 3000 },
    );
    assert.ok(taken > 300, `what is tried must be valid often, got ${taken} times`);
  });

  it('has examples that are taken', () => {
    for (const example of TABLE_TRANSACTION_SCHEMA.examples) assert.deepEqual(faultsOf(example), []);
  });
});

describe('readActivities: of any JSON', () => {
  it('never throws, and tells faults in bounded lines of places that are there', () => {
    fc.assert(
      fc.property(anyRoot, (value) => {
        const read = readActivities(value);
        if (read.kind === 'activities') return;
        assert.ok(read.violations.length >= 1 && read.violations.length <= 20);
        for (const { pointer, detail } of read.violations) {
          assert.match(detail, /^must [ -~]*, got .+$/);
          assert.ok(detail.length < 500 && !/[\p{C}]/u.test(detail), detail);
          const tokens = pointer.split('/').slice(1);
          const parent = tokens.slice(0, -1).reduce<unknown>((at, token) => (at as Json)[token], value);
          assert.ok(tokens.length === 0 || (typeof parent === 'object' && parent !== null), pointer);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('reads back what was written', () => {
    const cell = fc
      .constantFrom<[ColumnType, string, fc.Arbitrary<JsonValue>]>(
        [TEXT, 'TEXT', fc.string()],
        [INTEGER, 'INTEGER', fc.maxSafeInteger()],
        [FLOAT, 'FLOAT', fc.double({ noNaN: true, noDefaultInfinity: true })],
        [BOOLEAN, 'BOOLEAN', fc.boolean()],
        [decimal(12, 3), 'DECIMAL(12,3)', fc.stringMatching(/^-?[0-9]{1,9}\.[0-9]{1,3}$/)],
      )
      .chain(([type, declared, value]) => fc.option(value).map((given) => ({ type, declared, given })));
    const cells = fc.array(cell, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('insert', 'delete'), cells)), (steps) => {
        const value = {
          activities: steps.map(([operation, given]) => {
            const names = given.map((_, i) => `c${i}`);
            const write = operation === 'insert' ? insert : remove;
            return write(
              names,
              given.map(({ declared }) => declared),
              given.map(({ given }) => given),
            );
          }),
        };
        const expected = steps.map(([kind, given]) => {
          const read = given.map(({ type, given }, i) => ({ name: `c${i}`, type, value: given }));
          return kind === 'insert'
            ? { kind, table: 'table1', columns: read }
            : { kind, table: 'table1', predicates: read };
        });
        assert.deepEqual(readActivities(value), { kind: 'activities', activities: expected });
      }),
    );
  });

  it('takes no longer per byte for a hostile value than for a valid one of its size', () => {
    const sized = (activity: Json): JsonValue => only(activity);
    const valid = numbered(1000, () =>
      insert(
        ABC,
        TTT,
        XXX.map(() => 'x'.repeat(300)),
      ),
    );
    const hostile = [
      sized(insert(['a'], [`${'DECIMAL '.repeat(120_000)}!`], ['x'])),
      sized(insert(['a'], [`DECIMAL(${' '.repeat(1_000_000)}`], ['x'])),
      sized(insert(['a'], ['DECIMAL(10,2)'], [`${'0'.repeat(500_000)}1${'0'.repeat(500_000)}x`])),
      sized(insert([`${'a'.repeat(1_000_000)}`], ['TEXT'], ['x'])),
      { activities: numbered(200_000, () => 7) },
    ];
    const cpu = (value: JsonValue): number => {
      const before = process.cpuUsage();
      const text = JSON.stringify(value);
      const parsed = parseStrictJson(text);
      if (parsed.kind === 'json') readActivities(parsed.value);
      return process.cpuUsage(before).user;
    };
    cpu({ activities: valid });
    const usual = Math.max(cpu({ activities: valid }), 1000);
    for (const value of hostile) {
      const taken = Math.min(cpu(value), cpu(value));
      assert.ok(taken < usual * 20, `${taken} µs where a valid value of that size takes ${usual} µs`);
    }
  });
});

describe('deletes by different sets of columns', () => {
  const deleteBy = (names: readonly string[], value: JsonValue = 'x'): Json => ({
    operation: 'delete',
    table: 't',
    value_to_delete: { col_names: names, col_types: names.map(() => 'TEXT'), col_values: names.map(() => value) },
  });

  it('may be 32 of a transaction, however often each, and in whatever order the columns are', () => {
    const sets = Array.from({ length: 32 }, (_, index) => [`a${index}`, 'b']);
    const activities = [...sets, ...sets.map((names) => names.toReversed())].map((names) => deleteBy(names));
    assert.equal(readActivities({ activities }).kind, 'activities');
    const more = readActivities({ activities: [...activities, deleteBy(['c'])] });
    assert.equal(more.kind, 'invalid');
    assert.deepEqual(more.kind === 'invalid' && more.violations, [
      {
        pointer: '/activities/64/value_to_delete/col_names',
        detail: 'must be one of at most 32 different sets of columns that a transaction deletes by, got an array of 1',
      },
    ]);
  });

  it('differ in what they ask for to be NULL', () => {
    const sets = Array.from({ length: 31 }, (_, index) => deleteBy([`a${index}`]));
    assert.equal(readActivities({ activities: [...sets, deleteBy(['b'])] }).kind, 'activities');
    assert.equal(readActivities({ activities: [...sets, deleteBy(['b']), deleteBy(['b'], null)] }).kind, 'invalid');
  });
});
