import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type JsonValue, parseStrictJson } from '../json/strict-json.ts';
import { DIALECT_URI } from '../testing/schemas.ts';
import { compileClientSchema, MAX_SCHEMA_BYTES, parseClientSchema } from './client-schema.ts';
import { MAX_EVALUATIONS } from './cost.ts';
import type { ClientValidator } from './validator.ts';
import { MAX_VIOLATIONS } from './violations.ts';

function validatorOf(schema: JsonValue): ClientValidator {
  const compiled = compileClientSchema(schema);
  assert.equal(compiled.kind, 'schema', JSON.stringify(compiled));
  return compiled.validator;
}

const D2019 = { $schema: DIALECT_URI['2019-09'] };
const D2020 = { $schema: DIALECT_URI['2020-12'] };
/** JSON Schema's keyword; an object literal that has it looks like a promise. */
const THEN = 'then';
const many = (count: number, item: (index: number) => JsonValue): JsonValue[] =>
  Array.from({ length: count }, (_, index) => item(index));
/** A schema inside of so many others that look at the same value. */
const within = (count: number, inner: JsonValue): JsonValue =>
  many(count, (index) => index).reduce<JsonValue>((schema) => ({ allOf: [schema] }), inner);
const keyed = (count: number, item: (index: number) => JsonValue): Record<string, JsonValue> =>
  Object.fromEntries(many(count, item).map((value, index) => [`k${index}`, value]));

