import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compress } from 'snappyjs';
import { decompressSnappy } from './snappy.ts';

/** What librdkafka sends: ten literals, then a copy of forty bytes from ten back. */
const RAW = Buffer.from('3224303132333435363738399e0a00', 'hex');
const RAW_TEXT = '0123456789'.repeat(5);

/** What clients on the JVM send: magic number, versions 1 and 1, then blocks. */
function framed(...blocks: readonly Buffer[]): Buffer {
  const sized = blocks.flatMap((block) => {
    const size = Buffer.alloc(4);
    size.writeInt32BE(block.length);
    return [size, block];
  });
  return Buffer.concat([Buffer.from('82534e41505059000000000100000001', 'hex'), ...sized]);
}

describe('decompressSnappy', () => {
  it('reads a raw block, and framed ones', () => {
    assert.equal(String(decompressSnappy(RAW, 100)), RAW_TEXT);
    assert.equal(String(decompressSnappy(framed(RAW, compress(Buffer.from('and more'))), 100)), `${RAW_TEXT}and more`);
    assert.equal(String(decompressSnappy(framed(), 100)), '');
  });

  it('gives as much as it may in all, and no byte more', () => {
    assert.equal(decompressSnappy(framed(RAW, RAW), 100).length, 100);
    assert.throws(() => decompressSnappy(framed(RAW, RAW), 99), /too big/);
    assert.throws(() => decompressSnappy(RAW, 49), /too big/);
  });

  it('refuses a frame that ends too early, or has a block of no size', () => {
    const whole = framed(RAW);
    for (let length = 17; length < whole.length; length++) {
      assert.throws(() => decompressSnappy(whole.subarray(0, length), 100), /reaches beyond its frame/, `${length}`);
    }
    assert.throws(() => decompressSnappy(framed(Buffer.of()), 100), /reaches beyond its frame/);
  });

  it('refuses a literal that reaches beyond its block, however long it says it is', () => {
    const endless = Buffer.from('fPwC5rj4s3g30Q4AAAgBAmcA', 'base64');
    assert.throws(() => decompressSnappy(endless, 1_000), /reaches beyond it/);
    assert.throws(() => decompressSnappy(framed(endless), 1_000), /reaches beyond it/);
    for (const length of ['ff', 'ffff', 'ffffff', 'ffffffff', '000000ff', '7fffffff']) {
      const tag = (58 + length.length / 2 + 1) << 2;
      const block = Buffer.concat([Buffer.of(10, tag), Buffer.from(length, 'hex'), Buffer.from('0123456789')]);
      assert.throws(() => decompressSnappy(block, 1_000), /reaches beyond it/, length);
    }
  });

  it('reads whatever was compressed, and ends whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), (bytes) => {
        const packed = compress(Buffer.from(bytes));
        assert.deepEqual(decompressSnappy(packed, 5_000), Buffer.from(bytes));
      }),
    );
    const noise = fc.uint8Array({ minLength: 1, maxLength: 60 }).map((array) => Buffer.from(array));
    fc.assert(
      fc.property(noise, (bytes) => {
        try {
          assert.ok(decompressSnappy(bytes, 10_000).length <= 10_000);
        } catch (error) {
          assert.ok(error instanceof Error);
        }
      }),
      { numRuns: 20_000 },
    );
  });
});
