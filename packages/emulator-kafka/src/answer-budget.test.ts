import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerBudget } from './answer-budget.ts';

test('an answer gets what it asks for while there is plenty, then a part of what is left', () => {
  const budget = new AnswerBudget(400);
  const shares = Array.from({ length: 60 }, () => budget.share());
  const given = shares.map((share) => share.take(50));
  assert.deepEqual(given.slice(0, 8), [50, 50, 50, 50, 50, 37, 28, 21]);
  assert.equal(given.at(-1), 0);
  assert.ok(budget.heldBytes <= 400, `${budget.heldBytes} are held`);
  for (const share of shares.slice(0, 8)) share.release();
  assert.equal(budget.share().take(50), 50);
});

test('what an answer really holds counts, even beyond the limit, until it is released', () => {
  const budget = new AnswerBudget(100);
  const share = budget.share();
  assert.equal(share.take(1000), 25);
  share.hold(300);
  assert.equal(budget.heldBytes, 300);
  assert.equal(budget.share().take(10), 0);
  share.release();
  share.release();
  assert.equal(budget.heldBytes, 0);
});

test('a share that takes again gives back first', () => {
  const budget = new AnswerBudget(100);
  const share = budget.share();
  assert.deepEqual([share.take(25), share.take(25), budget.heldBytes], [25, 25, 25]);
});

const MEBIBYTE = 1024 * 1024;

test('memory is lent to one answer at a time, and again after that', () => {
  const budget = new AnswerBudget(100 * MEBIBYTE);
  const [first, second] = [budget.share(), budget.share()];
  const memory = first.allocate(MEBIBYTE + 1);
  assert.equal(memory.length, MEBIBYTE + 1);
  assert.notEqual(second.allocate(MEBIBYTE).buffer, memory.buffer);
  first.release();
  const again = second.allocate(MEBIBYTE);
  assert.equal(again.buffer, memory.buffer);
  assert.equal(again.length, MEBIBYTE);
  first.release();
  assert.notEqual(first.allocate(MEBIBYTE).buffer, memory.buffer);
});

test('what an answer does not need after all is lent again at once, and only once', () => {
  const budget = new AnswerBudget(100 * MEBIBYTE);
  const share = budget.share();
  const memory = share.allocate(MEBIBYTE);
  share.free(memory);
  share.free(memory);
  share.free(Buffer.alloc(MEBIBYTE));
  assert.equal(share.allocate(MEBIBYTE).buffer, memory.buffer);
  assert.notEqual(budget.share().allocate(MEBIBYTE).buffer, memory.buffer);
});

test('little is not read into much, and no more is kept than a few answers need', () => {
  const budget = new AnswerBudget(1_000 * MEBIBYTE);
  const share = budget.share();
  const large = share.allocate(5 * MEBIBYTE);
  share.release();
  assert.notEqual(share.allocate(2 * MEBIBYTE).buffer, large.buffer);
  const many = Array.from({ length: 100 }, () => share.allocate(MEBIBYTE).buffer);
  share.release();
  const kept = Array.from({ length: 100 }, () => share.allocate(MEBIBYTE).buffer).filter((each) => many.includes(each));
  assert.equal(kept.length, 16);
});
