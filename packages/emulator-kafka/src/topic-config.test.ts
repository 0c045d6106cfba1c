import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectiveConfigs, topicConfigFault, topicSettings } from './topic-config.ts';

// The messages are what Apache Kafka 4.1 answered.
const faults: readonly (readonly [string, string | null, string])[] = [
  ['foo', '1', 'Unknown topic config name: foo'],
  ['__proto__', '1', 'Unknown topic config name: __proto__'],
  ['retention.ms', null, 'Null value not supported for topic configs: retention.ms'],
  ['retention.ms', 'abc', 'Invalid value abc for configuration retention.ms: Not a number of type LONG'],
  ['retention.ms', '1.5', 'Invalid value 1.5 for configuration retention.ms: Not a number of type LONG'],
  ['retention.ms', '-5', 'Invalid value -5 for configuration retention.ms: Value must be at least -1'],
  ['segment.bytes', '100', 'Invalid value 100 for configuration segment.bytes: Value must be at least 1048576'],
  [
    'cleanup.policy',
    'nothing',
    'Invalid value nothing for configuration cleanup.policy: String must be one of: compact, delete',
  ],
  [
    'message.timestamp.type',
    'x',
    'Invalid value x for configuration message.timestamp.type: String must be one of: CreateTime, LogAppendTime',
  ],
  [
    'preallocate',
    'maybe',
    'Invalid value maybe for configuration preallocate: Expected value to be either true or false',
  ],
  [
    'min.cleanable.dirty.ratio',
    '2',
    'Invalid value 2.0 for configuration min.cleanable.dirty.ratio: Value must be no more than 1',
  ],
];

for (const [name, value, message] of faults) {
  test(message, () => assert.equal(topicConfigFault(name, value), message));
}

test('a value beyond the range of its type is no number', () => {
  assert.match(topicConfigFault('retention.ms', '9223372036854775808') ?? '', /Not a number of type LONG/);
  assert.equal(topicConfigFault('retention.ms', '9223372036854775807'), undefined);
  assert.match(topicConfigFault('max.message.bytes', '2147483648') ?? '', /Not a number of type INT/);
});

test('valid settings pass', () => {
  for (const [name, value] of [
    ['cleanup.policy', 'compact, delete'],
    ['cleanup.policy', ''],
    ['retention.bytes', '-2'],
    ['preallocate', 'TRUE'],
    ['retention.ms', '+5'],
  ] as const) {
    assert.equal(topicConfigFault(name, value), undefined, `${name}=${value}`);
  }
});

test('settings decide what is kept', () => {
  const week = 7 * 24 * 3_600_000;
  assert.deepEqual(topicSettings({}).retention, { maxAgeMs: week, maxBytes: undefined });
  assert.deepEqual(topicSettings({ 'retention.ms': '-1', 'retention.bytes': '1000' }).retention, {
    maxAgeMs: undefined,
    maxBytes: 1000,
  });
  assert.deepEqual(topicSettings({ 'cleanup.policy': 'compact', 'retention.bytes': '1000' }).retention, {
    maxAgeMs: undefined,
    maxBytes: undefined,
  });
});

test('every default is itself valid', () => {
  for (const { name, value } of effectiveConfigs({})) assert.equal(topicConfigFault(name, value), undefined, name);
});
