import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { BrokerRecord } from '@sluice/core';
import fc from 'fast-check';
import { rawBatch, rawRecord } from '../testing/raw-batch.ts';
import { MAX_BATCH_BYTES } from './decompress.ts';
import { readRecords } from './record-reader.ts';

const PLACE = { topic: 'topic', partition: 3 };

function read(bytes: Buffer, from = 0): BrokerRecord[] {
  const records: BrokerRecord[] = [];
  readRecords({ ...PLACE, bytes, aborted: [] }, from, records);
  return records;
}

/** Offset and value of each; a faulty one with its fault instead of its value. */
const seen = (records: readonly BrokerRecord[]): string[] =>
  records.map(({ position, value, fault }) => {
    const offset = position.kind === 'offset' ? position.offset : 'none';
    return `${offset}: ${fault ?? value}`;
  });

const good = (index: number, value: string): Buffer => rawRecord(index, { value: Buffer.from(value) });

const garbage = Buffer.from('not compressed at all');

describe('a batch that is not what it says', () => {
  const whole = (faulty: Buffer, options: { count?: number; lastOffsetDelta?: number } = {}): string[] => {
    const set = [
      rawBatch(10, [good(0, 'before')]),
      rawBatch(11, [good(0, 'a'), faulty, good(2, 'c')], options),
      rawBatch(11 + (options.lastOffsetDelta ?? 2) + 1, [good(0, 'after')]),
    ];
    return seen(read(Buffer.concat(set)));
  };
  const around = (...middle: string[]): string[] => ['10: before', '11: a', ...middle, '13: c', '14: after'];

  it('costs the record alone whose headers are fewer than it says', () => {
    const fault = '12: the record cannot be read: it says 5 headers, but has 0';
    assert.deepEqual(whole(rawRecord(1, { value: Buffer.from('b'), headerCount: 5 })), around(fault));
  });

  it('costs the record alone that has more headers than are read', () => {
    const tail = Buffer.alloc(2 * 100_001);
    const fault = '12: the record cannot be read: it says 100001 headers; at most 100000 are read';
    assert.deepEqual(whole(rawRecord(1, { value: Buffer.from('b'), headerCount: 100_001, tail })), around(fault));
    const [most] = read(rawBatch(0, [rawRecord(0, { value: garbage, headerCount: 100_000, tail: tail.subarray(2) })]));
    assert.deepEqual([most?.fault, most?.headers.length], [undefined, 100_000]);
  });

  it('costs the record alone whose value, or key, reaches beyond it, or that has bytes left', () => {
    const beyond = '12: the record cannot be read: a field reaches beyond its record';
    for (const valueLength of [4, 1_000_000]) {
      assert.deepEqual(whole(rawRecord(1, { value: Buffer.from('b'), valueLength })), around(beyond), `${valueLength}`);
    }
    const left = '12: the record cannot be read: 3 bytes are left behind its fields';
    assert.deepEqual(whole(rawRecord(1, { value: Buffer.from('b'), tail: Buffer.alloc(3) })), around(left));
  });

  it('costs the record alone that has another’s offset', () => {
    for (const delta of [0, 2, 1_000, -1]) {
      const fault = `12: the record cannot be read: it says that its offset is ${11 + delta}`;
      assert.deepEqual(whole(good(delta, 'b')), around(fault));
    }
  });

  it('keeps a faulty record’s bytes, and its own time where that can be read', () => {
    const raw = rawRecord(0, { value: Buffer.from('b'), headerCount: 5 });
    const [record] = read(rawBatch(7, [raw]));
    assert.deepEqual([record?.value, record?.key, record?.headers, record?.timestampMs], [raw, null, [], 1_000]);
  });

  it('costs what cannot be told apart, at the last offset', () => {
    const fault = (count: number, rest: string): string => `says ${count} records, but ${rest}`;
    const few = rawBatch(10, [good(0, 'a')], { count: 5, lastOffsetDelta: 4 });
    const batch = (last: number): string => `${last}: the batch of the offsets 10 to ${last} `;
    assert.deepEqual(seen(read(few)), [
      '10: a',
      batch(14) + fault(5, 'number 2 cannot be read: a record ends within a field'),
    ]);
    const long = rawBatch(10, [good(0, 'a'), Buffer.from([0xfe, 0xff, 0x0f, 1, 2, 3])]);
    assert.deepEqual(seen(read(long)), [
      '10: a',
      batch(11) + fault(2, 'number 2 cannot be read: it has a length of 131071 bytes'),
    ]);
    const more = rawBatch(10, [good(0, 'a'), good(1, 'b')], { count: 1, lastOffsetDelta: 1 });
    assert.deepEqual(seen(read(more)), ['10: a', batch(11) + fault(1, 'has more')]);
    assert.deepEqual(read(more)[1]?.value, good(1, 'b'));
  });

  it('costs no more than one record, however many it says it has', () => {
    const claims = rawBatch(0, [Buffer.alloc(20)], { count: 2 ** 31 - 1, lastOffsetDelta: 2 ** 31 - 2 });
    const records = read(Buffer.concat([claims, rawBatch(2 ** 31 - 1, [good(0, 'after')])]));
    assert.deepEqual(seen(records), [
      '2147483646: the batch of the offsets 0 to 2147483646 says 2147483647 records; at most 1048576 are read',
      '2147483647: after',
    ]);
    const empty = rawBatch(0, [good(0, 'a'), Buffer.alloc(20)], { count: 21 });
    assert.deepEqual(seen(read(empty)), [
      '0: a',
      '20: the batch of the offsets 0 to 20 says 21 records, but number 2 cannot be read: it has a length of 0 bytes',
    ]);
  });

  it('is the same from whichever offset it is read', () => {
    const few = rawBatch(10, [good(0, 'a'), good(1, 'b')], { count: 5, lastOffsetDelta: 4 });
    const all = read(few);
    assert.deepEqual(seen(read(few, 11)), seen(all.slice(1)));
    assert.deepEqual(seen(read(few, 14)), seen(all.slice(2)));
    assert.deepEqual(read(few, 14)[0]?.value, all[2]?.value);
    assert.deepEqual(read(few, 15), []);
  });

  it('keeps its gaps where the broker compacted it', () => {
    const compacted = rawBatch(10, [good(1, 'a'), good(3, 'b')], { lastOffsetDelta: 5 });
    assert.deepEqual(seen(read(compacted)), ['11: a', '13: b']);
    assert.deepEqual(seen(read(rawBatch(10, [], { lastOffsetDelta: 5 }))), []);
  });

  it('never throws, whatever its bytes are', () => {
    const bytes = fc.uint8Array({ maxLength: 120 }).map((array) => Buffer.from(array));
    const options = fc.record({
      codec: fc.integer({ min: 0, max: 7 }),
      count: fc.integer({ min: -2, max: 12 }),
      lastOffsetDelta: fc.nat(12),
    });
    const parts = fc.array(
      fc.oneof(
        bytes,
        fc.nat(6).map((index) => good(index, 'g')),
        fc
          .tuple(fc.nat(6), fc.integer({ min: -2, max: 20 }), bytes)
          .map(([index, headerCount, tail]) => rawRecord(index, { value: Buffer.from('v'), headerCount, tail })),
      ),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(parts, options, (records, given) => {
        const found = read(Buffer.concat([rawBatch(5, records, given), rawBatch(100, [good(0, 'after')])]));
        const offsets = found.map(({ position }) => (position.kind === 'offset' ? position.offset : -1));
        assert.equal(offsets.at(-1), 100);
        assert.deepEqual(
          offsets,
          [...new Set(offsets)].sort((a, b) => a - b),
        );
        assert.ok(offsets.slice(0, -1).every((offset) => offset >= 5 && offset <= 5 + given.lastOffsetDelta));
        for (const record of found) {
          void [record.key, record.value, record.headers, record.headerTexts?.(['a', 'ce_id'])];
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a compressed batch', () => {
  it('that is none becomes one faulty record at its last offset, with the bytes as they lie in the log', () => {
    for (const [codec, name] of [
      [1, 'gzip: '],
      [2, 'snappy: '],
      [3, 'lz4: there is no LZ4 frame'],
      [4, 'zstd: '],
      [6, 'codec 6, which is unknown'],
    ] as const) {
      const set = [
        rawBatch(0, [good(0, 'before')]),
        rawBatch(1, [garbage], { codec, count: 3, lastOffsetDelta: 2 }),
        rawBatch(4, [good(0, 'after')]),
      ];
      const records = read(Buffer.concat(set));
      assert.deepEqual([records.length, seen(records)[0], seen(records)[2]], [3, '0: before', '4: after'], name);
      assert.ok(records[1]?.fault?.includes(name), records[1]?.fault);
      assert.deepEqual(
        [records[1]?.position, records[1]?.value],
        [{ kind: 'offset', partition: 3, offset: 3 }, garbage],
      );
    }
  });

  it('that would fill the memory is left as it is', () => {
    const bomb = gzipSync(Buffer.alloc(MAX_BATCH_BYTES + 1));
    const [record] = read(rawBatch(0, [bomb], { codec: 1, count: 1 }));
    assert.match(record?.fault ?? '', /gzip: .*67108864/);
    assert.deepEqual(record?.value, bomb);
  });
});
