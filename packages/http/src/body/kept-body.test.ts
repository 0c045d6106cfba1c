import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { BodyBudget } from './budget.ts';
import { KeptBody } from './kept-body.ts';

test('chunks become the bytes that came, and what they hold is taken from the budget and given back', () => {
  const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40_000 }), { maxLength: 12 });
  fc.assert(
    fc.property(chunks, fc.nat({ max: 100_000 }), (pieces, budgetBytes) => {
      const all = Buffer.concat(pieces);
      const budget = new BodyBudget(budgetBytes);
      const kept = new KeptBody(budget, all.length);
      const wasKept = pieces.every((piece) => kept.add(Buffer.from(piece)));
      assert.ok(kept.heldBytes <= Math.max(all.length, pieces[0]?.length ?? 0));
      assert.ok(kept.heldBytes >= kept.bytes.length);
      assert.equal(budget.freeBytes, budgetBytes - kept.heldBytes);
      if (wasKept) assert.deepEqual(kept.bytes, all);
      else assert.ok(all.length > budgetBytes);
      kept.drop();
      assert.equal(budget.freeBytes, budgetBytes);
    }),
  );
});

test('a body of one chunk is that chunk, not copied', () => {
  const chunk = Buffer.allocUnsafeSlow(5);
  const kept = new KeptBody(new BodyBudget(100), 100);
  assert.ok(kept.add(chunk));
  assert.equal(kept.bytes.buffer, chunk.buffer);
  assert.equal(kept.heldBytes, 5);
});

test('chunks of a byte each take no more memory than their bytes', () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const kept = new KeptBody(new BodyBudget(2 ** 20), 2 ** 20);
  collect();
  const before = process.memoryUsage();
  for (let index = 0; index < 300_000; index++) assert.ok(kept.add(Buffer.from([index & 0xff])));
  collect();
  const after = process.memoryUsage();
  const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  assert.equal(kept.bytes.length, 300_000);
  assert.ok(grown < 5_000_000, `${grown} bytes`);
});