/** A schema, what it allows, and what it does not. */
const VERDICTS: readonly (readonly [name: string, schema: JsonValue, valid: JsonValue[], invalid: JsonValue[]])[] = [
  ['true allows all', true, [null, {}, 1], []],
  ['false allows nothing', false, [], [null, {}, 1]],
  ['an empty schema allows all', {}, [null, [], 'x'], []],
  ['integers are whole numbers', { type: 'integer' }, [1, 1e20, -0], [1.5, '1', null]],
  ['a list of types allows each', { type: ['string', 'null'] }, ['', null], [0, [], {}]],
  ['minimum and maximum include their limits', { minimum: 1, maximum: 2 }, [1, 2, 'x'], [0.99, 2.01]],
  ['exclusive limits do not', { exclusiveMinimum: 1, exclusiveMaximum: 2 }, [1.5], [1, 2]],
  ['multiples are those of decimals', { multipleOf: 0.01 }, [19.99, 0.07, 1e21, 0, -4.35], [0.001, 19.999]],
  ['multiples of whole numbers', { multipleOf: 3 }, [1e21 * 3, 9, -3], [1, 1.5, 1e22]],
  ['multiples of tiny numbers', { multipleOf: 1e-300 }, [1, 1e300], [1.5e-300, 1e-301]],
  [
    'lengths count characters, not UTF-16 units',
    { minLength: 2, maxLength: 3 },
    ['😀😀', '😀😀😀', 'ab'],
    ['😀', 'abcd'],
  ],
  ['patterns are searched for anywhere', { pattern: 'b' }, ['abc', 1], ['ac']],
  [
    'enum compares by value',
    { enum: [1, { a: [1, { b: 2, c: 3 }] }, null] },
    [1, null, { a: [1, { c: 3, b: 2 }] }],
    [2, { a: [1] }, {}, '1'],
  ],
  ['enum tells types apart', { enum: [0, '1', false] }, [0, '1', false, -0], ['0', 1, null, 'false']],
  ['const compares by value', { const: { a: 1, b: [] } }, [{ b: [], a: 1 }], [{ a: 1 }, { a: 1, b: {} }, []]],
  ['const may be null', { const: null }, [null], [0, false, 'null']],
  [
    'uniqueItems compares by value',
    { uniqueItems: true },
    [
      [1, '1', [1], ['1'], { a: 1 }],
      [true, 1, 'true'],
      [['a', 'b'], ['ab']],
    ],
    [
      [1, 1],
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      [[[]], [[]]],
    ],
  ],
  [
    'items by draft-07 may be a list',
    { items: [{ type: 'string' }], additionalItems: false },
    [[], ['a']],
    [[1], ['a', 'b']],
  ],
  ['additionalItems mean nothing without a list', { items: {}, additionalItems: false }, [[1, 2]], []],
  [
    'prefixItems by 2020-12',
    { ...D2020, prefixItems: [{ type: 'string' }], items: { type: 'number' } },
    [['a', 1], []],
    [[1], ['a', 'b']],
  ],
  ['contains wants one', { contains: { type: 'string' } }, [[1, 'a'], {}], [[], [1]]],
  [
    'minContains and maxContains bound',
    { ...D2019, contains: { type: 'string' }, minContains: 2, maxContains: 3 },
    [['a', 1, 'b']],
    [['a'], ['a', 'b', 'c', 'd']],
  ],
  ['minContains 0 allows none', { ...D2020, contains: { type: 'string' }, minContains: 0 }, [[], [1]], []],
  ['minContains means nothing by draft-07', { contains: { type: 'string' }, minContains: 2 }, [['a']], [[]]],
  [
    'a member called like one of Object.prototype is a member',
    { properties: { constructor: { type: 'string' }, toString: { type: 'number' } } },
    [{}, { constructor: 'x', toString: 1 }],
    [{ constructor: 1 }, { toString: 'x' }],
  ],
  [
    'what Object.prototype has is not there',
    { required: ['toString', 'constructor', '__proto__', 'hasOwnProperty'] },
    [],
    [{}, { toString: 1, constructor: 1 }],
  ],
  [
    'additionalProperties are those that nothing names',
    { properties: { a: true }, patternProperties: { '^x': { type: 'number' } }, additionalProperties: false },
    [{ a: 1, x1: 2 }, {}],
    [{ b: 1 }, { x1: 'y' }, { toString: 1 }],
  ],
  [
    'patternProperties apply beside properties',
    { properties: { ab: { type: 'number' } }, patternProperties: { a: { minimum: 2 }, b: { maximum: 3 } } },
    [{ ab: 2.5 }],
    [{ ab: 1 }, { ab: 4 }],
  ],
  ['propertyNames bounds names', { propertyNames: { maxLength: 2 } }, [{ ab: 1 }], [{ abc: 1 }]],
  [
    'minProperties and maxProperties count',
    { minProperties: 1, maxProperties: 2 },
    [{ a: 1 }, [], 'x'],
    [{}, { a: 1, b: 2, c: 3 }],
  ],
  [
    'dependencies of names and schemas',
    { dependencies: { a: ['b'], c: { required: ['d'] } } },
    [{ a: 1, b: 1 }, { b: 1 }, { c: 1, d: 1 }],
    [{ a: 1 }, { c: 1 }],
  ],
  [
    'dependentRequired and dependentSchemas',
    { ...D2020, dependentRequired: { a: ['b'] }, dependentSchemas: { toString: { required: ['d'] } } },
    [{ a: 1, b: 1 }, {}, { toString: 1, d: 1 }],
    [{ a: 1 }, { toString: 1 }],
  ],
  ['dependentRequired means nothing by draft-07', { dependentRequired: { a: ['b'] } }, [{ a: 1 }], []],
  ['allOf wants all', { allOf: [{ minimum: 1 }, { maximum: 2 }] }, [1.5], [0, 3]],
  ['anyOf wants one', { anyOf: [{ minimum: 2 }, { maximum: 1 }] }, [0, 3], [1.5]],
  ['oneOf wants exactly one', { oneOf: [{ minimum: 1 }, { maximum: 2 }] }, [0, 3], [1.5]],
  ['not turns it round', { not: { type: 'string' } }, [1, null], ['a']],
  [
    'if chooses between then and else',
    { if: { minimum: 10 }, [THEN]: { multipleOf: 10 }, else: { maximum: 5 } },
    [20, 5],
    [15, 7],
  ],
  ['then means nothing without if', { [THEN]: false, else: false }, [1], []],
  [
    '$ref goes to a definition',
    { $ref: '#/definitions/a~1b%25', definitions: { 'a/b%': { type: 'string' } } },
    ['x'],
    [1],
  ],
  [
    '$ref goes anywhere in the schema',
    { properties: { a: { $ref: '#/components/0/x' } }, components: [{ x: { type: 'string' } }] },
    [{ a: 'x' }],
    [{ a: 1 }],
  ],
  [
    'beside $ref nothing counts by draft-07',
    { $ref: '#/definitions/a', type: 'number', definitions: { a: { type: 'string' } } },
    ['x'],
    [1],
  ],
  [
    'beside $ref all counts by 2020-12',
    { ...D2020, $ref: '#/$defs/a', minLength: 2, $defs: { a: { type: 'string' } } },
    ['xy'],
    ['x', 1],
  ],
  [
    'a tree may refer to itself',
    {
      type: 'object',
      properties: { value: { type: 'number' }, children: { type: 'array', items: { $ref: '#' } } },
      required: ['value'],
    },
    [{ value: 1, children: [{ value: 2, children: [] }] }],
    [{ value: 1, children: [{ children: [] }] }],
  ],
  [
    'unevaluatedProperties looks into branches',
    {
      ...D2020,
      anyOf: [
        { properties: { a: { type: 'number' } }, required: ['a'] },
        { properties: { toString: true }, required: ['toString'] },
      ],
      unevaluatedProperties: false,
    },
    [{ a: 1 }, { toString: 1 }],
    [
      { a: 1, b: 1 },
      { a: 'x', toString: 1 },
      { a: 1, constructor: 2 },
    ],
  ],
  [
    'unevaluatedProperties looks through $ref',
    { ...D2019, $ref: '#/$defs/a', unevaluatedProperties: false, $defs: { a: { properties: { a: true } } } },
    [{ a: 1 }],
    [{ b: 1 }],
  ],
  [
    'unevaluatedProperties sees no cousins',
    { ...D2020, allOf: [{ properties: { a: true } }, { unevaluatedProperties: false }] },
    [{}],
    [{ a: 1 }],
  ],
  [
    'unevaluatedProperties knows if, then and else',
    {
      ...D2020,
      if: { properties: { a: { const: 1 } }, required: ['a'] },
      [THEN]: { properties: { b: true } },
      else: { properties: { c: true } },
      unevaluatedProperties: false,
    },
    [{ a: 1, b: 1 }, { c: 1 }],
    [{ a: 1, c: 1 }, { a: 2 }],
  ],
  [
    'unevaluatedProperties forgets what not saw',
    { ...D2020, not: { not: { properties: { a: true } } }, unevaluatedProperties: false },
    [{}],
    [{ a: 1 }],
  ],
  [
    'unevaluatedItems by 2020-12 knows contained items',
    { ...D2020, contains: { type: 'string' }, unevaluatedItems: { type: 'number' } },
    [['a', 1]],
    [['a', null]],
  ],
  [
    'unevaluatedItems by 2019-09 does not',
    { ...D2019, contains: { type: 'string' }, unevaluatedItems: { type: 'number' } },
    [],
    [['a', 1]],
  ],
  [
    'unevaluatedItems knows prefixItems',
    { ...D2020, prefixItems: [true], unevaluatedItems: false },
    [[1], []],
    [[1, 2]],
  ],
  ['unevaluatedProperties means nothing by draft-07', { unevaluatedProperties: false }, [{ a: 1 }], []],
  ['format is an annotation', { format: 'email' }, ['no email'], []],
  [
    'unknown keywords are ignored',
    { nullable: false, discriminator: { propertyName: 'x' }, 'x-y': [1], minimum: 1 },
    [null, 1],
    [0],
  ],
  [
    'an unknown or older $schema means draft-07',
    { $schema: 'http://json-schema.org/draft-04/schema#', const: 1 },
    [1],
    [2],
  ],
  [
    'properties called like keywords are mere names',
    {
      properties: {
        $id: { type: 'number' },
        id: { type: 'number' },
        $ref: { type: 'number' },
        $async: true,
        $data: true,
      },
    },
    [{ $ref: 1, id: 1, $id: 1 }],
    [{ $ref: 'x' }, { id: 'x' }],
  ],
  [
    'constants with keys like keywords are mere data',
    { enum: [{ $ref: 'http://x' }, { $id: 'x' }], default: { $id: 'x' }, examples: [{ $async: true }] },
    [{ $ref: 'http://x' }, { $id: 'x' }],
    [{ $ref: 'y' }],
  ],
  ['a constant may look like $data', { const: { $data: '1/a' } }, [{ $data: '1/a' }], [1]],
];

