import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { jsonText, mutated, rulesBroken } from '../testing/reference.ts';
import type { JsonRule } from './json-fault.ts';
import { parseStrictJson } from './strict-json.ts';

const ACCEPTED = [
  'null', ' true ', 'false', '0', '-0', '1.0', '1e2', '9007199254740992', '""', '"\\ud83d\\ude00"', '"😀"', '"\ufffd"',
  '"\\u0001\\u007f"', '"\\u2028"', '[]', '{}', '[ ]', '{ }', '\t\r\n [1,2 , 3]', '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}',
  '{"":1}', '{"constructor":1,"toString":2,"hasOwnProperty":3}', '{"proto":1,"_proto_":2,"__proto":3}', '"__proto__"',
  '{"a":"__proto__"}', '"\\"\\\\\\/\\b\\f\\n\\r\\t"', '{"a":1,"A":2}', '{"é":1,"e\\u0301":2}',
  `${'['.repeat(32)}${']'.repeat(32)}`, `${'{"a":'.repeat(32)}1${'}'.repeat(32)}`,
  `[${'[],'.repeat(100)}[]]`, '"\\ufeff"',
]; // biome-ignore format: a table

const REFUSED: readonly (readonly [text: string, rule: JsonRule, pointer: string, must: RegExp])[] = [
  ['', 'syntax', '', /be JSON \(RFC 8259\), got its end at character 1/],
  [' ', 'syntax', '', /its end at character 2/],
  ['nope', 'syntax', '', /got "n" at character 1 of "nope"/],
  ['tru', 'syntax', '', /got "t" at character 1/],
  ['[1,]', 'syntax', '', /got "]" at character 4/],
  ['{"a":1,}', 'syntax', '', /got "}" at character 8/],
  ['{"a" 1}', 'syntax', '', /got "1" at character 6/],
  ["{'a':1}", 'syntax', '', /got "'" at character 2/],
  ['[1 2]', 'syntax', '', /got "2" at character 4/],
  ['1 2', 'syntax', '', /got "2" at character 3/],
  ['01', 'syntax', '', /got "1" at character 2/],
  ['-', 'syntax', '', /its end at character 2/],
  ['.5', 'syntax', '', /got "." at character 1/],
  ['1.', 'syntax', '', /its end at character 3/],
  ['1e+', 'syntax', '', /its end at character 4/],
  ['+1', 'syntax', '', /got "\+" at character 1/],
  ['NaN', 'syntax', '', /got "N"/],
  ['"', 'syntax', '', /its end at character 2/],
  ['"\n"', 'syntax', '', /got "\\u000a" at character 2/],
  ['"\\x"', 'syntax', '', /got "x" at character 3/],
  ['"\\u12g4"', 'syntax', '', /got "u" at character 3/],
  ['\u00a01', 'syntax', '', /got "\\u00a0" at character 1/],
  ['{"a":1} 😀', 'syntax', '', /got "😀" at character 9/],
  ['\ufeff{}', 'byte-order-mark', '', /not begin with a byte order mark/],
  [`[${'['.repeat(32)}`, 'depth', `${'/0'.repeat(32)}`, /not be nested deeper than 32 levels/],
  [`${'{"a":'.repeat(33)}`, 'depth', `${'/a'.repeat(32)}`, /32 levels/],
  ['{"a":1,"a":1}', 'duplicate-key', '', /have each key once, got "a" again/],
  ['{"x":[0,{"a":1,"b":2,"\\u0061":3}]}', 'duplicate-key', '/x/1', /got "a" again/],
  ['{"__proto__":{}}', 'proto-key', '', /not have a key "__proto__"/],
  ['[{"\\u005f_proto__":1}]', 'proto-key', '/0', /__proto__/],
  [
    '{"a/b":{"~":[9007199254740993]}}',
    'number',
    '/a~1b/~0/0',
    /keeps, got 9007199254740993, which would become 9007199254740992/,
  ],
  ['[1e400]', 'number', '/0', /got 1e400, which would become Infinity/],
  [`[${'1'.repeat(100)}]`, 'number', '/0', /got 1{64}…, which/],
  ['"\\ud800"', 'lone-surrogate', '', /not hold a lone surrogate, got "\\ud800"/],
  ['"\ud800"', 'lone-surrogate', '', /lone surrogate/],
  ['"\\ude00\\ud83d"', 'lone-surrogate', '', /lone surrogate/],
  ['{"\\udfff":1}', 'lone-surrogate', '', /lone surrogate/],
  ['["a\\u0000b"]', 'nul', '/0', /not hold a NUL character, got "a\\u0000b"/],
  ['{"\\u0000":1}', 'nul', '', /NUL/],
];

