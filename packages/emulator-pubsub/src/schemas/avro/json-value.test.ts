import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileSchema } from '../schema.ts';

function fault(type: unknown, json: string | Buffer): string | undefined {
  const schema = compileSchema('AVRO', JSON.stringify(type));
  assert.equal(schema.kind, 'schema', 'detail' in schema ? schema.detail : '');
  return schema.kind === 'schema' ? schema.validate(Buffer.from(json), 'JSON') : undefined;
}

const suit = { type: 'enum', name: 'n.Suit', symbols: ['SPADES', 'HEARTS'] };
const fixed = { type: 'fixed', name: 'F', size: 2 };
const list = {
  type: 'record',
  name: 'List',
  fields: [
    { name: 'value', type: 'int', default: 0 },
    { name: 'next', type: ['null', 'List'] },
  ],
};
const union = { type: 'array', items: ['null', 'int', 'string', suit, { type: 'map', values: 'long' }] };

const cases: readonly (readonly [type: unknown, json: string, expected: string | undefined])[] = [
  ['null', 'null', undefined],
  ['null', '0', '$ must be null, got 0'],
  ['boolean', 'true', undefined],
  ['boolean', '"true"', '$ must be true or false, got "true"'],
  ['int', '2147483647', undefined],
  ['int', '-2147483648', undefined],
  ['int', '2147483648', '$ must be an integer of 32 bits, got 2147483648'],
  ['int', '1.0', '$ must be an integer of 32 bits, got 1.0'],
  ['int', '1e2', '$ must be an integer of 32 bits, got 1e2'],
  ['int', '"1"', '$ must be an integer of 32 bits, got "1"'],
  ['int', 'null', '$ must be an integer of 32 bits, got null'],
  ['long', '9223372036854775807', undefined],
  ['long', '-9223372036854775808', undefined],
  ['long', '9223372036854775808', '$ must be an integer of 64 bits, got 9223372036854775808'],
  ['long', '-9223372036854775809', '$ must be an integer of 64 bits, got -9223372036854775809'],
  ['long', '9007199254740993', undefined],
  ['long', '1.5', '$ must be an integer of 64 bits, got 1.5'],
  ['long', '9'.repeat(100), `$ must be an integer of 64 bits, got ${'9'.repeat(40)}`],
  ['float', '1.5', undefined],
  ['double', '1', undefined],
  ['double', '-1e300', undefined],
  ['double', '9'.repeat(100), undefined],
  ['double', '"NaN"', '$ must be a number, got "NaN"'],
  ['bytes', '"\\u00ff\\u0000"', undefined],
  ['bytes', '"\\u0100"', '$ must be a string of characters up to U+00FF, got "\u0100"'],
  ['bytes', '[1]', '$ must be a string of characters up to U+00FF, got an array'],
  ['string', '"\\u0100"', undefined],
  ['string', '1', '$ must be a string, got 1'],
  [suit, '"HEARTS"', undefined],
  [suit, '"hearts"', '$ must be a symbol of enum "n.Suit", got "hearts"'],
  [suit, '0', '$ must be a symbol of enum "n.Suit", got 0'],
  [fixed, '"\\u00ffa"', undefined],
  [fixed, '"abc"', '$ must have 2 bytes for fixed "F", got 3'],
  [fixed, '"\\u0100a"', '$ must be a string of characters up to U+00FF, got "\u0100a"'],
  [{ type: 'array', items: 'int' }, '[1,2]', undefined],
  [{ type: 'array', items: 'int' }, '[1,"2"]', '$[1] must be an integer of 32 bits, got "2"'],
  [{ type: 'array', items: 'int' }, '{}', '$ must be an array, got an object'],
  [{ type: 'map', values: 'int' }, '{"a":1,"__proto__":2}', undefined],
  [{ type: 'map', values: 'int' }, '{"a b":null}', '$."a b" must be an integer of 32 bits, got null'],
  [{ type: 'map', values: 'int' }, '[]', '$ must be an object, got an array'],
  [list, '{"value":1,"next":null}', undefined],
  [list, '{"next":{"List":{"value":2,"next":null}},"value":1}', undefined],
  [list, '{"value":1}', '$ must have field "next", got none'],
  [list, '{"next":null}', '$ must have field "value", got none'],
  [list, '{"value":1,"next":null,"more":1}', '$ must have the fields of record "List" only, got "more"'],
  [list, '{"value":1,"next":{"value":2,"next":null}}', '$.next must be an object of one branch, got 2'],
  [
    list,
    '{"value":1,"next":{"List":{"value":"x","next":null}}}',
    '$.next.List.value must be an integer of 32 bits, got "x"',
  ],
  [list, '[]', '$ must be an object for record "List", got an array'],
  [union, '[null,{"int":1},{"string":"a"},{"n.Suit":"SPADES"},{"map":{"a":1}}]', undefined],
  [union, '[1]', '$[0] must be null or an object of a branch and its value, got 1'],
  [union, '[{"long":1}]', '$[0] must name one of the branches, got "long"'],
  [union, '[{"Suit":"SPADES"}]', '$[0] must name one of the branches, got "Suit"'],
  [union, '[{"null":null}]', '$[0] must name one of the branches, got "null"'],
  [union, '[{"__proto__":1}]', '$[0] must name one of the branches, got "__proto__"'],
  [union, '[{}]', '$[0] must be an object of one branch, got none'],
  [{ type: 'array', items: ['int'] }, '[null]', '$[0] must be one of the branches, got null'],
  ['int', '', 'must be JSON, got ""'],
  ['int', '1 2', 'must be JSON, got "1 2"'],
  ['int', '\ufeff1', String.raw`must be JSON, got "\ufeff1"`],
  ['int', '01', 'must be JSON, got "01"'],
];

for (const [type, json, expected] of cases) {
  test(`${json.slice(0, 60)} as ${JSON.stringify(type).slice(0, 60)}: ${expected ?? 'fits'}`, () =>
    assert.equal(fault(type, json), expected));
}

test('text has to be UTF-8', () => {
  assert.equal(fault('string', Buffer.from('22ff22', 'hex')), 'text must be UTF-8, got other bytes');
});

test('a message nests at most 1000 levels of JSON', () => {
  const nested = (levels: number): string =>
    `${'{"value":1,"next":{"List":'.repeat(levels)}{"value":1,"next":null}${'}}'.repeat(levels)}`;
  assert.equal(fault(list, nested(499)), undefined);
  assert.equal(fault(list, nested(500)), 'JSON must nest at most 1000 levels deep');
});

test('hostile messages are answered in a moment, with a bounded fault', () => {
  const startMs = performance.now();
  for (const json of [
    '['.repeat(5_000_000),
    '"'.repeat(1_000_001),
    `"${'\\"'.repeat(2_000_000)}`,
    `[${'1,'.repeat(1_000_000)}1]`,
    `{"${'k'.repeat(1_000_000)}":1}`,
    '9'.repeat(5_000_000),
  ]) {
    assert.ok((fault(list, json)?.length ?? 0) < 300, json.slice(0, 20));
    fault(union, json);
  }
  assert.ok(performance.now() - startMs < 10_000);
});