/** What is refused, where, and in which words. */
const REFUSED: readonly (readonly [schema: JsonValue, pointer: string, detail: RegExp])[] = [
  [1, '', /a schema must be an object, true or false, got a number/],
  [[], '', /got an array/],
  [null, '', /got null/],
  [{ properties: { a: 1 } }, '/properties/a', /must be an object, true or false, got a number/],
  [
    { $ref: 'http://example.com/a' },
    '/$ref',
    /must be a JSON pointer into this schema, as in "#\/definitions\/x", got "http:\/\/example.com\/a"/,
  ],
  [{ items: { $ref: 'other.json#/a' } }, '/items/$ref', /JSON pointer into this schema/],
  [{ $ref: '' }, '/$ref', /JSON pointer into this schema/],
  [{ $ref: '#name' }, '/$ref', /JSON pointer into this schema/],
  [{ $ref: 1 }, '/$ref', /got 1/],
  [{ $ref: '#/definitions/no' }, '/$ref', /must point to what this schema has, got "#\/definitions\/no"/],
  [{ $ref: '#/toString' }, '/$ref', /must point to what this schema has/],
  [{ $ref: '#/title', title: 'x' }, '/$ref', /must point to a schema/],
  [{ $ref: '#/a~2' }, '/$ref', /well-formed JSON pointer/],
  [{ $ref: '#/%zz' }, '/$ref', /well-formed JSON pointer/],
  [{ $ref: '#/enum/01', enum: [{}, {}] }, '/$ref', /must point to what this schema has/],
  [{ $ref: '#' }, '/$ref', /lead back to itself on the same value/],
  [
    { allOf: [{ $ref: '#/definitions/a' }], definitions: { a: { anyOf: [{ $ref: '#' }] } } },
    '/definitions/a/anyOf/0/$ref',
    /lead back to itself/,
  ],
  [{ not: { $ref: '#' } }, '/not/$ref', /lead back to itself/],
  [{ properties: { a: { if: { $ref: '#/properties/a' } } } }, '/properties/a/if/$ref', /lead back to itself/],
  [{ $async: true }, '/$async', /must not use \$async, got true/],
  [{ properties: { a: { $async: false } } }, '/properties/a/$async', /must not use \$async/],
  [{ $id: 'http://example.com/x' }, '/$id', /must not use \$id, got "http:\/\/example.com\/x"/],
  [{ definitions: { a: { $id: '#a' } } }, '/definitions/a/$id', /must not use \$id/],
  [{ id: 'x' }, '/id', /must not use id, got "x"/],
  [{ $ref: '#/x', x: { $id: 'y' } }, '/x/$id', /must not use \$id/],
  [{ $anchor: 'x' }, '/$anchor', /must not use \$anchor/],
  [{ ...D2020, $dynamicRef: '#x' }, '/$dynamicRef', /must not use \$dynamicRef/],
  [{ ...D2020, $dynamicAnchor: 'x' }, '/$dynamicAnchor', /must not use \$dynamicAnchor/],
  [{ ...D2019, $recursiveRef: '#' }, '/$recursiveRef', /must not use \$recursiveRef/],
  [
    { properties: { a: { minimum: { $data: '1/b' } } } },
    '/properties/a/minimum',
    /minimum must not use \$data, got "1\/b"/,
  ],
  [{ enum: { $data: '1/b' } }, '/enum', /enum must not use \$data/],
  [{ type: 'strin' }, '/type', /must be equal to one of the allowed values array, .*string \(draft-07\), got "strin"/],
  [{ properties: { a: { minLength: -1 } } }, '/properties/a/minLength', /must be >= 0 \(draft-07\), got -1/],
  [{ required: ['a', 'a'] }, '/required', /must not have two equal items/],
  [{ enum: [] }, '/enum', /fewer than 1 items/],
  [{ ...D2020, minimum: '1' }, '/minimum', /must be number \(2020-12\), got "1"/],
  [
    { $schema: 'http://json-schema.org/draft-04/schema#', exclusiveMinimum: true },
    '/exclusiveMinimum',
    /must be number/,
  ],
  [{ $ref: '#/x', x: { minimum: '1' } }, '/x/minimum', /must be number/],
  [{ properties: { 'a%41': { minimum: '1' } } }, '/properties/a%41/minimum', /must be number/],
  [{ pattern: '(' }, '/pattern', /a pattern must be a regular expression/],
  [
    { definitions: { a: { patternProperties: { '(a)\\1': true } } } },
    '/definitions/a/patternProperties/(a)\\1',
    /no back-reference/,
  ],
  [{ properties: { a: { pattern: '^(?!x)' } } }, '/properties/a/pattern', /no look-around/],
  [
    { properties: keyed(350, (index) => ({ pattern: `^abcdefgh${index}$` })) },
    '/properties/k300/pattern',
    /not unroll to more than 4096 steps together/,
  ],
  [
    { anyOf: many(MAX_EVALUATIONS, () => ({ minimum: 1 })) },
    '',
    /one place in a value against more than 64 subschemas/,
  ],
  [
    { properties: { a: { patternProperties: keyed(40, () => ({ minimum: 1 })) } } },
    '/properties/a',
    /more than 64 subschemas/,
  ],
  [
    { properties: { l: { $ref: '#' } }, additionalProperties: { $ref: '#' }, patternProperties: { x: { $ref: '#' } } },
    '',
    /more than 64 subschemas/,
  ],
  [
    { oneOf: [{ properties: { a: { $ref: '#' } } }, { properties: { b: { $ref: '#' } } }] },
    '',
    /more than 64 subschemas/,
  ],
  [{ items: { multipleOf: 0.1, allOf: many(4, () => ({ multipleOf: 0.01 })) } }, '/items', /more than 64 subschemas/],
];

