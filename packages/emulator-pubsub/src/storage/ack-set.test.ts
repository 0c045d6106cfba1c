import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@sluice/testing';
import fc from 'fast-check';
import { decodeAcks, encodeAcks, rangesOfOffsets, rangesOfState } from './ack-codec.ts';
import { AckSet } from './ack-set.ts';
import type { AckState } from './storage.ts';

/** What a plain set of offsets amounts to. */
function stateOf(offsets: ReadonlySet<number>): AckState {
  const ranges: [number, number][] = [];
  for (const offset of [...offsets].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === offset) last[1] = offset + 1;
    else ranges.push([offset, offset + 1]);
  }
  const [first] = ranges;
  return first?.[0] === 0 ? { below: first[1], ranges: ranges.slice(1) } : { below: 0, ranges };
}

/** Around the borders of words and pages most of all. */
const offset = fc.oneof(
  fc.nat(200),
  fc.nat(20_000),
  fc.tuple(fc.nat(4), fc.integer({ min: -2, max: 2 })).map(([page, by]) => Math.max(0, page * 4096 + by)),
);

const change = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), offset }),
  fc.record({ kind: fc.constant('range' as const), from: offset, to: offset }),
);

test('an ack set holds what a plain set of offsets holds, whatever was added in which order', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const acks = new AckSet();
      const model = new Set<number>();
      for (const each of changes) {
        if (each.kind === 'add') {
          acks.add(each.offset);
          model.add(each.offset);
        } else {
          acks.addRange(each.from, each.to);
          for (let at = each.from; at < each.to; at += 1) model.add(at);
        }
        assert.deepEqual(acks.state, stateOf(model));
      }
      for (let at = 0; at < 20_500; at += 1) if (acks.has(at) !== model.has(at)) assert.fail(`has(${at})`);
      assert.deepEqual(AckSet.of(acks.state).state, acks.state);
    }),
    { numRuns: 150 },
  );
});

test('a state is the same object until something changes', () => {
  const acks = new AckSet();
  acks.add(3);
  const { state } = acks;
  acks.add(3);
  assert.equal(acks.state, state);
  acks.add(4);
  assert.deepEqual(state, { below: 0, ranges: [[3, 4]] });
  assert.deepEqual(acks.state, { below: 0, ranges: [[3, 5]] });
});

test('offsets far beyond 32 bits are told apart', () => {
  const far = 2 ** 45;
  const acks = AckSet.of({ below: far, ranges: [[far + 5, far + 10_000]] });
  acks.add(far + 1);
  assert.equal(acks.has(far), false);
  acks.add(far);
  assert.deepEqual(acks.state, { below: far + 2, ranges: [[far + 5, far + 10_000]] });
});

const COUNT = 1_000_000;

const orders: Record<string, () => Iterable<number>> = {
  'nearly increasing': () => Array.from({ length: COUNT }, (_, index) => index ^ 7),
  reverse: () => Array.from({ length: COUNT }, (_, index) => COUNT - 1 - index),
  random: () => {
    const random = seededRandom(7);
    const offsets = Uint32Array.from({ length: COUNT }, (_, index) => index);
    for (let at = COUNT - 1; at > 0; at -= 1) {
      const other = random.below(at + 1);
      [offsets[at], offsets[other]] = [offsets[other] ?? 0, offsets[at] ?? 0];
    }
    return offsets;
  },
};

for (const [name, offsets] of Object.entries(orders)) {
  test(`a million acknowledgements in ${name} order take well under five seconds and come to one watermark`, () => {
    const acks = new AckSet();
    const order = offsets();
    const start = performance.now();
    for (const each of order) acks.add(each);
    const tookMs = performance.now() - start;
    assert.deepEqual(acks.state, { below: COUNT, ranges: [] });
    assert.ok(tookMs < 5_000, `${tookMs} ms`);
  });
}

test('an entry of the log says the same read as written', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(offset, fc.maxSafeNat()), { maxLength: 30 }), fc.boolean(), (offsets, isSnapshot) => {
      const state = stateOf(new Set(offsets));
      const ranges = rangesOfOffsets(offsets);
      assert.deepEqual(ranges, rangesOfState(state));
      assert.deepEqual(decodeAcks(encodeAcks({ isSnapshot, ranges })), { isSnapshot, ranges });
    }),
  );
});
