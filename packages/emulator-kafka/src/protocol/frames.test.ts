import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameAssembler } from './frames.ts';
import { MalformedFrameError } from './types.ts';

const framed = (body: Uint8Array): Buffer => {
  const frame = Buffer.alloc(4 + body.length);
  frame.writeInt32BE(body.length);
  frame.set(body, 4);
  return frame;
};

test('frames come out whole however the stream is cut', () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 });
  fc.assert(
    fc.property(bodies, fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }), (frames, cuts) => {
      const stream = Buffer.concat(frames.map(framed));
      const assembler = new FrameAssembler(1000);
      const seen: Buffer[] = [];
      for (let at = 0, turn = 0; at < stream.length; turn += 1) {
        const length = cuts[turn % cuts.length] ?? 1;
        assembler.push(stream.subarray(at, at + length));
        at += length;
        for (let frame = assembler.next(); frame !== undefined; frame = assembler.next()) seen.push(frame);
      }
      assert.deepEqual(
        seen.map((frame) => [...frame]),
        frames.map((frame) => [...frame]),
      );
    }),
  );
});

test('a frame larger than what is allocated at once arrives byte by byte', () => {
  const body = Buffer.alloc(700_000, 'large');
  const stream = framed(body);
  const assembler = new FrameAssembler(1_000_000);
  let frame: Buffer | undefined;
  for (let at = 0; at < stream.length; at += 1) {
    assert.equal(frame, undefined);
    assembler.push(stream.subarray(at, at + 1));
    frame = assembler.next();
  }
  assert.ok(frame?.equals(body));
});

test('a length alone allocates next to nothing', () => {
  const before = process.memoryUsage().arrayBuffers;
  const assemblers = Array.from({ length: 100 }, () => {
    const assembler = new FrameAssembler(100_000_000);
    assembler.push(Buffer.from([5, 0, 0, 0, 1]));
    assert.equal(assembler.next(), undefined);
    return assembler;
  });
  assert.ok(process.memoryUsage().arrayBuffers - before < 100 * 300_000);
  assert.equal(assemblers.length, 100);
});

test('a length that is negative or above the limit is refused', () => {
  for (const length of [-1, -2_147_483_648, 1001, 0x47455420]) {
    const assembler = new FrameAssembler(1000);
    const header = Buffer.alloc(4);
    header.writeInt32BE(length);
    assembler.push(header);
    assert.throws(() => assembler.next(), MalformedFrameError, String(length));
  }
});

test('congestion shows by bytes and by chunks, and ends when they are read', () => {
  const assembler = new FrameAssembler(10_000_000);
  assembler.push(framed(Buffer.alloc(2_000_000)));
  assert.equal(assembler.congested, true);
  assembler.next();
  assert.equal(assembler.congested, false);
  for (const byte of framed(Buffer.alloc(100))) assembler.push(Buffer.from([byte]));
  assert.equal(assembler.congested, true);
  assembler.next();
  assert.equal(assembler.congested, false);
});