describe('compileClientSchema', () => {
  for (const [name, schema, valid, invalid] of VERDICTS) {
    it(name, () => {
      const validator = validatorOf(schema);
      for (const value of valid) assert.deepEqual(validator.violations(value), [], JSON.stringify(value));
      for (const value of invalid) assert.notEqual(validator.violations(value).length, 0, JSON.stringify(value));
    });
  }

  for (const [schema, pointer, detail] of REFUSED) {
    it(`refuses ${JSON.stringify(schema).slice(0, 80)}`, () => {
      const compiled = compileClientSchema(schema);
      assert.deepEqual({ ...compiled, detail: '' }, { kind: 'refused', pointer, detail: '' }, JSON.stringify(compiled));
      assert.match(compiled.kind === 'refused' ? compiled.detail : '', detail);
      assert.ok(JSON.stringify(compiled).length < 700);
    });
  }

  it('refuses references that double, and those that only lead on and on', () => {
    const chain = (links: number, next: (to: JsonValue) => JsonValue): JsonValue => ({
      $ref: '#/definitions/k0',
      definitions: keyed(links, (index) => (index === links - 1 ? {} : next({ $ref: `#/definitions/k${index + 1}` }))),
    });
    for (const schema of [
      chain(30, (to) => ({ allOf: [to, to] })),
      chain(30, (to) => ({ properties: { a: to }, patternProperties: { a: to } })),
      chain(MAX_EVALUATIONS + 1, (to) => to),
    ]) {
      const compiled = compileClientSchema(schema);
      assert.match(compiled.kind === 'refused' ? compiled.detail : '', /more than 64 subschemas/);
    }
    const nested = within(20, { properties: { a: { $ref: '#' } } });
    const compiled = compileClientSchema(nested);
    assert.match(
      compiled.kind === 'refused' ? compiled.detail : '',
      /more than 512 subschemas at work within one another/,
    );
  });

  it('takes a chain of hundreds of definitions and hundreds of properties', () => {
    const definitions = keyed(499, (index) => ({
      properties: { next: index === 498 ? true : { $ref: `#/definitions/k${index + 1}` } },
    }));
    const chain = { $ref: '#/definitions/k0', definitions };
    assert.deepEqual(validatorOf(chain).violations({ next: { next: {} } }), []);
    const wide = validatorOf({ properties: keyed(990, () => ({ type: 'string' })) });
    assert.equal(wide.violations({ k989: 1 }).length, 1);
  });

  it('keeps the deepest evaluation that it allows off the end of the stack', () => {
    // Fifteen schemas (a reference is one) within one another at each of 32 levels, and the value as deep as strict JSON goes.
    const validator = validatorOf(within(13, { properties: { a: { $ref: '#' } }, additionalProperties: false }));
    let value: JsonValue = { b: 1 };
    for (let depth = 1; depth < 31; depth++) value = { a: value };
    assert.equal(validator.violations(value).length, 1);
  });

  it('says what is wrong and where: the innermost member, the rule, the value', () => {
    const validator = validatorOf({
      type: 'object',
      properties: { 'a/b': { items: { type: 'integer', minimum: 3 } }, fruit: { enum: ['apple', 'banana'] } },
      required: ['fruit', 'number'],
      additionalProperties: false,
    });
    assert.deepEqual(validator.violations({ 'a/b': [4, 'x', 1], fruit: 'kiwi\u0007', z: null }), [
      { pointer: '', detail: 'must have the property "number" (required), got an object without it' },
      { pointer: '/z', detail: 'must not be there, since its schema is false, got null' },
      { pointer: '/a~1b/1', detail: 'must be of type integer, got "x"' },
      { pointer: '/a~1b/2', detail: 'must be at least 3 (minimum), got 1' },
      { pointer: '/fruit', detail: 'must be one of "apple", "banana" (enum), got "kiwi\\u0007"' },
    ]);
  });

  it('says which choices allow nothing of a value, and then why none of their branches does', () => {
    const kind = (name: string): JsonValue => ({ properties: { kind: { const: name } }, required: ['kind'] });
    assert.deepEqual(validatorOf({ oneOf: [kind('a'), { anyOf: [kind('b'), kind('c')] }] }).violations({ kind: 'x' }), [
      { pointer: '', detail: 'must be allowed by exactly one of the schemas of oneOf, got an object that none allows' },
      { pointer: '', detail: 'must be allowed by at least one of the schemas of anyOf, got an object' },
      { pointer: '/kind', detail: 'must be "a" (const), got "x"' },
      { pointer: '/kind', detail: 'must be "b" (const), got "x"' },
      { pointer: '/kind', detail: 'must be "c" (const), got "x"' },
    ]);
    assert.match(
      validatorOf({ oneOf: [{}, {}] }).violations(1)[0]?.detail ?? '',
      /exactly one of the schemas of oneOf, got 1 that 0 and 1 allow/,
    );
  });

  it('names the property whose name is wrong', () => {
    assert.deepEqual(validatorOf({ propertyNames: { pattern: '^a' } }).violations({ b: 1 }), [
      { pointer: '/b', detail: 'must have a name that propertyNames allows, got "b"' },
    ]);
  });

  it('bounds what it says, however much is wrong', () => {
    const long = 'x'.repeat(30_000);
    const validator = validatorOf({ additionalProperties: { items: { const: long } }, required: [long] });
    const violations = validator.violations({ [`${long}y`]: many(1_000, () => `${long}y`), b: [`${long}z`] });
    assert.equal(violations.length, MAX_VIOLATIONS);
    const all = validatorOf({ items: { type: 'string' } }).violations(many(1_000, () => 1));
    assert.equal(all.length, MAX_VIOLATIONS);
    assert.ok(JSON.stringify([violations, all]).length < 3_000);
  });

  it('shares nothing between schemas: the same definition may mean two things', () => {
    const [text, number] = ['string', 'number'].map((type) =>
      validatorOf({ $ref: '#/definitions/a', definitions: { a: { type } } }),
    );
    assert.deepEqual([text?.violations('x').length, number?.violations('x').length], [0, 1]);
  });
});

