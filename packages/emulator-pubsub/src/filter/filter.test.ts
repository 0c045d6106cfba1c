import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Attributes, parseFilter } from './filter.ts';

function matches(text: string, attributes: Attributes): boolean {
  const filter = parseFilter(text);
  assert.equal(filter.kind, 'filter', `${text}: ${'detail' in filter ? filter.detail : ''}`);
  return filter.kind === 'filter' && filter.matches(attributes);
}

function fault(text: string): string {
  const filter = parseFilter(text);
  return filter.kind === 'faulty' ? filter.detail : 'none';
}

const com = { domain: 'com', 'iana.org/language_tag': 'en', name: '' };

const truths: readonly (readonly [filter: string, attributes: Attributes, expected: boolean])[] = [
  ['', {}, true],
  ['attributes:domain', com, true],
  ['attributes:name', com, true],
  ['attributes:Domain', com, false],
  ['attributes:"iana.org/language_tag"', com, true],
  ['attributes.domain = "com"', com, true],
  ['attributes.domain="com"', com, true],
  ['attributes.domain = "Com"', com, false],
  ['attributes.domain = "com"', {}, false],
  ['attributes.domain != "com"', com, false],
  ['attributes.domain != "com"', {}, true],
  ['attributes.name != "x"', com, true],
  ['attributes."iana.org/language_tag" = "en"', com, true],
  ['hasPrefix(attributes.domain, "co")', com, true],
  ['hasPrefix(attributes.domain,"")', com, true],
  ['hasPrefix(attributes.absent, "")', com, false],
  ['hasPrefix(attributes.domain, "om")', com, false],
  ['NOT attributes:name', com, false],
  ['-attributes:name', com, false],
  ['NOT hasPrefix(attributes.domain, "x")', com, true],
  ['NOT (attributes:absent)', com, true],
  ['NOT(attributes:absent)', com, true],
  ['attributes:"iana.org/language_tag" AND NOT attributes:name AND attributes.domain = "com"', com, false],
  ['attributes:absent OR attributes:name', com, true],
  ['attributes:absent OR NOT attributes:name OR -attributes:domain', com, false],
  ['NOT attributes:absent AND attributes:name', com, true],
  ['NOT attributes:name OR attributes:domain', com, true],
  ['attributes:name AND (attributes.domain = "net" OR attributes.domain = "com")', com, true],
  ['((attributes:name))', com, true],
  ['attributes:x-y_1', { 'x-y_1': '' }, true],
  ['attributes:1', { 1: '' }, true],
  ['attributes.AND = "v" AND attributes:NOT', { AND: 'v', NOT: '' }, true],
  ['attributes.a = \'it is "so"\'', { a: 'it is "so"' }, true],
  ['attributes.a = "AND attributes:b"', { a: 'AND attributes:b' }, true],
  [String.raw`attributes.a = "\"\\\n\t\x41\u00e9\U0001f600\101"`, { a: '"\\\n\tA\u00e9\u{1f600}A' }, true],
  [String.raw`attributes."\"" = "\'"`, { '"': "'" }, true],
  ['attributes.a = "\u0000"', { a: '\u0000' }, true],
  ['attributes:a AND\nattributes:b', { a: '', b: '' }, true],
];

for (const [filter, attributes, expected] of truths) {
  test(`${JSON.stringify(filter)} is ${expected} of ${JSON.stringify(attributes)}`, () =>
    assert.equal(matches(filter, attributes), expected));
}

