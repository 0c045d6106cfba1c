import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { printedValue } from './printed-value.ts';

const printed = (text: string) => printedValue(Buffer.from(text));

test('a value without anything odd is printed as it is', () => {
  for (const text of ['{"fruit":"apple"}', '', ' [1, 2] ', '"Ünïcødé 🍎 \\n\\u0000"', 'no JSON, 100 % \\ text']) {
    assert.equal(printed(text), text);
  }
  assert.equal(printedValue(null), 'null');
});

test('JSON on several lines becomes the same JSON on one', () => {
  assert.equal(
    printed('{\n\t"a": 1,\r\n\t"b": "\u009b31m\u202e\u2028"\n}'),
    '{  "a": 1,   "b": "\\u009b31m\\u202e\\u2028" }',
  );
});

test('control characters never reach a terminal', () => {
  assert.equal(printed('\u001b[2J\u0007a\tb\nc\u007f\u009bd'), '\\u001b[2J\\u0007a\\u0009b\\u000ac\\u007f\\u009bd');
});

test('what is no UTF-8 is shown by its bytes', () => {
  assert.equal(printedValue(Buffer.from([0x61, 0x5c, 0xff, 0x00, 0x0a, 0xc3, 0x28])), 'a\\\\\\xff\\x00\\x0a\\xc3(');
});

const UNSAFE = /[\p{Cc}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/u;

test('any value is one line without control characters, and any JSON the same JSON', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.doesNotMatch(printedValue(Buffer.from(bytes)), UNSAFE);
    }),
  );
  const odd = fc.constantFrom(
    '\u007f',
    '\u0085',
    '\u009b',
    '\u2028',
    '\u202e',
    '\u2066',
    '\u061c',
    '🍎',
    '"',
    '\\',
    'a',
  );
  const json = fc.jsonValue({ stringUnit: fc.oneof(odd, fc.string({ unit: 'binary', maxLength: 1 })) as never });
  fc.assert(
    fc.property(json, fc.constantFrom('\t', '\n', '\r\n', undefined), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      assert.doesNotMatch(printed(text), UNSAFE);
      assert.deepEqual(JSON.parse(printed(text)), JSON.parse(text));
    }),
  );
});
