import { form, json, request, typed } from './request.ts';

/** A request that looks like bad input and is none: it must be taken, and do no more than it says. */
export interface Oddity {
  readonly name: string;
  readonly request: Buffer;
  readonly status: number;
  /** How many records it leaves in the log. Default 1. */
  readonly records?: number;
  readonly answer?: RegExp;
  /** What becomes of its command, where the answer has an id. Default projected. */
  readonly outcome?: 'projected' | 'rejected';
}

const BAG = 'POST /api/v1/streams/Mallory/Bag';
const NDJSON = 'application/x-ndjson';
const EMAIL = 'm@example.com';
const LETTERS = 'c'.repeat(63);

const event = (name: string, body: string | Buffer, headers?: readonly string[]): Oddity => ({
  name: `an event: ${name}`,
  request: json(BAG, body, headers),
  status: 202,
});

const activities = (name: string, given: readonly object[], outcome: Oddity['outcome'] = 'projected'): Oddity => ({
  name: `activities: ${name}`,
  request: json('POST /api/activities', { activities: given }),
  status: 200,
  outcome,
});
const insert = (table: string, column: string, type: string, value: unknown): object => ({
  operation: 'insert',
  table,
  col_names: [column],
  col_types: [type],
  col_values: [value],
});

const registration = (stream: string, schema: unknown, status = 201): Oddity => ({
  name: `a registration of ${stream}`,
  request: json(`PUT /api/v1/streams/${stream}`, { schema }),
  status,
});

const activityEvent = (name: string, over: object): Oddity => ({
  name: `an activity event: ${name}`,
  request: json('POST /api/events', {
    email: EMAIL,
    component: 'c',
    environment: 'e',
    message: 'm',
    data: {},
    ...over,
  }),
  status: 201,
});

/** What is taken although it looks bad. */
export const ODDITIES: readonly Oddity[] = [
  event('keys of every object', '{"constructor":{"prototype":{"isAdmin":true}},"toString":1,"hasOwnProperty":1}'),
  event('numbers that keep their values', '{"n":[1.0,1e2,-0,0.1,1.5e-7,9007199254740991,-9007199254740991]}'),
  event('32 levels', `{"n":${'['.repeat(31)}${']'.repeat(31)}}`),
  event('a pair of surrogates, escaped', '{"n":"\\ud83c\\udf4c"}'),
  event('noncharacters and marks', '{"n":"\\ufffe\\u202e\\ufeff\\u007f"}'),
  event('SQL', `{"n":"'; drop schema sluice cascade; --","\\"":"$1"}`),
  event('an empty key', '{"":1}'),
  event('as large as brokers take', `{"s":"${'x'.repeat(2 ** 20 - 1_024)}"}`),
  event('a body that is encoded as itself', '{}', ['Content-Encoding: identity']),
  {
    ...event('chunks of a byte', '{}'),
    request: request(BAG, { body: '{"n":1}', chunkBytes: 1, headers: ['Content-Type: application/json'] }),
  },
  ...[
    'application/json; charset=UTF-8',
    'application/json; charset="utf-8"',
    'APPLICATION/JSON',
    'application/vnd.x+json',
    'application/json; q=1; q=2',
  ].map((type): Oddity => ({ name: `an event: type ${type}`, request: typed(BAG, type, '{}'), status: 202 })),
  {
    name: 'lines: bad ones among good ones',
    request: typed(
      BAG,
      NDJSON,
      [
        '{"n":1}',
        '{"n":',
        '',
        '{"n":2}\r',
        '{"n":1,"n":1}',
        '{"__proto__":1}',
        '[]',
        '{"n":9007199254740993}',
        '{"n":"\\ud800"}',
        '\ufeff{}',
        '{"n":3}',
      ].join('\n'),
    ),
    status: 200,
    records: 3,
    answer:
      /^\{"status":202,[^\n]*\n\{[^\n]*malformed-json[^\n]*its end[^\n]*\n\{[^\n]*must be JSON, got none[^\n]*\n\{"status":202,[^\n]*\n\{[^\n]*each key once[^\n]*\n\{[^\n]*__proto__[^\n]*\n\{[^\n]*invalid-body[^\n]*must be of type object[^\n]*\n\{[^\n]*a double keeps[^\n]*\n\{[^\n]*lone surrogate[^\n]*\n\{[^\n]*byte order mark[^\n]*\n\{"status":202,[^\n]*\n$/,
  },
  {
    name: 'CloudEvents: bad ones among good ones',
    request: typed(
      BAG,
      'application/cloudevents-batch+json',
      JSON.stringify([
        { specversion: '1.0', id: 'o1', source: '/x', type: 't', data: {} },
        { specversion: '1.0', id: '', source: '/x', type: 't', data: {} },
        7,
        { specversion: '1.0', id: 'o2', source: '/x', type: 't', data: {} },
      ]),
    ),
    status: 200,
    records: 2,
    answer:
      /^\{"status":202,[^\n]*\n\{[^\n]*\/id must be a text[^\n]*\n\{[^\n]*must be an object, got 7[^\n]*\n\{"status":202,[^\n]*\n$/,
  },
  {
    name: 'an empty batch of CloudEvents',
    request: typed(BAG, 'application/cloudevents-batch+json', '[]'),
    status: 200,
    records: 0,
    answer: /^$/,
  },

  activities('nothing to do', []),
  activities('keywords for names', [insert('select', 'from', 'TEXT', 'x'), insert('table', 'user', 'TEXT', 'x')]),
  activities('names of 63 bytes', [insert(LETTERS, LETTERS, 'TEXT', 'x')]),
  activities("a name as the services' own tables have", [
    insert('dead_letters', 'command_id', 'TEXT', 'x'),
    insert('events', 'data', 'TEXT', 'x'),
  ]),
  activities("a name as the catalogue's", [insert('pg_class', 'relname', 'TEXT', 'x')]),
  activities('SQL for a value', [
    insert('loot', 'a', 'TEXT', "'); drop table accounts; --"),
    insert('loot', 'a', "TEXT'); drop table accounts; --", '$1'),
  ]),
  activities('SQL for a predicate', [
    {
      operation: 'delete',
      table: 'loot',
      value_to_delete: { col_names: ['a'], col_types: ['TEXT'], col_values: ["x' or '1'='1"] },
    },
  ]),
  activities(
    'a delete from what is not there',
    [
      {
        operation: 'delete',
        table: 'nowhere',
        value_to_delete: { col_names: ['a'], col_types: ['TEXT'], col_values: ['x'] },
      },
    ],
    'rejected',
  ),
  activities('a column of another type', [insert('accounts', 'id', 'TEXT', 'x')], 'rejected'),

  activityEvent('SQL', { message: "'; drop table sluice.events; --", component: '%_\\', data: { "a'b": '"' } }),
  activityEvent('keys of every object', { data: { constructor: 1, toString: 2 }, hasOwnProperty: 3 }),

  registration('select/constructor', { type: 'object', properties: { constructor: true, $ref: true, $id: true } }),
  registration('Mallory/Tree', { type: 'object', properties: { children: { type: 'array', items: { $ref: '#' } } } }),
  registration('Mallory/Anything', true),
  {
    name: "a registration in the old gateway's form, an apostrophe in it",
    request: form('POST /Mallory/Old/register_event', { event_schema: `{"title":"Mallory's"}` }),
    status: 200,
  },
  {
    name: 'the events of a client that is none',
    request: request("GET /x'%20or%20true/list_events"),
    status: 200,
    records: 0,
    answer: /"events":\[\]/,
  },
];
