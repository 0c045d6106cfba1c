import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SettingsError } from '@sluice/runtime';
import { topicOf } from './topic.ts';

test('the names of the example mean its topics, others their own', () => {
  assert.deepEqual(
    ['fruits', 'Fruits', 'colors', 'Colors', 'SpongeBob.Fruits', 'timestamp.command.v1', 'other', 'FRUITS'].map(
      (name) => topicOf(name, {}),
    ),
    [
      ...['SpongeBob.Fruits', 'SpongeBob.Fruits', 'SpongeBob.Colors', 'SpongeBob.Colors'],
      ...['SpongeBob.Fruits', 'timestamp.command.v1', 'other', 'FRUITS'],
    ],
  );
});

test('what can be no topic is refused', () => {
  for (const name of ['', '.', '..', 'a b', 'ä', 'a/b', 'x'.repeat(250)]) {
    assert.throws(() => topicOf(name, {}), SettingsError, name);
  }
});

test('what can be a topic is for the broker to say', () => {
  assert.equal(topicOf('a+b', { BROKER: 'pubsub' }), 'a+b');
  assert.throws(() => topicOf('a+b', {}), SettingsError);
  assert.throws(() => topicOf('1st', { BROKER: 'pubsub' }), SettingsError);
});
