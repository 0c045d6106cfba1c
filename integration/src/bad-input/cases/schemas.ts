import type { BadInput } from '../bad-input.ts';
import { json } from '../request.ts';
import { escaped } from './escaped.ts';

const PUT = 'PUT /api/v1/streams/Mallory/New';

/** A schema that must not be registered: where in it, and why. */
const refused = (name: string, schema: unknown, pointer: string, rule: string): BadInput => ({
  name: `a schema: ${name}`,
  to: 'ingest',
  door: 'schema',
  request: json(PUT, { schema }),
  answer: {
    status: 400,
    type: 'invalid-schema',
    detail: new RegExp(`^/schema${escaped(pointer)}: ${rule}`),
    members: { errors: [{ pointer: `/schema${pointer}`, detail: new RegExp(`^${rule}`) }] },
  },
});

const body = (name: string, given: unknown, pointer: string, rule: string): BadInput => ({
  name: `a registration: ${name}`,
  to: 'ingest',
  door: 'schema',
  request: json(PUT, given),
  answer: {
    status: 400,
    type: 'invalid-body',
    detail: new RegExp(`^${pointer === '' ? 'the body' : pointer} ${rule}$`),
    members: { errors: [{ pointer, detail: new RegExp(`^${rule}$`) }] },
  },
});

/** Of a stream whose events have a number `n`, and must have it. */
const breaks = (name: string, schema: unknown, at: string, rule: string): BadInput => ({
  name: `a newer version: ${name}`,
  to: 'ingest',
  door: 'schema',
  request: json('PUT /api/v1/streams/Victim/Orders', { schema }),
  answer: {
    status: 409,
    type: 'incompatible-schema',
    detail: new RegExp(`^/schema${at} ${rule}$`),
    members: { errors: [{ pointer: `/schema${at}`, detail: new RegExp(`^${rule}$`) }] },
  },
});

const pattern = (
  name: string,
  source: string,
  rule: string,
  got = escaped(JSON.stringify(source).slice(0, 60)),
): BadInput => refused(`a pattern ${name}`, { pattern: source }, '/pattern', `a pattern must ${rule}; got ${got}`);

const reference = (name: string, $ref: unknown, rule: string): BadInput =>
  refused(`$ref ${name}`, { $ref }, '/$ref', rule);
const OUTSIDE = '\\$ref must be a JSON pointer into this schema, as in "#/definitions/x", got ';
const COST = 'a schema must not hold one place in a value against more than 64 subschemas';
const ENDLESS = 'a schema must not lead back to itself on the same value, which would never end';
const ANYWHERE = /^\/schema/;

const identifier = (keyword: string, value: unknown): BadInput =>
  refused(keyword, { [keyword]: value }, `/${keyword}`, `a schema must not use ${escaped(keyword)}, got `);

/** n definitions, each of which leads to the next one twice. */
function doubling(levels: number): unknown {
  const definitions = Object.fromEntries(
    Array.from({ length: levels }, (_, at) => [
      `d${at}`,
      at === levels - 1
        ? { type: 'string' }
        : { allOf: [{ $ref: `#/definitions/d${at + 1}` }, { $ref: `#/definitions/d${at + 1}` }] },
    ]),
  );
  return { definitions, $ref: '#/definitions/d0' };
}

const nested = (depth: number): string => `${'{"not":'.repeat(depth)}{}${'}'.repeat(depth)}`;
const deepSchema = (depth: number): string => `{"schema":${nested(depth)}}`;
const padded = (bytes: number): unknown => ({ description: 'x'.repeat(bytes) });

