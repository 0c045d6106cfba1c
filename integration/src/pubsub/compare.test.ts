import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Difference, faultsBetween, type TextDifference } from './compare.ts';
import type { Fact } from './observation.ts';

const fact = (name: string, observed: Fact['observed'], documented: Fact['documented'] = true): Fact => ({
  name,
  observed,
  documented,
});
const seenOf = (...facts: readonly Fact[]) => new Map([['scenario', facts]]);
const listed = (facts: Difference['facts'][string]): Difference => ({
  about: 'something',
  emulator: 'this',
  pstest: 'that',
  why: 'so it is',
  documentation: 'https://cloud.google.com/pubsub/docs',
  facts: { scenario: facts },
});
const between = (
  ours: readonly Fact[],
  theirs: readonly Fact[],
  differences: readonly Difference[] = [],
  texts: readonly TextDifference[] = [],
) => faultsBetween(seenOf(...ours), seenOf(...theirs), { differences, texts });

test('what is the same is no fault', () => {
  assert.deepEqual(between([fact('a', [1, 'x'])], [fact('a', [1, 'x'])]), []);
});

test('a difference that is not listed is one', () => {
  assert.match(between([fact('a', 1)], [fact('a', 2)])[0] ?? '', /scenario \/ a differs: the emulator 1, pstest 2/);
});

test('one that is listed is none', () => {
  assert.deepEqual(between([fact('a', 1)], [fact('a', 2)], [listed({ a: 2 })]), []);
});

test('one that is listed and has vanished is one', () => {
  assert.match(
    between([fact('a', 1)], [fact('a', 1)], [listed({ a: 2 })])[0] ?? '',
    /a is listed .* and differs no more/,
  );
});

test('one that is listed with something else of pstest is one', () => {
  assert.match(
    between([fact('a', 1)], [fact('a', 3)], [listed({ a: 2 })])[0] ?? '',
    /listed as 2 of pstest, which does 3/,
  );
});

test('one that is listed and that nobody saw is one, and so is one that is listed twice', () => {
  assert.match(between([], [], [listed({ a: 2 })])[0] ?? '', /a is listed .* and was not seen/);
  const faults = between([fact('a', 1)], [fact('a', 2)], [listed({ a: 2 }), listed({ a: 2 })]);
  assert.match(faults[0] ?? '', /a is listed twice/);
});

test('a fact of one server alone is one', () => {
  assert.match(between([fact('a', 1)], [])[0] ?? '', /a was seen of the emulator alone/);
  assert.match(between([], [fact('a', 1)])[0] ?? '', /a was seen of pstest alone/);
});

const refusal = (error: string, text: string) => fact('a', { error, text }, { refused: error });

test('refusals are the same by their code, and their texts are equal or listed', () => {
  const [ours, theirs] = [refusal('NOT_FOUND', 'ours'), refusal('NOT_FOUND', 'theirs')];
  const text: TextDifference = { code: 'NOT_FOUND', pstest: /^theirs$/, why: 'so', documentation: 'there' };
  assert.match(between([ours], [theirs])[0] ?? '', /the emulator says "ours", pstest "theirs"/);
  assert.deepEqual(between([ours], [theirs], [], [text]), []);
  assert.match(between([ours], [ours], [], [text])[0] ?? '', /no NOT_FOUND of pstest’s says/);
  assert.match(between([ours], [refusal('UNKNOWN', 'theirs')])[0] ?? '', /differs/);
});

test('where a refusal is documented, an answer is listed as one, whatever is in it', () => {
  const ours = fact('a', { error: 'NOT_FOUND', text: '' }, { refused: 'NOT_FOUND' });
  const theirs = fact('a', { revisionId: 'another each time' }, { refused: 'NOT_FOUND' });
  assert.deepEqual(between([ours], [theirs], [listed({ a: 'answered' })]), []);
});
