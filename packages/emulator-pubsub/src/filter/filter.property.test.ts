import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Attributes, MAX_FILTER_BYTES, parseFilter } from './filter.ts';

type Expression =
  | { readonly is: 'has'; readonly key: string }
  | { readonly is: '=' | '!=' | 'prefix'; readonly key: string; readonly value: string }
  | { readonly is: 'not'; readonly of: Expression; readonly sign: 'NOT ' | '-' }
  | { readonly is: 'AND' | 'OR'; readonly of: readonly Expression[] };

// Few keys and values, so that expressions and attributes meet.
const key = fc.constantFrom('a', 'b-c', '_1', '__proto__', 'x.y', 'NOT', '"', 'é');
const value = fc.constantFrom('', 'v', 'vw', '\\', '"', "'", '\n', '\u0000', '\u{1f600}', 'AND');

const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ is: fc.constant('has' as const), key }),
    fc.record({ is: fc.constantFrom('=' as const, '!=' as const, 'prefix' as const), key, value }),
    fc.record({ is: fc.constant('not' as const), of: tie('expression'), sign: fc.constantFrom('NOT ', '-') }),
    fc.record({
      is: fc.constantFrom('AND' as const, 'OR' as const),
      of: fc.array(tie('expression'), { minLength: 2, maxLength: 3 }),
    }),
  ),
}));

const attributes: fc.Arbitrary<Attributes> = fc
  .uniqueArray(fc.tuple(key, value), { selector: ([name]) => name })
  .map((entries) => Object.fromEntries(entries));

/** JSON's escapes are also the language's. */
const literal = (text: string): string => JSON.stringify(text);
const printedKey = (name: string): string => (/^[\w-]+$/.test(name) ? name : literal(name));

function printed(node: Expression): string {
  switch (node.is) {
    case 'has':
      return `attributes:${printedKey(node.key)}`;
    case '=':
    case '!=':
      return `attributes.${printedKey(node.key)}${node.is}${literal(node.value)}`;
    case 'prefix':
      return `hasPrefix(attributes.${printedKey(node.key)},${literal(node.value)})`;
    case 'not':
      return `${node.sign}${node.of.is === 'not' ? `(${printed(node.of)})` : group(node.of)}`;
    case 'AND':
    case 'OR':
      return node.of.map(group).join(` ${node.is} `);
    default:
      return node satisfies never;
  }
}

const group = (node: Expression): string =>
  node.is === 'AND' || node.is === 'OR' ? `(${printed(node)})` : printed(node);

function holds(node: Expression, of: ReadonlyMap<string, string>): boolean {
  switch (node.is) {
    case 'has':
      return of.has(node.key);
    case '=':
      return of.get(node.key) === node.value;
    case '!=':
      return of.get(node.key) !== node.value;
    case 'prefix':
      return of.get(node.key)?.indexOf(node.value) === 0;
    case 'not':
      return !holds(node.of, of);
    case 'AND':
      return node.of.every((each) => holds(each, of));
    case 'OR':
      return node.of.some((each) => holds(each, of));
    default:
      return node satisfies never;
  }
}

test('a printed expression means what its tree means', () => {
  let matched = 0;
  fc.assert(
    fc.property(expression, attributes, (tree, given) => {
      const text = printed(tree);
      fc.pre(Buffer.byteLength(text) <= MAX_FILTER_BYTES);
      const filter = parseFilter(text);
      assert.equal(filter.kind, 'filter', `${text}: ${'detail' in filter ? filter.detail : ''}`);
      const expected = holds(tree, new Map(Object.entries(given)));
      if (filter.kind === 'filter') assert.equal(filter.matches(given), expected, text);
      if (expected) matched++;
    }),
    { numRuns: 3000 },
  );
  assert.ok(matched > 300, `only ${matched} matched`);
});

const fragment = fc.constantFrom(
  ...['attributes', '.', ':', '=', '!=', '"v"', "'", '"', '\\', '(', ')', ',', '-', 'AND', 'OR', 'NOT', 'hasPrefix'],
  ...[' ', '\n', '\u0000', '\ud800', 'k', '__proto__', '\\u00'],
);

test('any text is a filter or faulty with a bounded detail, never a throw', () => {
  const text = fc.oneof(
    fc.array(fragment, { maxLength: 60 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 300 }),
  );
  fc.assert(
    fc.property(text, attributes, (given, of) => {
      const filter = parseFilter(given);
      if (filter.kind === 'filter') assert.equal(typeof filter.matches(of), 'boolean');
      else assert.ok(filter.detail.length < 300, filter.detail);
    }),
    { numRuns: 5000 },
  );
});

test('hostile texts are answered in a moment', () => {
  const deepest = `${'('.repeat(122)}attributes:a${')'.repeat(122)}`;
  const startMs = performance.now();
  const kinds = [
    deepest,
    '('.repeat(256),
    '-('.repeat(128),
    '('.repeat(1_000_000),
    `attributes:"${'\\'.repeat(243)}`,
    `attributes.a="${'\\"'.repeat(121)}`,
    ' '.repeat(1_000_000),
    '\u0000'.repeat(256),
  ].map((text) => parseFilter(text).kind);
  assert.deepEqual(kinds, ['filter', ...Array.from({ length: 7 }, () => 'faulty')]);
  assert.ok(performance.now() - startMs < 10_000);
});
