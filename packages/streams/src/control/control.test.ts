import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DeadLetterMark, type Effect, type NewRecord, placeText } from '@sluice/core';
import type { JsonValue } from '@sluice/schemas';
import fc from 'fast-check';
import { deliveredIn } from '../testing/delivered.ts';
import { controlStream, discardCommand, markerCommand, redriveCommand, registrationCommand } from './control.ts';
import { CONTROL_STREAM, MAX_MARKS } from './schemas.ts';

const ID = '3f0a8b52-7a1c-4b6e-9d2e-1c2d3e4f5a6b';
const CORRELATION_ID = '0192f0c1-2222-7333-8444-555566667777';
const about = {
  topic: 'control',
  commandId: ID,
  acceptedAtMs: Date.UTC(2026, 10, 21, 10, 0, 0, 42),
  correlationId: CORRELATION_ID,
};
const stream = controlStream({ topic: 'control' });
const FRUITS = { type: 'object', properties: { fruit: { type: 'string' } } };
const registration = {
  ...about,
  client: 'SpongeBob',
  event: 'Fruits',
  schema: FRUITS,
  compatibility: 'backward',
  base: 2,
} as const;

const delivered = deliveredIn('control');

function effectOf({ value, headers }: NewRecord): Effect {
  const reading = stream.read(delivered(value, headers));
  assert.ok(reading.kind === 'command', JSON.stringify(reading));
  assert.equal(reading.identity.commandId, ID);
  assert.equal(reading.identity.time, '2026-11-21T10:00:00.042000Z');
  assert.equal(reading.effects.length, 1);
  return reading.effects[0] as Effect;
}

const MARKS: readonly DeadLetterMark[] = [
  {
    commandId: ID,
    topic: 'SpongeBob.Fruits',
    position: { kind: 'offset', partition: 0, offset: 2 ** 40 },
    reason: 'schema-violation',
    detail: '/fruit must be a string, got 1',
  },
  {
    commandId: CORRELATION_ID,
    topic: 'projects~x+y%z',
    position: { kind: 'message', messageId: '17' },
    reason: 'malformed-record',
    detail: '',
  },
];

describe('control commands', () => {
  it('are all on one key, so that they are in one order', () => {
    for (const record of [
      registrationCommand(registration),
      redriveCommand({ ...about, deadLetters: MARKS }),
      discardCommand({ ...about, deadLetters: MARKS }),
      markerCommand(about),
    ]) {
      assert.deepEqual([record.topic, record.key], ['control', CONTROL_STREAM]);
    }
  });

  it('of a registration names its client as the source, and any other its sender', () => {
    const sourceOf = ({ headers }: NewRecord) => headers.find(({ name }) => name === 'ce_source')?.value;
    assert.equal(sourceOf(registrationCommand(registration)), 'SpongeBob');
    assert.equal(sourceOf(redriveCommand({ ...about, deadLetters: MARKS })), 'default');
    assert.equal(sourceOf(discardCommand({ ...about, client: 'me', deadLetters: MARKS })), 'me');
  });

  it('are read as what was asked for', () => {
    assert.deepEqual(effectOf(registrationCommand(registration)), {
      kind: 'registration',
      client: 'SpongeBob',
      event: 'Fruits',
      topic: 'SpongeBob.Fruits',
      schema: JSON.stringify(FRUITS),
      compatibility: 'backward',
      base: 2,
    });
    for (const [kind, command] of [
      ['redrive', redriveCommand],
      ['discard', discardCommand],
    ] as const) {
      assert.deepEqual(effectOf(command({ ...about, deadLetters: MARKS })), { kind, deadLetters: MARKS });
    }
  });

  it("of a marker leave a row by which its outcome is found, as old as it is in the log by the broker's clock", () => {
    const row = { id: ID, createdAt: '2024-05-06T07:08:09.000000Z', client: 'default' };
    assert.deepEqual(effectOf(markerCommand(about)), { kind: 'row', table: 'markers', row });
  });

  it('may name as many dead letters as the limit says', () => {
    const [mark] = MARKS as [DeadLetterMark];
    const deadLetters = Array.from({ length: MAX_MARKS }, () => mark);
    assert.ok(effectOf(redriveCommand({ ...about, deadLetters })));
    const more = redriveCommand({ ...about, deadLetters: [...deadLetters, mark] });
    assert.equal(stream.read(delivered(more.value)).kind, 'poison');
    const longest = { ...mark, topic: 'x'.repeat(255), detail: 'x'.repeat(2_000) };
    const full = redriveCommand({ ...about, deadLetters: deadLetters.map(() => longest) });
    assert.ok(full.value && full.value.length < 2 ** 20, 'what is allowed fits into a record');
  });
});

const good = { kind: 'registration', client: 'Bob', event: 'Fruits', schema: true, compatibility: 'none', base: 0 };
const mark = { command_id: ID, topic: 't', partition: 0, offset: 1, reason: 'unstorable', detail: 'x' };

