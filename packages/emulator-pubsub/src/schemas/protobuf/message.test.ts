import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse, Root } from 'protobufjs';
import { compileSchema } from '../schema.ts';

const PROTO3 = `syntax = "proto3"; package a.b; message M {
  string product_name = 1; int32 count = 2; bool in_stock = 3; optional int64 big = 4; map<string, N> parts = 5;
  repeated int32 sizes = 6; oneof choice { string text = 7; bytes raw = 8; } N inner = 9; E kind = 10;
  string renamed = 11 [json_name = "other"]; double ratio = 12; uint64 huge = 13; map<int32, bool> flags = 14;
  message N { float value = 1; M back = 2; } enum E { Z = 0; A = 1; }
}`;
const PROTO2 = `message P {
  required string key = 1; optional group Pair = 2 { required int32 left = 3; } repeated Q more = 4; optional E kind = 5;
  message Q { required bool is = 1; } enum E { A = 1; B = 2; }
}`;

function fault(definition: string, data: string | Buffer): string | undefined {
  const schema = compileSchema('PROTOCOL_BUFFER', definition);
  assert.equal(schema.kind, 'schema', 'detail' in schema ? schema.detail : '');
  return schema.kind === 'schema'
    ? schema.validate(Buffer.from(data as string), typeof data === 'string' ? 'JSON' : 'BINARY')
    : undefined;
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

const fitting: readonly (readonly [definition: string, data: string | Buffer])[] = [
  [PROTO3, '{}'],
  [
    PROTO3,
    '{"productName":"x","count":1,"inStock":true,"big":"-5","kind":"A","other":"q","ratio":"NaN","huge":"18446744073709551615"}',
  ],
  [PROTO3, '{"product_name":"x","in_stock":false,"renamed":"x"}'],
  [PROTO3, '{"count":"12","big":12,"sizes":[1,"2",3.0],"ratio":1,"kind":1}'],
  [PROTO3, '{"kind":7}'],
  [PROTO3, '{"raw":"_-8="}'],
  [PROTO3, '{"raw":"AAE"}'],
  [PROTO3, '{"parts":{"a":{"value":"Infinity"},"__proto__":{}},"flags":{"1":true}}'],
  [PROTO3, '{"inner":{"back":{"inner":{}}},"productName":null}'],
  [PROTO3, hex('')],
  [PROTO3, hex('0a0161')],
  [PROTO3, hex('5007')],
  [PROTO3, hex('3202 0102')],
  [PROTO3, hex('3001 3002')],
  [PROTO3, hex('2a03 0a0161')],
  [PROTO3, hex('f80701')],
  [PROTO2, '{"key":"","pair":{"left":0},"more":[{"is":false}],"kind":"B"}'],
  [PROTO2, hex('0a00')],
  [PROTO2, hex('0a00 13 1801 14')],
  [PROTO2, hex('0a02c328')],
];

for (const [definition, data] of fitting) {
  test(`${data.toString(typeof data === 'string' ? undefined : 'hex')} fits ${definition.slice(0, 16)}`, () =>
    assert.equal(fault(definition, data), undefined));
}

const unfitting: readonly (readonly [definition: string, data: string | Buffer, reason: RegExp])[] = [
  [PROTO3, '', /Unexpected end of JSON/],
  [PROTO3, '{', /JSON/],
  [PROTO3, '[]', /cannot decode message a.b.M from JSON/],
  [PROTO3, 'null', /cannot decode message a.b.M from JSON/],
  [PROTO3, '{"nope":1}', /key \\"nope\\" is unknown/],
  [PROTO3, '{"__proto__":1}', /key \\"__proto__\\" is unknown/],
  [PROTO3, '{"ProductName":"x"}', /is unknown/],
  [PROTO3, '{"count":1.5}', /expected number \(int32\), got 1.5/],
  [PROTO3, '{"count":2147483648}', /out of range/],
  [PROTO3, '{"count":"x"}', /int32/],
  [PROTO3, '{"big":"9223372036854775808"}', /out of range/],
  [PROTO3, '{"huge":"-1"}', /uint64/],
  [PROTO3, '{"inStock":"true"}', /expected boolean/],
  [PROTO3, '{"productName":1}', /expected string/],
  [PROTO3, '{"productName":"\\ud800"}', /UTF8/],
  [PROTO3, '{"kind":"B"}', /cannot decode enum a.b.M.E/],
  [PROTO3, '{"raw":"!!"}', /invalid base64/],
  [PROTO3, '{"text":"x","raw":"AA=="}', /oneof set multiple times/],
  [PROTO3, '{"sizes":[null]}', /list item must not be null/],
  [PROTO3, '{"sizes":1}', /expected Array/],
  [PROTO3, '{"flags":{"x":true}}', /int32|map key/],
  [PROTO3, `${'{"inner":{"back":'.repeat(60)}{}${'}}'.repeat(60)}`, /maximum recursion depth of 100/],
  [PROTO3, hex('0a0561'), /premature EOF/],
  [PROTO3, hex('0a01ff'), /utf-8/i],
  [PROTO3, hex('00'), /illegal tag/],
  [PROTO3, hex('10'), /premature EOF/],
  [PROTO3, hex('ff'.repeat(20)), /invalid/],
  [PROTO2, '{}', /required/],
  [PROTO2, '{"key":"","pair":{}}', /required/],
  [PROTO2, '{"key":"","more":[{}]}', /required/],
  [PROTO2, '{"key":"","kind":7}', /expected enum P.E, got 7/],
  [PROTO2, hex(''), /required/],
  [PROTO2, hex('0a00 2200'), /required/],
  [PROTO2, hex('0a00 13 1801'), /premature EOF|group/],
];

for (const [definition, data, reason] of unfitting) {
  const shown = data.toString(typeof data === 'string' ? undefined : 'hex').slice(0, 60);
  test(`${shown === '' ? 'nothing' : shown} does not fit ${definition.slice(0, 16)}`, () => {
    const found = fault(definition, data);
    assert.match(found ?? 'none', reason);
    assert.ok((found?.length ?? 0) < 400, found);
  });
}

test('deep, long and endless data is answered in a moment, with a bounded fault', () => {
  const startMs = performance.now();
  const nested = (levels: number): Buffer => {
    let inner = Buffer.alloc(0);
    for (let i = 0; i < levels; i++) {
      const length = inner.length < 128 ? [inner.length] : [(inner.length & 127) | 128, inner.length >> 7];
      inner = Buffer.concat([Buffer.from([i % 2 === 0 ? 0x12 : 0x4a, ...length]), inner]);
    }
    return inner;
  };
  for (const data of [
    nested(150),
    Buffer.alloc(10_000_000, 0x0b),
    Buffer.alloc(10_000_000, 0xff),
    Buffer.concat([hex('3281ade204'), Buffer.alloc(10_000_000, 1)]),
    '{"inner":'.repeat(1_000_000),
    '['.repeat(5_000_000),
    `{"${'k'.repeat(5_000_000)}":1}`,
    `{"count":${'9'.repeat(1_000_000)}}`,
  ]) {
    const found = fault(PROTO3, data);
    assert.ok(found !== undefined && found.length < 400, found?.slice(0, 500));
  }
  assert.ok(performance.now() - startMs < 15_000, String(performance.now() - startMs));
});

test('what another implementation writes fits', () => {
  const root = new Root();
  parse(PROTO3, root);
  const type = root.lookupType('a.b.M');
  const text = fc.string({ unit: 'grapheme', maxLength: 8 });
  const value = fc.record(
    {
      productName: text,
      count: fc.integer(),
      inStock: fc.boolean(),
      big: fc.maxSafeInteger(),
      parts: fc.dictionary(text, fc.record({ value: fc.float() }), { noNullPrototype: true }),
      sizes: fc.array(fc.integer()),
      raw: fc.uint8Array(),
      inner: fc.record({ value: fc.float(), back: fc.record({ count: fc.integer() }) }),
      kind: fc.constantFrom(0, 1),
      ratio: fc.double(),
      flags: fc.dictionary(fc.integer().map(String), fc.boolean(), { noNullPrototype: true }),
    },
    { requiredKeys: [] },
  );
  const schema = compileSchema('PROTOCOL_BUFFER', PROTO3);
  assert.equal(schema.kind, 'schema');
  if (schema.kind !== 'schema') return;
  fc.assert(
    fc.property(value, fc.uint8Array({ maxLength: 40 }), (given, bytes) => {
      const written = Buffer.from(type.encode(type.fromObject(given)).finish());
      assert.equal(schema.validate(written, 'BINARY'), undefined, written.toString('hex'));
      schema.validate(Buffer.from(bytes), 'BINARY');
      schema.validate(Buffer.from(bytes), 'JSON');
    }),
    { numRuns: 500 },
  );
});
