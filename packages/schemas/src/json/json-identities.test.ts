import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canonicalText, isSameSchema } from './canonical-json.ts';
import { JsonIdentities } from './json-identities.ts';
import type { JsonValue } from './strict-json.ts';

const value: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom<JsonValue[]>(null, true, 0, 1, -1, '', '1', 'a', '"', '1:1', '#0', '{', '[', 'null'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', '1:a', '#0', 'toString'), tie('value'), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
})).value;

/** The same with its keys in the opposite order. */
const turned = (given: JsonValue): JsonValue =>
  Array.isArray(given)
    ? given.map(turned)
    : typeof given === 'object' && given !== null
      ? Object.fromEntries(
          Object.entries(given)
            .reverse()
            .map(([key, member]) => [key, turned(member)]),
        )
      : given;

describe('JsonIdentities', () => {
  it('gives one identity to equal values, and to no others', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        const identities = new JsonIdentities();
        assert.equal(identities.of(a) === identities.of(b), isSameSchema(a, b), JSON.stringify([a, b]));
        assert.equal(identities.of(a), identities.of(turned(a)));
        assert.deepEqual(identities.repeatIn([a, [b], turned(a)]), isSameSchema(a, [b]) ? [0, 1] : [0, 2]);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('canonicalText', () => {
  it('is one text for equal values, and another for others', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        assert.equal(canonicalText(a) === canonicalText(b), isSameSchema(a, b), JSON.stringify([a, b]));
        assert.equal(canonicalText(a), canonicalText(turned(a)));
      }),
      { numRuns: 3_000 },
    );
  });

  it('is given up exactly where it would be too long', () => {
    fc.assert(
      fc.property(value, fc.nat(40), (given, maxLength) => {
        const text = canonicalText(given) ?? '';
        assert.equal(canonicalText(given, maxLength), text.length > maxLength ? undefined : text);
      }),
      { numRuns: 3_000 },
    );
  });
});