const poison: readonly (readonly [string, JsonValue, RegExp])[] = [
  ['null', null, /\/kind must be one of registration, redrive, discard, marker, got null/],
  ['an array', [], /\/kind must be one of .*, got an array of 0/],
  ['no kind', { client: 'Bob' }, /\/kind must be .*, got nothing/],
  ['another kind', { ...good, kind: 'drop' }, /\/kind must be .*, got "drop"/],
  ["an object's own kind", { ...good, kind: 'constructor' }, /\/kind must be .*, got "constructor"/],
  ['a client with a dot', { ...good, client: 'a.b' }, /\/client must/],
  ['a reserved client', { ...good, client: 'api' }, /\/client must be none of .*, got "api"/],
  [
    'a topic that Kafka would not tell from a built-in one',
    { ...good, client: 'timestamp', event: 'command_v1' },
    /the topic "timestamp.command_v1" must differ from "timestamp.command.v1"/,
  ],
  ['a client of Google', { ...good, client: 'google' }, /\/client must not begin with goog/],
  ['an event too long', { ...good, event: 'x'.repeat(64) }, /\/event must/],
  ['no schema', { ...good, schema: null }, /\/schema must/],
  ['a schema that is text', { ...good, schema: '{}' }, /\/schema must/],
  [
    'a schema that does not compile',
    { ...good, schema: { properties: { a: { type: 'fruit' } } } },
    /\/schema\/properties\/a\/type: /,
  ],
  ['a remote schema', { ...good, schema: { $ref: 'http://127.0.0.1/x' } }, /\/schema.*\$ref/],
  [
    'a schema too large',
    { ...good, schema: { title: 'x'.repeat(70_000) } },
    /\/schema: a schema must have at most 65536/,
  ],
  ['another compatibility', { ...good, compatibility: 'full' }, /\/compatibility must/],
  ['half a version', { ...good, base: 0.5 }, /\/base must/],
  ['a version below', { ...good, base: -1 }, /\/base must/],
  ['no dead letters', { kind: 'redrive', dead_letters: [] }, /\/dead_letters must/],
  [
    'an id that is none',
    { kind: 'discard', dead_letters: [{ ...mark, command_id: 'x' }] },
    /\/dead_letters\/0\/command_id must/,
  ],
  [
    'a topic with a slash',
    { kind: 'redrive', dead_letters: [{ ...mark, topic: 'a/b' }] },
    /\/dead_letters\/0\/topic must/,
  ],
  [
    'no place',
    { kind: 'redrive', dead_letters: [{ ...mark, offset: undefined }] } as unknown as JsonValue,
    /\/dead_letters\/0 must/,
  ],
  ['two places', { kind: 'redrive', dead_letters: [{ ...mark, message_id: '1' }] }, /\/dead_letters\/0 must/],
  [
    'an offset past counting',
    { kind: 'redrive', dead_letters: [{ ...mark, offset: 2 ** 60 }] },
    /\/dead_letters\/0\/offset must/,
  ],
  [
    'another reason',
    { kind: 'discard', dead_letters: [{ ...mark, reason: 'boredom' }] },
    /\/dead_letters\/0\/reason must/,
  ],
];

describe('foreign control commands', () => {
  it('are taken where they keep to the rules', () => {
    assert.equal(stream.read(delivered(JSON.stringify({ ...good, comment: 'by hand' }))).kind, 'command');
    assert.equal(stream.read(delivered(JSON.stringify({ kind: 'redrive', dead_letters: [mark] }))).kind, 'command');
  });

  for (const [name, value, detail] of poison) {
    it(`are poison with ${name}`, () => {
      const reading = stream.read(delivered(JSON.stringify(value)));
      assert.ok(reading.kind === 'poison', JSON.stringify(reading));
      assert.equal(reading.reason, 'schema-violation');
      assert.match(reading.detail, detail);
      assert.ok(reading.detail.length <= 301);
    });
  }

  it('are poison where they are no strict JSON', () => {
    for (const text of [null, '', '{', '{"kind":"redrive","kind":"discard"}', '"\\ud800"']) {
      const reading = stream.read(delivered(text));
      assert.ok(reading.kind === 'poison');
      assert.equal(reading.reason, 'malformed-json');
    }
  });

  it('never throw, and have an identity that is the same each time', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        const record = delivered(text);
        const reading = stream.read(record);
        assert.deepEqual(stream.read(record), reading);
        assert.match(reading.identity.commandId, /^[0-9a-f-]{36}$/);
      }),
    );
  });
});

it('a dead letter is found again by the place in its mark', () => {
  const [first, second] = MARKS as [DeadLetterMark, DeadLetterMark];
  const effect = effectOf(redriveCommand({ ...about, deadLetters: MARKS }));
  assert.ok(effect.kind === 'redrive');
  assert.deepEqual(
    effect.deadLetters.map(({ topic, position }) => placeText(topic, position)),
    [placeText(first.topic, first.position), placeText(second.topic, second.position)],
  );
});