describe('parseStrictJson', () => {
  for (const text of ACCEPTED) {
    it(`takes ${JSON.stringify(text.slice(0, 40))}`, () => {
      const expected = { kind: 'json', value: JSON.parse(text) as unknown };
      assert.deepEqual(parseStrictJson(text), expected);
      assert.deepEqual(parseStrictJson(Buffer.from(text)), expected);
    });
  }

  for (const [text, rule, pointer, must] of REFUSED) {
    it(`refuses ${JSON.stringify(text.slice(0, 40))}: ${rule}`, () => {
      const parsed = parseStrictJson(text);
      assert.deepEqual({ ...parsed, must: '' }, { kind: 'refused', rule, pointer, must: '' });
      assert.match(parsed.kind === 'refused' ? parsed.must : '', must);
    });
  }

  const NOT_UTF8 = [
    [0xff],
    [0x22, 0xff, 0x22],
    [0x22, 0xc3, 0x22],
    [0x22, 0xed, 0xa0, 0x80, 0x22],
    [0x22, 0xc0, 0x80, 0x22],
  ];
  for (const bytes of NOT_UTF8) {
    it(`refuses the bytes ${Buffer.from(bytes).toString('hex')}: utf-8`, () => {
      const parsed = parseStrictJson(Uint8Array.from(bytes));
      assert.equal(parsed.kind === 'refused' && parsed.rule, 'utf-8');
    });
  }

  it('reads a part of a larger buffer', () => {
    const whole = Buffer.from('xx{"a":1}xx');
    const expected = { kind: 'json', value: { a: 1 } };
    assert.deepEqual(parseStrictJson(whole.subarray(2, 9)), expected);
    assert.deepEqual(parseStrictJson(new Uint8Array(whole.buffer, whole.byteOffset + 2, 7)), expected);
  });

  it('takes U+FFFD that was really written, and a byte order mark inside', () => {
    assert.equal(parseStrictJson(Buffer.from('["\ufffd","\ufeff"]')).kind, 'json');
  });

  it('points to the nearest place whose pointer is not overlong, and bounds what it quotes', () => {
    const long = 'k'.repeat(1_000_000);
    const parsed = parseStrictJson(`{"a":{"${long}":{"b":["${long}\\u0000"]}}}`);
    assert.equal(parsed.kind === 'refused' && parsed.pointer, '/a');
    assert.ok(JSON.stringify(parsed).length < 300);
  });
});

describe('parseStrictJson against a slow reference', () => {
  it('takes exactly what breaks no rule, and names one that is broken', () => {
    fc.assert(
      fc.property(fc.oneof(jsonText, mutated(jsonText)), (text) => {
        const broken = rulesBroken(text);
        const parsed = parseStrictJson(text);
        if (parsed.kind === 'json') {
          assert.deepEqual([...broken], [], text);
          assert.deepEqual(parsed.value, JSON.parse(text));
        } else {
          // In what is no JSON, the reference may not see as tokens what stands before the fault.
          assert.ok(broken.has(parsed.rule) || broken.has('syntax'), `${parsed.rule} of ${[...broken]} in ${text}`);
          assert.ok(parsed.must.length < 300);
        }
      }),
      {
        numRuns: 5_000,
        examples: [['0e1000000000000000055'], ['1e-1000000000000000055'], ['-0.0e-99999999999999999999']],
      },
    );
  });

  it('reads bytes as it reads their text', () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        if (text.isWellFormed()) assert.deepEqual(parseStrictJson(Buffer.from(text)), parseStrictJson(text));
      }),
    );
  });

  it('takes no bytes that are not UTF-8, and never throws', () => {
    const bytes = fc.tuple(jsonText, fc.uint8Array({ maxLength: 4 }), fc.nat(50)).map(([text, wild, at]) => {
      const sane = Buffer.from(text);
      return Buffer.concat([sane.subarray(0, at), wild, sane.subarray(at)]);
    });
    fc.assert(
      fc.property(fc.oneof(bytes, fc.uint8Array()), (given) => {
        const parsed = parseStrictJson(given);
        if (parsed.kind === 'json')
          assert.deepEqual(Buffer.from(new TextDecoder('utf-8', { fatal: true }).decode(given)), Buffer.from(given));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('parseStrictJson under attack', () => {
  for (const unit of ['[', '{"a":', '[{"a":']) {
    it(`refuses a million times ${unit}, without a deep stack`, () => {
      const parsed = parseStrictJson(unit.repeat(1_000_000));
      assert.equal(parsed.kind === 'refused' && parsed.rule, 'depth');
    });
  }

  const SHAPES: readonly (readonly [name: string, (size: number) => string])[] = [
    ['many keys', (size) => `{${Array.from({ length: size }, (_, index) => `"key-${index}":1`).join()}}`],
    ['a long string', (size) => `"${'ab'.repeat(size * 4)}"`],
    ['many escapes', (size) => `"${'\\u00e9'.repeat(size)}"`],
    ['many surrogates', (size) => `["${'\\ud83d\\ude00'.repeat(size)}","${'😀'.repeat(size)}"]`],
    ['a long number', (size) => `0.${'0'.repeat(size * 4)}1`],
    ['many numbers', (size) => `[${'1.5,'.repeat(size)}1]`],
    ['much space', (size) => ' '.repeat(size * 4)],
    ['an unfinished string', (size) => `"${'\\\\'.repeat(size)}`],
  ];
  for (const [name, shape] of SHAPES) {
    it(`takes time that grows no faster than ${name}`, () => {
      const [small, large] = [shape(10_000), shape(160_000)];
      // Sixteen times the size: about 16 where time is linear, 256 where it is quadratic. The best of some runs is free of noise.
      assert.ok(bestMs(large) < 100 * Math.max(bestMs(small), 0.1), name);
    });
  }
});

function bestMs(text: string): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 5; run++) {
    const startedAtMs = performance.now();
    parseStrictJson(text);
    best = Math.min(best, performance.now() - startedAtMs);
  }
  return best;
}
