import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileSchema } from '../schema.ts';

function fault(definition: string): string {
  const schema = compileSchema('PROTOCOL_BUFFER', definition);
  return schema.kind === 'faulty' ? schema.detail : 'none';
}

const proto3 = (body: string): string => `syntax = "proto3"; ${body}`;
const message = (body: string): string => proto3(`message M { ${body} }`);

test('what proto2 and proto3 allow is a definition', () => {
  for (const definition of [
    message(''),
    message('string a = 1; optional int32 b = 2; repeated bytes c = 3; map<string, M> d = 4; M e = 5;'),
    message('oneof o { string a = 1; N n = 2; } message N { E e = 1; } enum E { Z = 0; A = 1; }'),
    message('enum E { option allow_alias = true; Z = 0; Y = 0; }'),
    message('reserved 2, 4 to 6; reserved "b"; string a = 1 [json_name = "alpha", deprecated = true];'),
    message('string a = 536870911; message M { } M m = 1;'),
    message('string constructor = 1; string toString = 2; string hasOwnProperty = 3;'),
    proto3('package a.b.c; option java_package = "x"; message M { a.b.c.M self = 1; .a.b.c.M same = 2; }'),
    'message M { required string a = 1; optional E e = 2 [default = B]; enum E { A = 1; B = 2; } }',
    'message M { optional group G = 1 { required int32 z = 1; } repeated int32 p = 2 [packed = true]; }',
    '/* a */ syntax = "proto3"; // b\nmessage M { /* string a = 1; */ }',
  ]) {
    assert.equal(fault(definition), 'none', definition);
  }
});

