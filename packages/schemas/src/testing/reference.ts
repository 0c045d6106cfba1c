import fc from 'fast-check';
import type { JsonRule } from '../json/json-fault.ts';

/**
 * Every rule that a text breaks, found one after another by the plainest means there are: what strict JSON is tested
 * against.
 */
export function rulesBroken(text: string): Set<JsonRule> {
  const broken = new Set<JsonRule>();
  if (text.startsWith('\ufeff')) return broken.add('byte-order-mark');
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|[{}[\],:]/g) ?? [];
  if (deepest(tokens) > 32) broken.add('depth');
  try {
    JSON.parse(text);
  } catch {
    broken.add('syntax');
  }
  for (const token of tokens) {
    const string = token.startsWith('"') ? stringOf(token) : undefined;
    if (string !== undefined && !string.isWellFormed()) broken.add('lone-surrogate');
    if (string?.includes('\0')) broken.add('nul');
    if (/^[-0-9]/.test(token) && isNumber(token) && !keepsItsValue(token)) broken.add('number');
  }
  for (const keys of keysOfObjects(tokens)) {
    if (new Set(keys).size !== keys.length) broken.add('duplicate-key');
    if (keys.includes('__proto__')) broken.add('proto-key');
  }
  return broken;
}

function deepest(tokens: readonly string[]): number {
  let depth = 0;
  let most = 0;
  for (const token of tokens) {
    if (token === '[' || token === '{') most = Math.max(most, ++depth);
    if (token === ']' || token === '}') depth--;
  }
  return most;
}

/** Keys are the strings before a colon; the objects they are in, those open there. */
function keysOfObjects(tokens: readonly string[]): string[][] {
  const all: string[][] = [];
  const open: string[][] = [];
  for (const [index, token] of tokens.entries()) {
    if (token === '{' || token === '[') {
      const keys: string[] = [];
      all.push(keys);
      open.push(keys);
    }
    if (token === '}' || token === ']') open.pop();
    const key = tokens[index + 1] === ':' && token.startsWith('"') ? stringOf(token) : undefined;
    if (key !== undefined) open.at(-1)?.push(key);
  }
  return all;
}

function stringOf(token: string): string | undefined {
  try {
    return JSON.parse(token) as string;
  } catch {
    return undefined;
  }
}

function isNumber(token: string): boolean {
  try {
    return typeof JSON.parse(token) === 'number';
  } catch {
    return false;
  }
}

/** Whether the number and its double as it is printed are the same fraction. */
export function keepsItsValue(token: string): boolean {
  const double = Number(token);
  if (!Number.isFinite(double)) return false;
  // Of zero, and of what is read as zero, the exponent may have any size.
  if (double === 0) return !/[1-9]/.test(token.replace(/e.*/i, ''));
  const [a, b] = fractionOf(token);
  const [c, d] = fractionOf(String(double));
  return a * d === c * b;
}

/** The decimal value as a fraction of whole numbers. */
function fractionOf(decimal: string): readonly [numerator: bigint, denominator: bigint] {
  const [mantissa = '', exponent = '0'] = decimal.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const shift = BigInt(exponent) - BigInt(fraction.length);
  const numerator = BigInt(whole.replace('-', '') + fraction) * (whole.startsWith('-') ? -1n : 1n);
  return shift >= 0n ? [numerator * 10n ** shift, 1n] : [numerator, 10n ** -shift];
}

const piece = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('a', 'b', 'é', '😀', ' ', '{', ',', '\ufffd', '\u2028') },
  {
    weight: 4,
    arbitrary: fc.constantFrom('\\n', '\\"', '\\\\', '\\/', '\\u0061', '\\u00E9', '\\ud83d\\ude00', '\\ufeff'),
  },
  { weight: 1, arbitrary: fc.constantFrom('\\u0000', '\\ud83d', '\\uDE00', '\ud83d', '\\x', '\\u12', '\n') },
);
const string = fc.array(piece, { maxLength: 6 }).map((pieces) => `"${pieces.join('')}"`);
const key = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('"a"', '"b"', '"c"', '"d"', '"e"', '""', '"\\u0061"', '"constructor"') },
  { weight: 2, arbitrary: string },
  { weight: 1, arbitrary: fc.constantFrom('"__proto__"', '"__pr\\u006fto__"') },
);
const number = fc.oneof(
  { weight: 4, arbitrary: fc.integer().map(String) },
  { weight: 4, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('-0', '1.0', '1e2', '1E+2', '0.5e-3', '123456789012345', '9007199254740992'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('1e400', '1e-400', '9007199254740993', '0.1000000000000000055', '01', '1.', '-'),
  },
);
const space = fc.constantFrom('', '', '', ' ', '\n\t', '\r');
const spaced = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(space, text, space).map((parts) => parts.join(''));
const list = (items: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.array(items, { maxLength: 5 }).map((texts) => texts.join());

/** Mostly JSON, with everything that strict JSON refuses strewn in. */
export const jsonText: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: spaced(
    fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc.constantFrom('null', 'true', 'false'),
      string,
      number,
      list(tie('value')).map((items) => `[${items}]`),
      list(fc.tuple(spaced(key), tie('value')).map((member) => member.join(':'))).map((members) => `{${members}}`),
      fc.tuple(fc.integer({ min: 28, max: 33 }), tie('value')).map(([n, text]) => '['.repeat(n) + text + ']'.repeat(n)),
    ),
  ),
})).value;

/** With one character taken out, put in or put in place of another. */
export function mutated(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const character = fc.constantFrom(
    '',
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '0',
    '.',
    'e',
    '-',
    't',
    ' ',
    '\0',
    '\ufeff',
    '\ud800',
  );
  return fc.tuple(text, fc.nat(1_000), fc.nat(1), character).map(([given, at, taken, put]) => {
    const place = at % (given.length + 1);
    return given.slice(0, place) + put + given.slice(place + taken);
  });
}
