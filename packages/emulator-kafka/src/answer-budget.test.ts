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
