import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { linearPattern, MAX_BRANCHING_SIZE, MAX_PATTERN_SIZE } from './linear-pattern.ts';

const [REFUSED, MATCHES, DIFFERS]: [
  (readonly [source: string, detail: RegExp])[],
  (readonly [source: string, text: string])[],
  (readonly [source: string, text: string])[],
] = [
  [
    ['(', /be a regular expression \(ECMA-262\)/],
    ['a**', /be a regular expression/],
    ['[b-a]', /be a regular expression/],
    ['(a)\\1', /no back-reference, which RE2 cannot do: \\1; got "\(a\)\\\\1"/],
    ['(?<x>a)\\k<x>', /no back-reference/],
    ['a(?=b)', /no look-around, which RE2 cannot do in linear time: \(\?=/],
    ['a(?!b)', /no look-around.*\(\?!/],
    ['(?<=a)b', /no look-around.*\(\?<=/],
    ['(?<!a)b', /no look-around.*\(\?<!/],
    ['a{1000}{1000}', /be a regular expression/],
    ['(?:a{200}){200}', /unroll to at most 1000 steps, not to 40001/],
    ['((((a{9}){9}){9}){9}){9}', /unroll to at most 1000 steps/],
    ['(?:){999}', /unroll to at most 64 steps, not to 1000/],
    ['(?:(?:){999}){2}', /unroll to at most 1000/],
    ['a{1001}', /repeat at most 1000 times, as RE2 does, not "\{1001\}"/],
    ['a.{100}$', /unroll to at most 64 steps, not to 103, unless it goes from \^ to \$/],
    ['^(?:a?){50}a{50}$', /unroll to at most 64 steps/],
    ['a'.repeat(MAX_PATTERN_SIZE + 1), /unroll to at most 1000 steps/],
    [`${'('.repeat(5_000)}a${')'.repeat(5_000)}`, /nest at most 100 groups/],
    ['\\p{Script_Extensions=Greek}', /Unicode properties that RE2 knows/],
    ['\\ud800', /no lone surrogate/],
  ],
  [
    ['b', 'abc'],
    ['^b$', 'b'],
    ['', ''],
    ['^\\s+$', ' \t\u00a0\u2028\u3000\ufeff'],
    ['^.$', '😀'],
    ['^[^]$', '\n'],
    ['^\\S$', 'é'],
    ['^[\\S]$', 'é'],
    ['^\\u{1F600}\\ud83d\\ude00[😀-😂]$', '😀😀😁'],
    ['^\\cJ\\x41\\0?\\/\\-\\t$', '\nA/-\t'],
    ['^[\\w-.]+$', 'a-b.c'],
    ['^[[:alpha:]]$', '[]'],
    ['^[a&&b]+$', '&&'],
    ['^a{,2}$', 'a{,2}'],
    ['^\\p{Lu}\\p{Letter}\\p{Script=Greek}\\P{L}$', 'AéΩ1'],
    ['^(?<year>\\d{4})-(?:a|b)??$', '2024-'],
    ['^[\\b]$', '\b'],
    [`^\\u{${'0'.repeat(50)}61}a{${'0'.repeat(50)}2}$`, 'aaa'],
    ['\\bcat\\b', 'a cat!'],
  ],
  [
    ['^a$', 'a\n'],
    ['^.$', '\u2028'],
    ['^.$', '\r'],
    ['^\\d$', '٣'],
    ['^\\w$', 'é'],
    ['[]', 'a'],
    ['^\\S$', '\u00a0'],
    ['^[^\\s]$', '\ufeff'],
    ['^[A-Z]+$', 'a'],
    ['\\Bcat', 'cat'],
  ],
];

describe('linearPattern', () => {
  for (const [source, detail] of REFUSED) {
    it(`refuses ${JSON.stringify(source.slice(0, 40))}`, () => {
      const verdict = linearPattern(source);
      assert.equal(verdict.kind, 'refused');
      assert.match(verdict.detail, detail);
      assert.ok(verdict.detail.length < 400);
    });
  }

  const test = (source: string, text: string): boolean => {
    const pattern = linearPattern(source);
    assert.equal(pattern.kind, 'pattern', JSON.stringify(pattern));
    return pattern.test(text);
  };
  for (const [source, text] of MATCHES) {
    it(`finds ${source} in ${JSON.stringify(text)}`, () => assert.equal(test(source, text), true));
  }
  for (const [source, text] of DIFFERS) {
    it(`does not find ${source} in ${JSON.stringify(text)}`, () => assert.equal(test(source, text), false));
  }

  it('takes long patterns where each character tells the way', () => {
    for (const source of ['^.{1,400}$', '^[^@]{1,64}@[^@]{1,190}$', '^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$']) {
      const pattern = linearPattern(source);
      assert.ok(pattern.kind === 'pattern', source);
      assert.deepEqual([pattern.stepsPerCharacter, pattern.size > 36], [1, true]);
    }
  });

  it('takes no more steps for a character than it says, whatever the text', () => {
    let random = 1;
    const next = (): string => {
      random = (random * 1_103_515_245 + 12_345) % 2 ** 31;
      return random & 0x10000 ? 'a' : 'b';
    };
    const text = `${Array.from({ length: 100_000 }, next).join('')}c`;
    const plain = linearPattern('[ab]c');
    const branching = linearPattern(`a[ab]{${MAX_BRANCHING_SIZE - 4}}c`);
    assert.ok(plain.kind === 'pattern' && branching.kind === 'pattern');
    let leastMs = Number.POSITIVE_INFINITY;
    for (let run = 0; run < 3; run++) {
      const before = process.cpuUsage();
      branching.test(text);
      const { user, system } = process.cpuUsage(before);
      leastMs = Math.min(leastMs, (user + system) / 1_000);
    }
    // Half a second where there are 300 ways, which is refused.
    assert.ok(leastMs < 200, `${leastMs} ms`);
    assert.equal(plain.test(text), true);
  });

  it('takes time that grows no faster than the text, whatever the pattern', () => {
    for (const source of ['^(a+)+$', '(a|a)*b', '(a*)*b', '^(([a-z])+.)+[A-Z]([a-z])+$']) {
      const pattern = linearPattern(source);
      assert.ok(pattern.kind === 'pattern');
      const startedAtMs = performance.now();
      pattern.test(`${'a'.repeat(100_000)}!`);
      // Where an engine tries one way after another, 30 characters take seconds.
      assert.ok(performance.now() - startedAtMs < 2_000, source);
    }
  });
});

const atom = fc.constantFrom(
  ...['a', 'b', '.', '\\d', '\\D', '\\w', '\\W', '\\s', '\\S', '\\b', '\\B', '^', '$', '\\n', '\\u00e9', '\\x62'],
  ...[
    '[ab]',
    '[^ab]',
    '[a-c\\d]',
    '[\\s\\S]',
    '[^\\s]',
    '[\\W_]',
    '[.]',
    '[^]',
    '[]',
    '[-a]',
    '\\.',
    '\\/',
    '-',
    ',',
    '😀',
  ],
);
const regex = fc.letrec<{ re: string }>((tie) => ({
  re: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    atom,
    fc.tuple(tie('re'), tie('re')).map((parts) => parts.join('')),
    fc.tuple(tie('re'), tie('re')).map((parts) => `(?:${parts.join('|')})`),
    fc
      .tuple(tie('re'), fc.constantFrom('*', '+', '?', '*?', '+?', '??', '{2}', '{0}', '{1,}', '{0,2}', '{1,3}?'))
      .map(([inner, count]) => `(?:${inner})${count}`),
    tie('re').map((inner) => `(${inner})`),
  ),
})).re;
const text = fc.string({
  unit: fc.constantFrom('a', 'b', 'c', '1', '_', ' ', '\n', '\r', '\u2028', '\u00a0', 'é', '.', '-', '😀'),
  maxLength: 8,
});

describe('linearPattern against the engine', () => {
  it('finds what ECMAScript finds, with the flag u', () => {
    let compared = 0;
    fc.assert(
      fc.property(regex, fc.array(text, { minLength: 5, maxLength: 5 }), (source, texts) => {
        const pattern = linearPattern(source);
        if (pattern.kind === 'refused') {
          assert.match(pattern.detail, /unroll to at most/);
          return;
        }
        const expected = new RegExp(source, 'u');
        for (const given of texts) {
          // V8 finds \B between the two halves of a character, where by ECMA-262 no search begins.
          if (source.includes('\\B') && given.includes('😀')) continue;
          assert.equal(pattern.test(given), expected.test(given), JSON.stringify([source, given]));
        }
        compared++;
      }),
      { numRuns: 3_000 },
    );
    assert.ok(compared > 2_000);
  });
});