const faults: readonly (readonly [definition: string, detail: string | RegExp])[] = [
  ['', 'a definition must have one top-level type, a message, got none'],
  ['hello', /^must be a protocol buffer definition, got "illegal token 'hello'/],
  ['message M {', /^must be a protocol buffer definition/],
  ['syntax = "proto4"; message M {}', /^must be a protocol buffer definition, got "Unknown edition: proto4"/],
  ['edition = "2023"; message M {}', 'a definition must be in proto2 or proto3, got edition "2023"'],
  [proto3('message M {} message N {}'), 'a definition must have one top-level type, a message, got "M", "N"'],
  [proto3('message M {} enum E { A = 0; }'), 'a definition must have one top-level type, a message, got "M", "E"'],
  [proto3('enum E { A = 0; }'), 'a definition must have one top-level type, a message, got "E"'],
  [proto3('service S {} message M {}'), 'a definition must have one top-level type, a message, got "S", "M"'],
  [
    proto3('import "google/protobuf/timestamp.proto"; message M { google.protobuf.Timestamp t = 1; }'),
    'a definition must have no imports, got "google/protobuf/timestamp.proto"',
  ],
  [message('google.protobuf.Timestamp t = 1;'), /no such Type or Enum 'google.protobuf.Timestamp'/],
  [message('Unknown u = 1;'), /no such Type or Enum 'Unknown'/],
  [message('string a = 1; string b = 1;'), /duplicate id 1/],
  [message('string a = 1; int32 a = 2;'), /duplicate name 'a'/],
  [message('reserved 1; string a = 1;'), /id 1 is reserved/],
  [message('required string a = 1;'), /illegal token 'required'/],
  [message('map<double, string> a = 1;'), /illegal type 'double'/],
  [message('oneof o { repeated string a = 1; }'), /^must be a protocol buffer definition/],
  [
    message('string a = 0;'),
    'the number of field "a" of "M" must be from 1 to 536870911 and none of 19000 to 19999, got 0',
  ],
  [message('string a = 19000;'), /none of 19000 to 19999, got 19000$/],
  [message('string a = 19999;'), /none of 19000 to 19999, got 19999$/],
  [message('string a = 536870912;'), /from 1 to 536870911 .*, got 536870912$/],
  [message('message N { string a = 0; }'), /^the number of field "a" of "N"/],
  [
    message('string foo_bar = 1; string fooBar = 2;'),
    'field "fooBar" of "M" must differ from "foo_bar" in its JSON name, got the same',
  ],
  [message('string a = 1 [default = "x"];'), 'field "a" of "M" must have no default, since it cannot be absent'],
  [message('enum E { A = 1; }'), 'enum "E" must start with 0, got 1'],
  [message('enum E {}'), 'enum "E" must have values, got none'],
  [message('string __proto__ = 1;'), 'a definition must not name anything __proto__'],
  [proto3('message __proto__ {}'), 'a definition must not name anything __proto__'],
  [message('option (__proto__).polluted = 1;'), 'a definition must not name anything __proto__'],
  ['message M { extensions 5; } extend M { optional string s = 5; }', /^"M" must not be extended/],
];

for (const [definition, detail] of faults) {
  test(`${definition === '' ? 'nothing' : definition} is refused`, () => {
    if (typeof detail === 'string') assert.equal(fault(definition), detail);
    else assert.match(fault(definition), detail);
  });
}

test('nothing in a definition reaches the prototypes of others', () => {
  for (const definition of [
    message('string constructor = 1 [(prototype).polluted = true]; option (constructor.prototype).polluted = true;'),
    'option constructor.prototype.polluted = true; message M {}',
    'package constructor.prototype; message polluted {}',
  ]) {
    fault(definition);
  }
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
  assert.equal((Object as unknown as Record<string, unknown>).polluted, undefined);
});

const many = (count: number, of: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => of(i)).join('');

test('hostile definitions are answered in a moment', () => {
  const startMs = performance.now();
  for (const definition of [
    'message A {'.repeat(20_000),
    'message A {'.repeat(10_000) + '}'.repeat(10_000),
    `option a = ${'{a:'.repeat(50_000)}`,
    `message M { optional ${'a.'.repeat(100_000)}b c = 1; }`,
    '/*'.repeat(100_000),
    `"${'\\'.repeat(200_001)}`,
    '"\\'.repeat(100_000),
    "'\\".repeat(100_000),
    `message M { reserved ${'1,'.repeat(100_000)}`,
    message(many(12_000, (i) => `int32 f${i} = ${i + 20_000};`)),
    message(many(7_000, (i) => `oneof o${i} { int32 f${i} = ${i + 20_000}; }`)),
    message(many(8_000, (i) => `map<string, M> f${i} = ${i + 20_000};`)),
    message(`reserved ${many(20_000, (i) => `${i + 1},`)}20001; ${many(4_000, (i) => `int32 f${i} = ${i + 30_000};`)}`),
    message(many(8_000, (i) => `message N${i} { M m = 1; }`)),
    message(`enum E { Z = 0; ${many(14_000, (i) => `A${i} = ${i + 1};`)} }`),
  ]) {
    fault(definition);
  }
  assert.ok(performance.now() - startMs < 15_000, String(performance.now() - startMs));
});

test('a message may have 2,400 fields, in a oneof or not, and an enum many values', () => {
  assert.equal(fault(message(many(2_400, (i) => `int32 f${i} = ${i + 1};`))), 'none');
  assert.equal(
    fault(message(many(2_500, (i) => `int32 f${i} = ${i + 1};`))),
    'a definition must have smaller messages, at most 2400 fields in one, got one of about 2500',
  );
  assert.match(fault(message(many(2_500, (i) => `oneof o${i} { int32 f${i} = ${i + 1}; }`))), /got one of about 2500$/);
  assert.equal(fault(message(`enum E { Z = 0; ${many(10_000, (i) => `A${i} = ${i + 1};`)} }`)), 'none');
  assert.equal(
    fault(message(many(100, (m) => `message N${m} { ${many(90, (i) => `int32 f${i} = ${i + 1};`)} }`))),
    'none',
  );
});
