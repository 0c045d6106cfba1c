import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collisionKey, topicNameFault } from './topic-name.ts';

test('names that Apache Kafka takes', () => {
  for (const name of ['a', '...', '-x', '_', 'A.b_c-9', 'x'.repeat(249)]) assert.equal(topicNameFault(name), undefined);
});

test('names that Apache Kafka refuses', () => {
  for (const name of ['', '.', '..', 'a b', 'ä', 'a/b', 'a\n', 'x'.repeat(250)]) {
    assert.match(topicNameFault(name) ?? '', /^Topic name is invalid: /, JSON.stringify(name));
  }
});

test('a dot and an underscore are one in a collision', () => {
  assert.equal(collisionKey('a.b_c'), collisionKey('a_b.c'));
  assert.notEqual(collisionKey('a-b'), collisionKey('a_b'));
});
