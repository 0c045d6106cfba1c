import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compatibilityFault } from '../schema.ts';

const fault = (before: string, after: string): string | undefined =>
  compatibilityFault('PROTOCOL_BUFFER', `syntax = "proto3"; ${before}`, `syntax = "proto3"; ${after}`);
const fieldsFault = (before: string, after: string): string | undefined =>
  fault(`message M { ${before} }`, `message M { ${after} }`);
const proto2Fault = (before: string, after: string): string | undefined =>
  compatibilityFault('PROTOCOL_BUFFER', `message M { ${before} }`, `message M { ${after} }`);

test('optional fields may be added and removed, written so or not', () => {
  assert.equal(
    fieldsFault('string a = 1;', 'string a = 1; int32 b = 2; optional int32 c = 3; N n = 4; message N {}'),
    undefined,
  );
  assert.equal(fieldsFault('string a = 1; optional int32 b = 2;', ''), undefined);
  assert.equal(fieldsFault('oneof o { string a = 1; }', 'oneof o { string a = 1; string b = 2; }'), undefined);
  assert.equal(proto2Fault('required string a = 1;', 'required string a = 1; optional string b = 2;'), undefined);
});

test('no others may be added or removed', () => {
  const cases = [
    ['required string b = 2;', 'required'],
    ['repeated string b = 2;', 'repeated'],
    ['map<string, string> b = 2;', 'map'],
  ] as const;
  for (const [field, label] of cases) {
    assert.equal(proto2Fault('', field), `field "b" of "M" must be optional to be added, got ${label}`);
    assert.equal(proto2Fault(field, ''), `field "b" of "M" must be optional to be removed, got ${label}`);
  }
});

test('no field may change', () => {
  const cases = [
    ['string a = 1;', 'string b = 1;', 'name, got "b" for "a"'],
    ['string a = 1;', 'bytes a = 1;', 'type, got "bytes" for "string"'],
    ['string a = 1;', 'optional string a = 1;', 'label, got "optional" for "none"'],
    ['string a = 1;', 'repeated string a = 1;', 'label, got "repeated" for "none"'],
    ['map<string, int32> a = 1;', 'map<int32, int32> a = 1;', 'key type, got "int32" for "string"'],
    ['map<string, int32> a = 1;', 'map<string, int64> a = 1;', 'type, got "int64" for "int32"'],
    ['string a = 1;', 'string a = 1 [json_name = "b"];', 'JSON name, got "b" for "a"'],
    ['oneof o { string a = 1; }', 'oneof p { string a = 1; }', 'oneof, got "p" for "o"'],
    ['N a = 1; message N {}', 'N a = 1; enum N { Z = 0; }', 'type, got "enum" for "message"'],
  ] as const;
  for (const [before, after, rule] of cases) {
    assert.equal(fieldsFault(before, after), `field "a" of "M" must keep its ${rule}`);
  }
  assert.equal(
    proto2Fault('optional int32 a = 1 [default = 1];', 'optional int32 a = 1 [default = 2];'),
    'field "a" of "M" must keep its default, got "2" for "1"',
  );
});

test('a message inside is held to the same, recursion included', () => {
  const nested = (fields: string): string => `N n = 1; message N { ${fields} M back = 9; }`;
  assert.equal(fieldsFault(nested('string a = 1;'), nested('string a = 1; string b = 2;')), undefined);
  assert.equal(
    fieldsFault(nested('string a = 1;'), nested('bytes a = 1;')),
    'field "a" of "N" must keep its type, got "bytes" for "string"',
  );
  assert.equal(fieldsFault('N n = 1; message N { int32 a = 1; }', 'O n = 1; message O { int32 a = 1; }'), undefined);
  assert.match(
    fieldsFault(
      'map<string, N> m = 1; message N { int32 a = 1; }',
      'map<string, N> m = 1; message N { int64 a = 1; }',
    ) ?? '',
    /keep its type/,
  );
});

test('values of an enum may come and go', () => {
  const of = (values: string): string => `E e = 1; enum E { ${values} }`;
  assert.equal(fieldsFault(of('Z = 0; A = 1;'), of('Z = 0; B = 2;')), undefined);
});

test('what is no definition is no revision', () => {
  assert.match(fault('message M {}', 'message M {') ?? '', /must be a protocol buffer definition/);
  assert.match(fault('message M {}', 'import "x"; message M {}') ?? '', /must have no imports/);
});
