import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SettingsError } from '@sluice/runtime';
import { topicOf } from './topic.ts';

test('the names of the example mean its topics, others their own', () => {
  assert.deepEqual(
    ['fruits', 'Fruits', 'colors', 'Colors', 'SpongeBob.Fruits', 'timestamp.command.v1', 'other', 'FRUITS'].map(
      topicOf,
    ),
    [
      ...['SpongeBob.Fruits', 'SpongeBob.Fruits', 'SpongeBob.Colors', 'SpongeBob.Colors'],
      ...['SpongeBob.Fruits', 'timestamp.command.v1', 'other', 'FRUITS'],
    ],
  );
});

test('what can be no topic is refused', () => {
  for (const name of ['', '.', '..', 'a b', 'ä', 'a/b', 'x'.repeat(250)]) {
    assert.throws(() => topicOf(name), SettingsError, name);
  }
});
