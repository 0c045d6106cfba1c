import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { recordDigest } from './digest.ts';
import type { BrokerRecord } from './record.ts';

/** From few short parts, so that parts often look alike when they are put together. */
const bytes = fc.option(fc.string({ unit: fc.constantFrom('a', 'b', '\0', '\u0001'), maxLength: 3 }).map(Buffer.from));
const headers = fc.array(fc.record({ name: fc.constantFrom('', 'a', 'b', 'ab'), value: bytes }), { maxLength: 4 });
const record: fc.Arbitrary<BrokerRecord> = fc.record({
  topic: fc.constant('t'),
  position: fc.constant({ kind: 'offset', partition: 0, offset: 1 } as const),
  timestampMs: fc.integer({ min: 0, max: 12 }),
  key: bytes,
  value: bytes,
  headers,
});

/** What the digest tells apart, as plain data: headers in the order of names, those of one name in their own order. */
function essence({ timestampMs, key, value, headers: given }: BrokerRecord): unknown {
  const hex = (buffer: Buffer | null): string | null => buffer?.toString('hex') ?? null;
  const names = [...new Set(given.map(({ name }) => name))].sort();
  const grouped = names.map((wanted) => [
    wanted,
    given.filter(({ name }) => name === wanted).map((header) => hex(header.value)),
  ]);
  return [timestampMs, hex(key), hex(value), grouped];
}

describe('recordDigest', () => {
  it('is the same for two records exactly where key, value, headers and timestamp are', () => {
    fc.assert(
      fc.property(record, record, (one, other) => {
        const same = JSON.stringify(essence(one)) === JSON.stringify(essence(other));
        assert.equal(recordDigest(one) === recordDigest(other), same);
      }),
      { numRuns: 5_000 },
    );
  });

  it('does not change when headers of different names change places', () => {
    fc.assert(
      fc.property(record, fc.array(fc.nat(99), { minLength: 4, maxLength: 4 }), (given, keys) => {
        const rank = new Map(['', 'a', 'b', 'ab'].map((name, index) => [name, keys[index] ?? 0]));
        const shuffled = given.headers.toSorted((a, b) => (rank.get(a.name) ?? 0) - (rank.get(b.name) ?? 0));
        const distinctRanks = new Set(rank.values()).size === rank.size;
        if (distinctRanks) assert.equal(recordDigest({ ...given, headers: shuffled }), recordDigest(given));
      }),
    );
  });

  const base: BrokerRecord = {
    topic: 't',
    position: { kind: 'offset', partition: 0, offset: 1 },
    timestampMs: 1,
    key: Buffer.from('k'),
    value: Buffer.from('v'),
    headers: [{ name: 'h', value: Buffer.from('1') }],
  };
  const changes: readonly (readonly [string, Partial<BrokerRecord>])[] = [
    ['the timestamp', { timestampMs: 2 }],
    ['the key', { key: Buffer.from('K') }],
    ['an absent key', { key: null }],
    ['an empty key', { key: Buffer.alloc(0) }],
    ['the value', { value: Buffer.from('V') }],
    ['a byte moved from key to value', { key: Buffer.alloc(0), value: Buffer.from('kv') }],
    ['a header’s value', { headers: [{ name: 'h', value: Buffer.from('2') }] }],
    ['a header’s absent value', { headers: [{ name: 'h', value: null }] }],
    ['a repeated header', { headers: [...base.headers, ...base.headers] }],
    ['no header', { headers: [] }],
  ];
  for (const [what, change] of changes) {
    it(`tells ${what} apart`, () => assert.notEqual(recordDigest({ ...base, ...change }), recordDigest(base)));
  }

  it('stays what it was when the position was stored, and knows nothing of the place', () => {
    assert.equal(recordDigest(base), '15c9900f64f23f19ab16994dc918b102e64822cc1f70707b0cfb9f8c1fb72596');
    assert.equal(
      recordDigest({ ...base, topic: 'x', position: { kind: 'message', messageId: 'm' } }),
      recordDigest(base),
    );
  });

  it('tells values of one header apart by their order', () => {
    const [one, two] = [Buffer.from('1'), Buffer.from('2')].map((value) => ({ name: 'h', value }));
    if (!one || !two) throw new Error('unreachable');
    assert.notEqual(recordDigest({ ...base, headers: [one, two] }), recordDigest({ ...base, headers: [two, one] }));
  });
});
