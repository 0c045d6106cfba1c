import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@sluice/testing';
import { newIdentity } from './format.ts';
import { encodeGroup } from './group.ts';
import { faultyFileSystem } from './index.ts';
import { Segment } from './segment.ts';
import { TailCache } from './tail-cache.ts';

/** A log's cache and what was put into it: one byte value, repeated, for each entry. */
class Sample {
  readonly cache = new TailCache();
  readonly #segment = new Segment(faultyFileSystem(), '/data/00000000000000000000.log', newIdentity(0));
  readonly #sizes: number[] = [];

  get endOffset(): number {
    return this.#sizes.length;
  }

  addGroup(sizes: readonly number[]): void {
    const firstOffset = this.endOffset;
    const pending = sizes.map((size, index) => {
      const offset = firstOffset + index;
      const payload = [Buffer.alloc(size, 1 + (offset % 255))];
      const entry = { count: 1, timestampMs: 0, payload };
      return { offset, entry, bytes: 36 + size, resolve: () => undefined, reject: () => undefined };
    });
    this.#sizes.push(...sizes);
    this.cache.add(firstOffset, encodeGroup(pending, this.#segment), this.endOffset);
  }

  /** @returns how many entries were at hand. */
  check(offset: number, maxBytes: number): number {
    const entries = this.cache.read(offset, maxBytes);
    let left = maxBytes;
    for (const [index, entry] of entries?.entries() ?? []) {
      assert.equal(entry.offset, offset + index);
      assert.equal(entry.payload.length, this.#sizes[entry.offset]);
      assert.ok(entry.payload.equals(Buffer.alloc(entry.payload.length, 1 + (entry.offset % 255))));
      left -= entry.payload.length;
      assert.ok(left >= 0 || index === 0);
    }
    if (entries !== undefined) assert.ok(entries.length > 0 || offset === this.endOffset);
    return entries?.length ?? 0;
  }
}

test('an entry that does not fit ends a read, also where a smaller one follows in the next group', () => {
  const sample = new Sample();
  for (const size of [40, 500, 10]) sample.addGroup([size]);
  assert.equal(sample.check(0, 60), 1);
  assert.equal(sample.check(1, 60), 1);
  assert.equal(sample.check(0, 550), 3);
  sample.cache.clear();
  assert.equal(sample.check(0, 60), 0);
});

test('a group too large to be kept leaves no hole', () => {
  const sample = new Sample();
  sample.addGroup([10]);
  sample.addGroup([5_000_000]);
  sample.addGroup([20]);
  assert.deepEqual(
    [0, 1, 2].map((offset) => sample.check(offset, 1e9)),
    [0, 0, 1],
  );
});

test('several logs share one memory, and none ever reads what another wrote over it', () => {
  const random = seededRandom(7);
  const samples = Array.from({ length: 5 }, () => new Sample());
  let hits = 0;
  let written = 0;
  while (written < 150 * 1024 * 1024) {
    const sample = random.pick(samples);
    const largest = random.below(40) === 0 ? 1_500_000 : 60_000;
    const sizes = Array.from({ length: 1 + random.below(4) }, () => random.below(largest));
    sample.addGroup(sizes);
    written += sizes.reduce((sum, size) => sum + size, 0);
    for (const reader of samples) {
      const offset = Math.max(0, reader.endOffset - random.below(150));
      hits += reader.check(offset, random.below(100_000)) > 0 ? 1 : 0;
    }
    if (sizes.reduce((sum, size) => sum + size, 0) < 1_000_000) assert.ok(sample.check(sample.endOffset - 1, 1) === 1);
  }
  assert.ok(hits > 50, `${hits} reads from memory`);
});
