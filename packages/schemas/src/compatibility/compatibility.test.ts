import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSameSchema } from '../json/canonical-json.ts';
import type { JsonValue } from '../json/strict-json.ts';
import { DIALECT_URI } from '../testing/schemas.ts';
import { checkBackward } from './compatibility.ts';

const D2020 = { $schema: DIALECT_URI['2020-12'] };
/** JSON Schema's keyword; an object literal that has it looks like a promise. */
const THEN = 'then';
const object = (properties: Record<string, JsonValue>, more: object = {}): JsonValue => ({
  type: 'object',
  properties,
  ...more,
});
const text = { type: 'string' };
const number = { type: 'number' };
const list = (definition: JsonValue): JsonValue => ({ $ref: '#/definitions/list', definitions: { list: definition } });
const links = (value: JsonValue, more: object = {}): JsonValue =>
  list(object({ value, next: { $ref: '#/definitions/list' } }, more));
const kinds = (...types: JsonValue[]): JsonValue => ({ anyOf: types });

const COMPATIBLE: readonly (readonly [name: string, older: JsonValue, newer: JsonValue])[] = [
  [
    'the same, keys in another order',
    { type: 'object', properties: { a: text, b: number } },
    { properties: { b: number, a: text }, type: 'object' },
  ],
  [
    'annotations',
    { title: 'a', properties: { a: { ...text, format: 'email', default: 1 } } },
    { description: 'b', examples: [1], properties: { a: { ...text, $comment: 'x' } } },
  ],
  ['a new optional property', object({ a: text }), object({ a: text, b: number })],
  [
    'a new optional property where others were refused',
    object({ a: text }, { additionalProperties: false }),
    object({ a: text, b: number }, { additionalProperties: false }),
  ],
  [
    'a new optional property deep inside',
    object({ a: object({ b: text }) }),
    object({ a: object({ b: text, c: number }) }),
  ],
  ['required no more', object({ a: text }, { required: ['a'] }), object({ a: text })],
  ['a property that is named no more, but allowed', object({ a: text, b: text }), object({ a: text })],
  [
    'additionalProperties false, with all named',
    object({ a: text }),
    object({ a: text, b: text }, { additionalProperties: false }),
  ],
  [
    'additionalProperties false, with all matched',
    object({ ab: text }),
    { patternProperties: { '^a': text }, additionalProperties: false },
  ],
  ['any more types', { type: 'string' }, { type: ['null', 'string'] }],
  ['integer to number', { type: 'integer' }, { type: 'number' }],
  ['any type at last', { type: 'integer' }, {}],
  ['true', { type: 'integer' }, true],
  ['from false', false, { type: 'integer' }],
  ['a longer enum', { enum: ['a', 'b'] }, { enum: ['b', 'c', 'a'] }],
  ['a const that joins an enum', { const: 'a' }, { enum: ['b', 'a'] }],
  [
    'an enum that its values keep',
    { enum: ['a', 'bc'] },
    { type: 'string', minLength: 1, maxLength: 2, pattern: '^[abc]+$' },
  ],
  ['an enum whose other values nothing allows', { enum: ['a', 1], type: 'string' }, { const: 'a' }],
  ['booleans by name', { type: 'boolean' }, { enum: [true, false] }],
  [
    'wider bounds',
    {
      minimum: 2,
      maximum: 3,
      minLength: 2,
      maxLength: 3,
      minItems: 2,
      maxItems: 3,
      minProperties: 2,
      maxProperties: 3,
    },
    {
      minimum: 1,
      maximum: 4,
      minLength: 1,
      maxLength: 4,
      minItems: 1,
      maxItems: 4,
      minProperties: 1,
      maxProperties: 4,
    },
  ],
  ['exclusive to inclusive', { exclusiveMinimum: 1, exclusiveMaximum: 2 }, { minimum: 1, maximum: 2 }],
  ['integers above a limit', { type: 'integer', exclusiveMinimum: 0 }, { minimum: 1 }],
  ['bounds of what cannot come', { type: 'string' }, { type: 'string', minimum: 1, required: ['a'], minItems: 1 }],
  ['a divisor of the divisor', { multipleOf: 6 }, { multipleOf: 3 }],
  ['integers are multiples of one', { type: 'integer' }, { multipleOf: 0.5 }],
  ['the same pattern', { pattern: 'a', minLength: 2 }, { pattern: 'a' }],
  ['uniqueItems no more', { uniqueItems: true }, { uniqueItems: false }],
  ['uniqueItems of one', { maxItems: 1 }, { uniqueItems: true }],
  ['as many properties as are required', { required: ['a', 'b'] }, { minProperties: 2 }],
  ['wider items', { items: { type: 'integer' } }, { items: number }],
  ['items after a list', { items: [text], additionalItems: false }, { items: [text, number] }],
  ['a list to items for all', { ...D2020, prefixItems: [text], items: text }, { ...D2020, items: text }],
  ['wider contains', { contains: { type: 'integer' } }, { contains: number }],
  ['fewer contained', { ...D2020, contains: text, minContains: 2 }, { ...D2020, contains: text }],
  ['a dictionary of wider values', { additionalProperties: { type: 'integer' } }, { additionalProperties: number }],
  [
    'a dictionary that gets a name',
    { additionalProperties: text },
    { properties: { a: text }, additionalProperties: text },
  ],
  [
    'wider patternProperties',
    { patternProperties: { '^a': { type: 'integer' } } },
    { patternProperties: { '^a': number } },
  ],
  ['names that are all allowed', object({ a: text }), { propertyNames: { maxLength: 1 } }],
  ['wider propertyNames', { propertyNames: { maxLength: 1 } }, { propertyNames: { maxLength: 2 } }],
  ['dependencies of what is not named', object({ a: text }), object({ a: text }, { dependencies: { b: ['c'] } })],
  ['the same dependencies', { dependencies: { a: ['b', 'c'] } }, { dependencies: { a: ['c'] } }],
  ['a reference to the same', list(text), text],
  ['the same behind another reference', list(text), { $ref: '#/x', x: text }],
  ['a recursive list that gets wider', links({ type: 'integer' }), links(number)],
  ['a recursive list that gets a property', links(text), links(text, { additionalProperties: true })],
  ['allOf with less', { allOf: [text, { minLength: 1 }] }, { allOf: [{ minLength: 1 }] }],
  ['allOf to one', { allOf: [text, { minLength: 1 }] }, { type: 'string', minLength: 1 }],
  ['one to allOf', { type: 'string', minLength: 1 }, { allOf: [text, { minLength: 1 }] }],
  ['one to anyOf', text, kinds(number, text)],
  ['more anyOf', kinds(text, number), kinds(number, { type: 'null' }, text)],
  ['anyOf to types', kinds(text, { type: 'integer' }), { type: ['string', 'number'] }],
  ['types to anyOf', { type: ['string', 'integer'] }, kinds(number, text)],
  ['oneOf to anyOf', { oneOf: [text, number] }, kinds(text, number)],
  ['types to oneOf', { type: ['string', 'integer'] }, { oneOf: [number, text] }],
  [
    'a branch that gets an optional property',
    kinds(object({ a: text }, { required: ['a'] }), text),
    kinds(text, object({ a: text, b: text }, { required: ['a'] })),
  ],
  ['the same not', { not: { ...text, title: 'x' } }, { not: text }],
  ['the same if', { if: text, [THEN]: { minLength: 1 } }, { if: text, [THEN]: { minLength: 1 }, title: 'x' }],
  [
    'if, where both branches hold',
    { type: 'string', minLength: 2 },
    { if: { maxLength: 3 }, [THEN]: { minLength: 1 }, else: text },
  ],
  [
    'unevaluatedProperties as before',
    { ...D2020, $ref: '#/$defs/a', unevaluatedProperties: false, $defs: { a: object({ a: text }) } },
    { ...D2020, title: 'x', $ref: '#/$defs/a', unevaluatedProperties: false, $defs: { a: object({ a: text }) } },
  ],
];