const faults: readonly (readonly [filter: string, detail: string])[] = [
  [' ', '"attributes", "hasPrefix", "NOT", "-" or "(" must stand at 2, got the end'],
  ['attributes', '"." must stand at 11, got the end'],
  ['attributes:', 'a key of letters, digits, "_" and "-", or a string must stand at 12, got the end'],
  ['attributes:-x', 'a key of letters, digits, "_" and "-", or a string must stand at 12, got "-"'],
  ['attributes.a', '"=" or "!=" must stand at 13, got the end'],
  ['attributes.a = com', 'a value in quotes must stand at 16, got "com"'],
  ['attributes.a = 5', 'a value in quotes must stand at 16, got "5"'],
  ['attributes.a.b = "x"', '"=" or "!=" must stand at 13, got "."'],
  ['attributes.a:"x"', '"=" or "!=" must stand at 13, got ":"'],
  ['attributes.a = "x" attributes:b', '"AND", "OR" or the end must stand at 20, got "attributes"'],
  ['attributes.a > "x"', 'a character that is no letter, digit, "_" or "-" must be in a string, got ">" at 14'],
  ['attributes:iana.org', '"AND", "OR" or the end must stand at 16, got "."'],
  ['attributes:caf\u00e9', 'a character that is no letter, digit, "_" or "-" must be in a string, got "\u00e9" at 15'],
  ['attributes:a and attributes:b', '"AND", "OR" or the end must stand at 14, got "and"'],
  ['Attributes:a', '"attributes", "hasPrefix", "NOT", "-" or "(" must stand at 1, got "Attributes"'],
  ['not attributes:a', '"attributes", "hasPrefix", "NOT", "-" or "(" must stand at 1, got "not"'],
  ['NOT NOT attributes:a', '"attributes", "hasPrefix", "NOT", "-" or "(" must stand at 5, got "NOT"'],
  ['attributes:a AND', '"attributes", "hasPrefix", "NOT", "-" or "(" must stand at 17, got the end'],
  ['(attributes:a', '")" must stand at 14, got the end'],
  ['attributes:a)', '"AND", "OR" or the end must stand at 13, got ")"'],
  ['()', '"attributes", "hasPrefix", "NOT", "-" or "(" must stand at 2, got ")"'],
  ['attributes:a AND attributes:b OR attributes:c', 'AND and OR must be kept apart by parentheses, got both at 31'],
  ['attributes:a OR attributes:b AND attributes:c', 'AND and OR must be kept apart by parentheses, got both at 30'],
  ['hasprefix(attributes.a, "x")', '"attributes", "hasPrefix", "NOT", "-" or "(" must stand at 1, got "hasprefix"'],
  ['hasPrefix(attributes:a, "x")', '"." must stand at 21, got ":"'],
  ['hasPrefix("a", "x")', '"attributes" must stand at 11, got "a"'],
  ['hasPrefix(attributes.a, x)', 'a prefix in quotes must stand at 25, got "x"'],
  ['hasPrefix(attributes.a)', '"," must stand at 23, got ")"'],
  ['attributes.a = "x', 'a string must end with ", got none for the one at 16'],
  [String.raw`attributes.a = "\q"`, String.raw`a string must hold known escapes, got "\\q"`],
  [String.raw`attributes.a = "\ud800"`, String.raw`an escape must stand for a Unicode character, got "\\ud800"`],
  [
    String.raw`attributes.a = "\U00110000"`,
    String.raw`an escape must stand for a Unicode character, got "\\U00110000"`,
  ],
  [String.raw`attributes.a = "\x4"`, String.raw`a string must hold known escapes, got "\\x"`],
  [String.raw`attributes.a = "\400"`, String.raw`a string must hold known escapes, got "\\4"`],
  ['data = "x"', '"attributes", "hasPrefix", "NOT", "-" or "(" must stand at 1, got "data"'],
  ['\u0000', String.raw`a character that is no letter, digit, "_" or "-" must be in a string, got "\u0000" at 1`],
];

for (const [filter, detail] of faults) {
  test(`${JSON.stringify(filter)} is refused: ${detail}`, () => assert.equal(fault(filter), `filter: ${detail}`));
}

test('a filter has at most 256 bytes', () => {
  const filter = (length: number): string => `attributes:${'k'.repeat(length - 'attributes:'.length)}`;
  assert.equal(fault(filter(256)), 'none');
  assert.equal(fault(filter(257)), 'filter must have at most 256 bytes, got 257');
  assert.equal(fault(`attributes:"${'\u00e9'.repeat(122)}"`), 'filter must have at most 256 bytes, got 257');
});

test('names that every object has are keys like any other', () => {
  for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    assert.equal(matches(`attributes:${key}`, {}), false, key);
    assert.equal(matches(`attributes:"${key}"`, JSON.parse(`{"${key}":"x"}`)), true, key);
    assert.equal(matches(`hasPrefix(attributes.${key}, "x")`, JSON.parse(`{"${key}":"xy"}`)), true, key);
    assert.equal(matches(`attributes.${key} != "x"`, {}), true, key);
  }
});
