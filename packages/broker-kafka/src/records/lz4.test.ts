import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decompressLz4 } from './lz4.ts';

/** `lz4 -B4` of a short text. */
const SHORT = Buffer.from(
  '04224d186440a71d0000006768656c6c6f2006003f2c20780100ff19b068656c6c6f20616761696e000000004b6df311',
  'hex',
);
const SHORT_TEXT = `hello hello hello, ${'x'.repeat(300)}hello again`;

/** `lz4 -B4 -BD -BX --content-size` of 120,000 bytes: two blocks, the second copying from the first, with all checksums. */
const LINKED = Buffer.from(
  [
    '04224d185c40c0d4010000000000c7100100006f68656c6c6f200600',
    'ff'.repeat(256),
    'e2502068656c6c51b907cbdf0000000ffc',
    'ff'.repeat(214),
    '7d50656c6c6f2007900894000000009e467dcf',
  ].join(''),
  'hex',
);
const LINKED_TEXT = 'hello '.repeat(20_000);

const MAX = 2 ** 20;

describe('decompressLz4', () => {
  it('reads what the reference implementation writes', () => {
    assert.equal(String(decompressLz4(SHORT, MAX)), SHORT_TEXT);
    assert.equal(String(decompressLz4(LINKED, MAX)), LINKED_TEXT);
  });

  it('gives as much as it may, and no byte more', () => {
    assert.equal(decompressLz4(LINKED, 120_000).length, 120_000);
    assert.throws(() => decompressLz4(LINKED, 119_999), /more than 119999 bytes/);
  });

  it('refuses a frame that ends too early, wherever', () => {
    // The last four bytes are the checksum of the content, which is not read.
    for (let cut = 5; cut < SHORT.length; cut++) {
      assert.throws(() => decompressLz4(SHORT.subarray(0, SHORT.length - cut), MAX), RangeError, `${cut} bytes less`);
    }
  });

  it('refuses what it cannot read by name', () => {
    const changed = (at: number, byte: number): Buffer =>
      SHORT.map((old, index) => (index === at ? byte : old)) as Buffer;
    assert.throws(() => decompressLz4(changed(0, 5), MAX), /no LZ4 frame/);
    assert.throws(() => decompressLz4(changed(4, 0x84), MAX), /version 2/);
    assert.throws(() => decompressLz4(changed(4, 0x65), MAX), /dictionary/);
  });

  it('ends with a RangeError or with bytes, whatever it is given', () => {
    const flips = fc.array(fc.tuple(fc.nat(SHORT.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(flips, (changes) => {
        const frame = Buffer.from(SHORT);
        for (const [at, byte] of changes) frame[at] = byte;
        try {
          assert.ok(decompressLz4(frame, MAX).length <= MAX);
        } catch (error) {
          assert.ok(error instanceof RangeError, String(error));
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
