import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXAMPLES, randomEvent, schemaOf, shownEvent } from './examples.ts';

test('the examples have as many names as the old script, each once, and their schema asks for the field alone', () => {
  assert.deepEqual(
    Object.values(EXAMPLES).map(({ client, event, field, values }) => [client, event, field, new Set(values).size]),
    [
      ['SpongeBob', 'Fruits', 'fruit', 10],
      ['SpongeBob', 'Colors', 'color', 13],
    ],
  );
  assert.deepEqual(schemaOf(EXAMPLES.colors), { type: 'object', required: ['color'] });
});

test('every value comes up, and is shown as the old script does', () => {
  const seen = Array.from({ length: 13 }, (_, index) => randomEvent(EXAMPLES.colors, () => (index + 0.5) / 13).color);
  assert.deepEqual(seen, EXAMPLES.colors.values);
  assert.equal(shownEvent(randomEvent(EXAMPLES.fruits, () => 0)), "{'fruit': 'apple'}");
  for (const { values } of Object.values(EXAMPLES)) assert.doesNotMatch(values.join(''), /['\\]/);
});