const BREAKING: readonly (readonly [
  name: string,
  older: JsonValue,
  newer: JsonValue,
  pointer: string,
  detail: RegExp,
])[] = [
  [
    'a new required property',
    object({ a: text }),
    object({ a: text, b: text }, { required: ['b'] }),
    '/required/0',
    /not require a property that the older schema does not, got "b"/,
  ],
  [
    'an optional property that is required now',
    object({ a: text }),
    object({ a: text }, { required: ['a'] }),
    '/required/0',
    /got "a"/,
  ],
  [
    'another type',
    object({ a: text }),
    object({ a: number }),
    '/properties/a/type',
    /must still allow type string, as the older schema does, got number/,
  ],
  ['number to integer', number, { type: 'integer' }, '/type', /still allow type number, .*got integer/],
  ['fewer types', { type: ['string', 'null'] }, text, '/type', /still allow type null/],
  ['a type at all', {}, text, '/type', /still allow type null/],
  ['false', text, false, '', /must still allow what the older schema allows here, got false/],
  [
    'a shorter enum',
    { enum: ['a', 'b'] },
    { enum: ['a'] },
    '/enum',
    /must still allow "b", which the older schema allows/,
  ],
  ['an enum at all', text, { enum: ['a'] }, '/enum', /where the older has no such list/],
  ['another const', { const: 1 }, { const: 2 }, '/const', /must still allow 1/],
  ['a higher minimum', { minimum: 1 }, { minimum: 2 }, '/minimum', /got 2, which is narrower/],
  ['inclusive to exclusive', { maximum: 1 }, { exclusiveMaximum: 1 }, '/exclusiveMaximum', /got 1/],
  ['a lower maxLength', { maxLength: 2 }, { maxLength: 1 }, '/maxLength', /got 1/],
  ['minItems at all', { type: 'array' }, { minItems: 1 }, '/minItems', /got 1/],
  ['maxProperties at all', {}, { maxProperties: 5 }, '/maxProperties', /got 5/],
  ['another divisor', { multipleOf: 3 }, { multipleOf: 6 }, '/multipleOf', /got 6/],
  ['a pattern', text, { pattern: 'a' }, '/pattern', /does not have the pattern "a"/],
  ['another pattern', { pattern: 'ab' }, { pattern: 'a' }, '/pattern', /cannot be proven compatible/],
  ['uniqueItems', { items: {} }, { uniqueItems: true }, '/uniqueItems', /got true/],
  [
    'additionalProperties false, with one left out',
    object({ a: text, b: text }),
    object({ a: text }, { additionalProperties: false }),
    '/additionalProperties',
    /must still allow the property "b"/,
  ],
  [
    'additionalProperties false for a dictionary',
    { additionalProperties: text },
    { additionalProperties: false },
    '/additionalProperties',
    /properties by other names/,
  ],
  [
    'additionalProperties false, a pattern left out',
    { patternProperties: { '^a': text } },
    { additionalProperties: false },
    '/additionalProperties',
    /properties that match "\^a"/,
  ],
  [
    'additionalProperties false, another pattern',
    { patternProperties: { '^a': text } },
    { patternProperties: { b$: text }, additionalProperties: false },
    '/additionalProperties',
    /properties that match "\^a"/,
  ],
  [
    'a dictionary that gets another name',
    { additionalProperties: text },
    { properties: { a: number } },
    '/properties/a/type',
    /type string/,
  ],
  [
    'a pattern that gets a name',
    { patternProperties: { '^a': text } },
    { properties: { ab: number } },
    '/properties/ab/type',
    /type string/,
  ],
  [
    'a pattern that meets another',
    { patternProperties: { '^a': text } },
    { patternProperties: { b$: number } },
    '/patternProperties/b$/type',
    /type string/,
  ],
  [
    'a name that meets a pattern',
    object({ ab: text }),
    { patternProperties: { b: number } },
    '/patternProperties/b/type',
    /type string/,
  ],
  [
    'narrower deep inside',
    object({ a: { items: object({ b: text }) } }),
    object({ a: { items: object({ b: number }) } }),
    '/properties/a/items/properties/b/type',
    /string/,
  ],
  [
    'narrower behind a reference',
    object({ a: text }),
    { properties: { a: { $ref: '#/definitions/b' } }, definitions: { b: number } },
    '/definitions/b/type',
    /string/,
  ],
  [
    'a recursive list that gets narrower',
    links(number),
    links({ type: 'integer' }),
    '/definitions/list/properties/value/type',
    /number/,
  ],
  [
    'a property that only a branch names',
    { type: 'object', anyOf: [object({ a: text }), {}] },
    object({ a: number }),
    '/properties/a/type',
    /null/,
  ],
  [
    'a property that only a constant names',
    kinds({ const: { a: 'x' } }, object({ b: text })),
    { properties: { a: number } },
    '/properties/a/type',
    /string|null/,
  ],
  [
    'a property that only required names',
    { required: ['a'] },
    { properties: { a: number } },
    '/properties/a/type',
    /null/,
  ],
  ['fewer anyOf', kinds(text, number), kinds(text), '/anyOf', /cannot be proven compatible: no branch is sure/],
  ['oneOf that may overlap', text, { oneOf: [text, {}] }, '/oneOf', /the only one/],
  ['not at all', {}, { not: text }, '/not', /same not/],
  ['if at all', {}, { if: text, [THEN]: { minLength: 1 } }, '/if', /same if, then and else/],
  ['contains at all', { type: 'array' }, { contains: text }, '/contains', /does not ask for such items/],
  ['narrower contains', { contains: number }, { contains: { type: 'integer' } }, '/contains', /cannot be proven/],
  ['a list of items', { items: text }, { items: [text, number] }, '/items/1/type', /string/],
  [
    'additionalItems false',
    { items: [text] },
    { items: [text], additionalItems: false },
    '/additionalItems',
    /got false/,
  ],
  [
    'names that are not allowed',
    object({ ab: text }),
    { propertyNames: { maxLength: 1 } },
    '/propertyNames',
    /still allow the name "ab"/,
  ],
  [
    'names that are not listed',
    { additionalProperties: text },
    { propertyNames: { maxLength: 9 } },
    '/propertyNames',
    /names that are not listed/,
  ],
  [
    'a dependency',
    object({ a: text, b: text }),
    object({ a: text, b: text }, { dependencies: { a: ['b'] } }),
    '/dependencies/a',
    /got "b"/,
  ],
  [
    'unevaluatedProperties',
    { ...D2020, properties: { a: true } },
    { ...D2020, unevaluatedProperties: false },
    '/unevaluatedProperties',
    /cannot be proven/,
  ],
  [
    'another dialect',
    { type: 'string' },
    { ...D2020, type: 'string' },
    '/$schema',
    /older schema is one of draft-07, the newer of 2020-12/,
  ],
  [
    'a newer schema that is refused',
    text,
    { properties: { a: { $ref: 'http://x' } } },
    '/properties/a/$ref',
    /JSON pointer into this schema/,
  ],
  [
    'an older schema that is refused',
    { $id: 'x' },
    text,
    '/$id',
    /at this place of the older schema, a schema must not use \$id/,
  ],
];