describe('parseClientSchema', () => {
  it('gives the parsed value with the validator', () => {
    const parsed = parseClientSchema(Buffer.from('{"type":"string"}'));
    assert.ok(parsed.kind === 'schema');
    assert.deepEqual(parsed.schema, { type: 'string' });
    assert.equal(parsed.validator.violations(1).length, 1);
  });

  const FAULTS: readonly (readonly [source: string, pointer: string, detail: RegExp])[] = [
    [`{"title":"${'x'.repeat(MAX_SCHEMA_BYTES)}"}`, '', /at most 65536 bytes, got 65548/],
    [`"${'é'.repeat(MAX_SCHEMA_BYTES / 2)}"`, '', /at most 65536 bytes, got 65538/],
    ['{"type":"string",}', '', /a schema must be JSON/],
    ['{"properties":{"__proto__":{}}}', '/properties', /a schema must not have a key "__proto__"/],
    ['{"type":"string","type":"number"}', '', /each key once/],
    [`${'{"not":'.repeat(500)}{}${'}'.repeat(500)}`, '/not'.repeat(32), /32 levels/],
  ];
  for (const [source, pointer, detail] of FAULTS) {
    it(`refuses ${source.slice(0, 40)}`, () => {
      const parsed = parseClientSchema(source);
      assert.deepEqual({ ...parsed, detail: '' }, { kind: 'refused', pointer, detail: '' });
      assert.match(parsed.kind === 'refused' ? parsed.detail : '', detail);
    });
  }

  it('refuses an overlong value that was not parsed here, too', () => {
    const compiled = compileClientSchema({ title: 'x'.repeat(MAX_SCHEMA_BYTES) });
    assert.match(compiled.kind === 'refused' ? compiled.detail : '', /at most 65536 bytes/);
  });
});