/** Schemas that would reach out, never end, cost too much, or mean something else to somebody else. */
export const schemaCases: readonly BadInput[] = [
  refused('null', null, '', 'a schema must be an object, true or false, got null'),
  refused('a list', [], '', 'a schema must be an object, true or false, got an array'),
  refused('a text', '{}', '', 'a schema must be an object, true or false, got a string'),
  refused(
    'an unknown type',
    { type: 'strin' },
    '/type',
    'must be equal to one of the allowed values .*\\(draft-07\\), got "strin"',
  ),
  refused('a text for a number', { minimum: '1' }, '/minimum', 'must be number \\(draft-07\\), got "1"'),
  refused('a negative length', { maxLength: -1 }, '/maxLength', 'must be >= 0 \\(draft-07\\), got -1'),
  refused(
    'an empty allOf',
    { allOf: [] },
    '/allOf',
    'must NOT have fewer than 1 items \\(draft-07\\), got an array of 0',
  ),
  refused(
    'a subschema that is none',
    { properties: { a: 7 } },
    '/properties/a',
    'a schema must be an object, true or false, got a number',
  ),
  refused(
    'properties that are a list',
    { properties: [] },
    '/properties',
    'must be object \\(draft-07\\), got an array of 0',
  ),
  refused('required twice', { required: ['a', 'a'] }, '/required', 'must not have two equal items'),
  refused(
    'a keyword of its dialect, wrong',
    { $schema: 'https://json-schema.org/draft/2020-12/schema', prefixItems: {} },
    '/prefixItems',
    '.*\\(2020-12\\), got an object',
  ),

  reference('to the web', 'http://127.0.0.1:1/x.json', OUTSIDE),
  reference('to the web, without a scheme', '//evil.example/x.json', OUTSIDE),
  reference('to a file', 'file:///etc/passwd', OUTSIDE),
  reference('to a metaschema', 'http://json-schema.org/draft-07/schema#', OUTSIDE),
  reference('to an anchor', '#here', OUTSIDE),
  reference(
    'to what is not there',
    '#/definitions/x',
    '\\$ref must point to what this schema has, got "#/definitions/x"',
  ),
  reference(
    'to a member of every object',
    '#/__proto__',
    '\\$ref must point to what this schema has, got "#/__proto__"',
  ),
  reference('to a method of every object', '#/toString', '\\$ref must point to what this schema has, got "#/toString"'),
  reference('with an escape that is none', '#/%zz', '\\$ref must be a well-formed JSON pointer'),
  reference('with a tilde that is none', '#/a~2', '\\$ref must be a well-formed JSON pointer'),
  reference('to itself', '#', ENDLESS),
  reference('of a number', 7, '.*'),
  {
    ...refused(
      '$ref in a circle',
      { definitions: { a: { $ref: '#/definitions/b' }, b: { $ref: '#/definitions/a' } }, $ref: '#/definitions/a' },
      '',
      '',
    ),
    answer: {
      status: 400,
      type: 'invalid-schema',
      detail: new RegExp(`^/schema/definitions/[ab]/\\$ref: ${ENDLESS}$`),
    },
  },
  {
    ...refused('$ref in a circle through anyOf', { anyOf: [{ type: 'string' }, { allOf: [{ $ref: '#' }] }] }, '', ''),
    answer: {
      status: 400,
      type: 'invalid-schema',
      detail: new RegExp(`^/schema/.*\\$ref: ${ENDLESS}$|^/schema/anyOf/1/allOf/0/\\$ref: ${ENDLESS}$`),
    },
  },
  {
    ...refused('$refs that double, 30 times', doubling(30), '', ''),
    answer: { status: 400, type: 'invalid-schema', detail: new RegExp(`${ANYWHERE.source}.*: ${COST}`) },
  },
  {
    ...refused('$refs that double, 300 times', doubling(300), '', ''),
    answer: { status: 400, type: 'invalid-schema', detail: new RegExp(`${ANYWHERE.source}.*: ${COST}`) },
  },
  {
    ...refused('65 ways for one place', { anyOf: Array.from({ length: 65 }, (_, at) => ({ const: at })) }, '', ''),
    answer: { status: 400, type: 'invalid-schema', detail: new RegExp(`${ANYWHERE.source}.*: ${COST}`) },
  },

  identifier('$async', true),
  identifier('$id', 'http://127.0.0.1:1/x'),
  identifier('$anchor', 'here'),
  identifier('$dynamicAnchor', 'here'),
  identifier('$dynamicRef', '#here'),
  identifier('$recursiveRef', '#'),
  identifier('$recursiveAnchor', true),
  identifier('id', 'x'),
  refused(
    '$async further in',
    { properties: { a: { $async: true } } },
    '/properties/a/$async',
    'a schema must not use \\$async, got true',
  ),
  refused('$data', { maximum: { $data: '1/n' } }, '/maximum', 'maximum must not use \\$data, got "1/n"'),
  refused('$data in const’s place', { enum: { $data: '/x' } }, '/enum', 'enum must not use \\$data, got "/x"'),

  pattern('that is none', '(', 'be a regular expression \\(ECMA-262\\): .*', '"\\("'),
  pattern('with look-ahead', '^(?=a)b', 'have no look-around, which RE2 cannot do in linear time: .*'),
  pattern('with look-behind', '(?<!a)b', 'have no look-around, which RE2 cannot do in linear time: .*'),
  pattern('with a back-reference', '(a)\\1', 'have no back-reference, which RE2 cannot do: .*', '".*"'),
  pattern('with a named back-reference', '(?<x>a)\\k<x>', 'have no back-reference, which RE2 cannot do: .*', '".*"'),
  pattern(
    'with a huge repetition',
    'a{100000}',
    'repeat at most 1000 times, as RE2 does, not "\\{100000\\}"',
    '"a\\{100000\\}"',
  ),
  pattern(
    'with repetitions in repetitions',
    '((a{30}){30}){30}',
    'unroll to at most 1000 steps, not to \\d+ .*',
    '".*"',
  ),
  pattern('with 500 open groups', `${'('.repeat(500)}a${')'.repeat(500)}`, 'nest at most 100 groups', '".*…"'),
  pattern(
    'of 5,000 branches',
    `^(${Array.from({ length: 5_000 }, (_, at) => `a${at}`).join('|')})$`,
    'unroll to at most 1000 steps, not to \\d+ .*',
    '".*…"',
  ),
  pattern('of nested stars', `${'(a*'.repeat(90)}${')*'.repeat(90)}b`, '(unroll to at most|nest at most) .*', '".*…"'),
  refused(
    'a pattern for names',
    { patternProperties: { '(?=a)': true } },
    '/patternProperties/(?=a)',
    'a pattern must have no look-around',
  ),
  {
    ...refused(
      'many patterns together',
      {
        allOf: Array.from({ length: 40 }, (_, at) => ({
          properties: { p: {} },
          patternProperties: { [`^[a-z]{250}${at}$`]: true },
        })),
      },
      '',
      '',
    ),
    answer: {
      status: 400,
      type: 'invalid-schema',
      detail:
        /^\/schema.*: (the patterns of a schema must not unroll to more than 4096 steps together|a schema must not hold one place)/,
    },
  },

  refused('of 64 KiB and more', padded(65_536), '', 'a schema must have at most 65536 bytes, got 655\\d\\d'),
  refused('of 1 MB', padded(1_000_000), '', 'a schema must have at most 65536 bytes, got 10000\\d\\d'),
  refused(
    'of 60,000 properties in 1 MB',
    { properties: Object.fromEntries(Array.from({ length: 60_000 }, (_, at) => [`p${at}`, {}])) },
    '',
    'a schema must have at most 65536 bytes, got \\d+',
  ),
  {
    ...refused(
      'of 5,000 subschemas',
      { properties: Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`p${at}`, {}])) },
      '',
      '',
    ),
    answer: {
      status: 400,
      type: 'invalid-schema',
      detail: /^\/schema.*: a schema must not have more than 1000 subschemas, got another one here$/,
    },
  },
  {
    name: 'a schema: depth 500',
    to: 'ingest',
    door: 'schema',
    request: json(PUT, deepSchema(500)),
    answer: {
      status: 400,
      type: 'malformed-json',
      detail: /^\/schema(\/not)+…? must not be nested deeper than 32 levels$/,
    },
  },

  body('nothing', {}, '/schema', 'must be there, got nothing'),
  body('a list', [], '', 'must be an object with a schema, got an array of 0'),
  body(
    'a misspelt option',
    { schema: true, compatability: 'none' },
    '',
    'must have no member but schema and compatibility, got "compatability"',
  ),
  body(
    'a member of every object',
    { schema: true, constructor: 1 },
    '',
    'must have no member but schema and compatibility, got "constructor"',
  ),
  body(
    'an unknown compatibility',
    { schema: true, compatibility: 'forward' },
    '/compatibility',
    'must be backward or none, got "forward"',
  ),
  body(
    'a compatibility in another case',
    { schema: true, compatibility: 'NONE' },
    '/compatibility',
    'must be backward or none, got "NONE"',
  ),
  body(
    'no compatibility',
    { schema: true, compatibility: null },
    '/compatibility',
    'must be backward or none, got null',
  ),

  breaks('false', false, '', 'must still allow what the older schema allows here, got false'),
  breaks(
    'a property required',
    { type: 'object', required: ['n', 'owner'], properties: { n: { type: 'number' } } },
    '/required/1',
    'must not require a property that the older schema does not, got "owner"',
  ),
  breaks(
    'another type',
    { type: 'object', required: ['n'], properties: { n: { type: 'string' } } },
    '/properties/n/type',
    'must still allow type integer, as the older schema does, got string',
  ),
];