describe('checkBackward', () => {
  for (const [name, older, newer] of COMPATIBLE) {
    it(`takes ${name}`, () => assert.deepEqual(checkBackward(older, newer), { kind: 'compatible' }));
  }

  for (const [name, older, newer, pointer, detail] of BREAKING) {
    it(`refuses ${name}`, () => {
      const verdict = checkBackward(older, newer);
      assert.deepEqual({ ...verdict, detail: '' }, { kind: 'breaks', pointer, detail: '' }, JSON.stringify(verdict));
      assert.match(verdict.kind === 'breaks' ? verdict.detail : '', detail);
    });
  }

  it('gives up in time where branches multiply', () => {
    const branches = (count: number, salt: number): JsonValue =>
      kinds(...Array.from({ length: count }, (_, index) => ({ minimum: index + salt })));
    const older = { allOf: Array.from({ length: 6 }, (_, index) => branches(8, index)) };
    const newer = { allOf: Array.from({ length: 6 }, (_, index) => branches(8, index + 0.5)) };
    const startedAtMs = performance.now();
    assert.equal(checkBackward(older, newer).kind, 'breaks');
    assert.ok(performance.now() - startedAtMs < 5_000);
  });

  it('follows references that lead on and on, and in circles through each other', () => {
    const keyed = (count: number, item: (index: number) => JsonValue): Record<string, JsonValue> =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, item(index)]));
    const to = (index: number): JsonValue => ({ $ref: `#/definitions/k${index}` });
    const chain = (last: JsonValue, more: object): JsonValue => ({
      ...(to(0) as object),
      definitions: keyed(490, (index) => (index === 489 ? last : object({ next: to(index + 1) }, more))),
    });
    assert.equal(checkBackward(chain({}, {}), chain({}, { minProperties: 0 })).kind, 'compatible');
    // Out of reach for values of 32 levels, so that it changes nothing.
    assert.equal(checkBackward(chain({}, {}), chain(false, { minProperties: 0 })).kind, 'compatible');
    // Proven at the last level, where nothing can follow, is not proven at the first.
    const twice = (type: string): JsonValue => ({
      properties: { a: to(0), b: { $ref: '#/definitions/x' } },
      definitions: {
        ...keyed(31, (index) => object({ next: index === 30 ? { $ref: '#/definitions/x' } : to(index + 1) })),
        x: { properties: { p: { type } } },
      },
    });
    const narrower = checkBackward(twice('string'), twice('number'));
    assert.equal(narrower.kind === 'breaks' && narrower.pointer, '/definitions/x/properties/p/type');
    const mesh = (last: number): JsonValue => ({
      ...(to(0) as object),
      definitions: keyed(20, (index) => object(keyed(20, to), { maxProperties: index === 19 ? last : 30 })),
    });
    assert.equal(checkBackward(mesh(10), mesh(11)).kind, 'compatible');
    const verdict = checkBackward(mesh(10), mesh(9));
    assert.equal(verdict.kind === 'breaks' && verdict.pointer, '/definitions/k19/maxProperties');
  });

  it('compares large schemas', () => {
    const wide = (more: object): JsonValue =>
      object(Object.fromEntries(Array.from({ length: 900 }, (_, index) => [`k${index}`, { type: 'string', ...more }])));
    assert.equal(checkBackward(wide({ minLength: 1 }), wide({})).kind, 'compatible');
    assert.equal(checkBackward(wide({}), wide({ minLength: 1 })).kind, 'breaks');
  });
});

describe('isSameSchema', () => {
  const SAME: readonly (readonly [a: JsonValue, b: JsonValue])[] = [
    [
      { a: 1, b: [{ c: 2, d: null }] },
      { b: [{ d: null, c: 2 }], a: 1 },
    ],
    [true, true],
    [{ constructor: 1 }, { constructor: 1 }],
  ];
  const DIFFERENT: readonly (readonly [a: JsonValue, b: JsonValue])[] = [
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: null }, { b: null }],
    [
      [1, 2],
      [2, 1],
    ],
    [[], {}],
    [null, {}],
    [{ toString: 1 }, { valueOf: 1 }],
    [1, '1'],
  ];
  it('compares by value, whatever the order of keys', () => {
    for (const [a, b] of SAME) assert.equal(isSameSchema(a, b), true, JSON.stringify([a, b]));
    for (const [a, b] of DIFFERENT) assert.equal(isSameSchema(a, b), false, JSON.stringify([a, b]));
  });
});