/** The least of some runs, in milliseconds of CPU: what others do at the same time does not count. */
function cpuMs(work: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 4; run++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}

describe('a hostile schema or value', () => {
  const filled = (open: string, item: (index: number) => string, close: string): string => {
    const items: string[] = [];
    for (let length = open.length; length < MAX_SCHEMA_BYTES - 100; length += (items.at(-1)?.length ?? 0) + 1)
      items.push(item(items.length));
    return open + items.join() + close;
  };
  const ordinary = filled(
    '{"type":"object","properties":{',
    (index) => `"property${index}":{"type":"string","description":"What it is for","minLength":1}`,
    '}}',
  );
  const HOSTILE: Readonly<Record<string, string>> = {
    'many empty schemas': filled('{"anyOf":[', () => '{}', ']}'),
    'many properties': filled('{"properties":{', (index) => `"${index}":true`, '}}'),
    'a large enum of objects': filled('{"enum":[', (index) => `{"a":${index}}`, ']}'),
    'much required': filled('{"required":[', (index) => `"${index}"`, ']}'),
    'the same type often': filled('{"type":[', () => '"string"', ']}'),
    'many patterns': filled('{"properties":{', (index) => `"${index}":{"pattern":"^[a-z]+${index}$"}`, '}}'),
    'many dear patterns': filled(
      '{"properties":{',
      (index) => `"${index}":{"pattern":"[\\\\p{L}\\\\P{Lu}]{80}${index}"}`,
      '}}',
    ),
    'a long pattern': `{"pattern":"${'(a|b)?'.repeat(10_000)}"}`,
    'a deep pattern': `{"pattern":"${'('.repeat(30_000)}${')'.repeat(30_000)}"}`,
    'a wide class': `{"pattern":"[${'ab'.repeat(30_000)}]"}`,
    'a long chain': filled(
      '{"definitions":{',
      (index) => `"${index}":{"$ref":"#/definitions/${index + 1}"}`,
      '}}',
    ).replace(/\/(\d+)"\}\}\}$/, '/0"}}}'),
    'many references': filled(
      '{"definitions":{"a":{"minimum":1}},"properties":{',
      (index) => `"${index}":{"$ref":"#/definitions/a"}`,
      '}}',
    ),
    'doubling references': filled(
      '{"definitions":{',
      (index) => `"${index}":{"allOf":[{"$ref":"#/definitions/${Math.floor(index / 2)}/x"}],"x":{}}`,
      '}}',
    ),
    'many strays': filled(
      '{"x":[',
      (index) => `{"not":{"minimum":${index}}}`,
      '],"properties":{"a":{"$ref":"#/x/900"}}}',
    ),
  };
  for (const [name, source] of Object.entries(HOSTILE)) {
    it(`costs no more than 20 times an ordinary one to compile: ${name}`, () => {
      assert.ok(source.length > 50_000 && source.length < MAX_SCHEMA_BYTES, `${source.length}`);
      assert.equal(parseStrictJson(source).kind, 'json');
      const plain = cpuMs(() => assert.equal(parseClientSchema(ordinary).kind, 'schema'));
      assert.ok(cpuMs(() => parseClientSchema(source)) < 20 * plain);
    });
  }

  const SHAPES: readonly (readonly [name: string, schema: JsonValue, value: (size: number) => JsonValue])[] = [
    ['uniqueItems over objects', { uniqueItems: true }, (size) => many(size, (index) => ({ a: index, b: [index] }))],
    [
      'uniqueItems again and again',
      { allOf: many(30, () => ({ uniqueItems: true })) },
      (size) => many(size, (index) => [index]),
    ],
    [
      'a large enum',
      { items: { enum: many(2_000, (index) => ({ a: index, b: [1] })) } },
      (size) => many(size, (index) => ({ b: [1], a: index % 2_000 })),
    ],
    ['a large const', { items: { not: { const: keyed(2_000, (index) => index) } } }, (size) => many(size, () => ({}))],
    [
      'hundreds of properties',
      { items: { properties: keyed(900, () => ({ type: 'string' })) } },
      (size) => many(size, () => ({})),
    ],
    [
      'much required',
      { items: { not: { required: many(2_000, (index) => `k${index}`) } } },
      (size) => many(size, () => ({})),
    ],
    [
      'contains that fails',
      {
        not: { contains: { $ref: '#/definitions/a' } },
        definitions: { a: { anyOf: [{ type: 'string' }, { type: 'null' }] } },
      },
      (size) => many(size, (index) => index),
    ],
    [
      'unevaluated members',
      { ...D2020, anyOf: [{ properties: { a: true } }, true], unevaluatedProperties: { type: 'number' } },
      (size) => keyed(size, (index) => index),
    ],
    [
      'a wide object',
      { patternProperties: { '^k\\d+$': { type: 'number' } }, additionalProperties: false },
      (size) => keyed(size, (index) => index),
    ],
  ];
  for (const [name, schema, value] of SHAPES) {
    it(`costs time that grows no faster than the value: ${name}`, () => {
      const validator = validatorOf(schema);
      const [small, large] = [value(1_000), value(16_000)];
      validator.violations(small);
      const least = cpuMs(() => assert.deepEqual(validator.violations(small), []));
      // Sixteen times the size: about 16 where time is linear, 256 where it is quadratic.
      assert.ok(cpuMs(() => assert.deepEqual(validator.violations(large), [])) < 100 * Math.max(least, 0.5), name);
    });
  }
});
