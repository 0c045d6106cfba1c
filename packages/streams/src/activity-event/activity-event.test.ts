import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HEADER, type Instant, instantFromMs, type Reading } from '@sluice/core';
import { type JsonValue, parseStrictJson } from '@sluice/schemas';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import type { AcceptedEvent } from '../envelope.ts';
import { deliveredIn } from '../testing/delivered.ts';
import { activityEventCommand, activityEventStream } from './activity-event.ts';
import { activityEventJson, epochSeconds } from './json.ts';
import { type ActivityViolation, readActivityEvent } from './reader.ts';
import { ACTIVITY_SCHEMA } from './schema.ts';

const ID = '3f0a8b52-7a1c-4b6e-9d2e-1c2d3e4f5a6b';
const OTHER_ID = '0192f0c1-2222-7333-8444-555566667777';
const stream = activityEventStream({ topic: 'activity.event.v1' });

const VALID = {
  email: 'jane.doe+tag@example.com',
  component: 'orders',
  environment: 'production',
  message: 'an order was placed',
  data: { order: 17, tags: ['a', 'b'], nested: { none: null } },
};

const delivered = deliveredIn('activity.event.v1');

const command: AcceptedEvent = {
  topic: 'activity.event.v1',
  commandId: ID,
  client: 'default',
  value: Buffer.from(` ${JSON.stringify(VALID)}\n`),
  acceptedAtMs: Date.UTC(2026, 10, 21, 10, 0, 0, 42),
  correlationId: OTHER_ID,
};

function rowOf(reading: Reading) {
  assert.ok(reading.kind === 'command', JSON.stringify(reading));
  const [effect, ...others] = reading.effects;
  assert.deepEqual(others, []);
  assert.ok(effect?.kind === 'row' && effect.table === 'activity_events');
  return effect.row;
}

describe('activityEventCommand', () => {
  it('publishes the bytes that came, keyed by the id, with what is about them in headers', () => {
    const { topic, key, value, headers } = activityEventCommand(command);
    assert.deepEqual([topic, key], ['activity.event.v1', ID]);
    assert.equal(value, command.value);
    const texts = Object.fromEntries(headers.map((header) => [header.name, header.value]));
    assert.equal(texts[HEADER.type], 'activity.event.v1');
    assert.equal(texts[HEADER.dataSchema], 'urn:sluice:schema:activity.event.v1:1');
    assert.equal(texts[HEADER.id], ID);
    assert.equal(texts[HEADER.time], '2026-11-21T10:00:00.042Z');
  });
});

describe('activityEventStream', () => {
  it('reads what ingest published as one row', () => {
    const { value, headers } = activityEventCommand(command);
    assert.deepEqual(rowOf(stream.read(delivered(value, headers))), {
      id: ID,
      createdAt: '2026-11-21T10:00:00.042000Z',
      client: 'default',
      ...VALID,
      data: JSON.stringify(VALID.data),
    });
  });

  it('takes a foreign record’s id from the value, or its place, and ignores further keys', () => {
    const idOf = (value: object): string => rowOf(stream.read(delivered(JSON.stringify(value)))).id;
    assert.equal(idOf({ ...VALID, command_id: ID.toUpperCase() }), ID);
    const placed = idOf(VALID);
    assert.match(placed, /^[0-9a-f]{8}-[0-9a-f]{4}-5/);
    assert.equal(idOf({ ...VALID, command_id: 7, id: ID, created_at: 'now' }), placed);
  });

  it('has poison dead-lettered with its rule and what came', () => {
    const poisonOf = (value: string | null) => {
      const reading = stream.read(delivered(value, [{ name: HEADER.id, value: ID }]));
      assert.ok(reading.kind === 'poison');
      assert.equal(reading.identity.commandId, ID);
      return [reading.reason, reading.detail];
    };
    assert.deepEqual(poisonOf(null), ['malformed-json', 'value must be JSON, got none']);
    assert.deepEqual(poisonOf('[]'), ['schema-violation', 'value must be an object, got an array of 0']);
    assert.deepEqual(poisonOf(JSON.stringify({ ...VALID, email: 'x', data: [] })), [
      'schema-violation',
      '/email must be an email address in ASCII, got "x"; /data must be an object, got an array of 0',
    ]);
  });
});

/** The change to a valid event, and the fields that are named for it with their rule. */
const CASES: readonly (readonly [name: string, change: Record<string, unknown>, ...faults: string[]])[] = [
  ['as it is', {}],
  ['further keys', { id: 1, created_at: null, constructor: 1 }],
  ['untrimmed texts', { component: ' a ', environment: '\ta', message: '\n.' }],
  ['data without keys', { data: {} }],
  ['the shortest email', { email: 'a@b.c' }],
  ['an email of odd dots', { email: '.@-..' }],
  [
    'all empty',
    { email: '', component: '', environment: '', message: '', data: {} },
    'email email',
    'component empty',
    'environment empty',
    'message empty',
  ],
  [
    'all missing',
    { email: undefined, component: undefined, environment: undefined, message: undefined, data: undefined },
    'email missing',
    'component missing',
    'environment missing',
    'message missing',
    'data missing',
  ],
  [
    'all null',
    { email: null, component: null, environment: null, message: null, data: null },
    'email type',
    'component type',
    'environment type',
    'message type',
    'data type',
  ],
  [
    'other types',
    { email: 1, component: true, environment: ['a'], message: {}, data: 'x' },
    'email type',
    'component type',
    'environment type',
    'message type',
    'data type',
  ],
  ['data that is a list', { data: [] }, 'data type'],
  ['data that is JSON in a text', { data: '{}' }, 'data type'],
  ['data that is a number', { data: 1 }, 'data type'],
  [
    'blank texts',
    { component: ' ', environment: '\t\n\u00a0\u2003', message: '\u001c\u001f\u0085\u0001' },
    'component empty',
    'environment empty',
    'message empty',
  ],
  ...[
    'a@b',
    'plain',
    '@example.com',
    'a@',
    'a b@example.com',
    'a@exam ple.com',
    "o'brien@example.com",
    'é@example.com',
    'a@exämple.com',
    'a@example.com\n',
    '\na@example.com',
    ' a@example.com',
    'a@example.com ',
    'a@b@example.com',
    'a@.com',
    'a@example.',
    'a,b@example.com',
    'a@example.com,b@example.com',
    '<a@example.com>',
    'ａ@example.com',
    ' ',
  ].map((email) => [`the email ${JSON.stringify(email)}`, { email }, 'email email'] as const),
  [
    'the longest texts',
    { email: `${'a'.repeat(308)}@example.com`, component: 'ä'.repeat(255), environment: '🕐'.repeat(255) },
  ],
  [
    'texts a character too long',
    { email: `${'a'.repeat(309)}@example.com`, component: 'ä'.repeat(256), environment: '🕐'.repeat(256) },
    'email too-long',
    'component too-long',
    'environment too-long',
  ],
  ['a long message', { message: 'x'.repeat(500_000) }],
];

const faultsOf = (violations: readonly ActivityViolation[]): string[] =>
  violations.map(({ field, rule }) => `${field} ${rule}`);

const validate = new Ajv2020({ strict: true }).compile(ACTIVITY_SCHEMA);

describe('readActivityEvent', () => {
  for (const [name, change, ...faults] of CASES) {
    it(`${faults.length > 0 ? 'refuses' : 'takes'} ${name}`, () => {
      const value = JSON.parse(JSON.stringify({ ...VALID, ...change })) as JsonValue;
      const read = readActivityEvent(value);
      assert.deepEqual(read.kind === 'event' ? [] : faultsOf(read.violations), faults);
      assert.equal(validate(value), faults.length === 0, 'the schema says the same');
      if (read.kind === 'event') return;
      for (const { field, pointer, detail } of read.violations) {
        assert.equal(pointer, `/${field}`);
        assert.match(detail, /^must [^\p{Cc}]{1,150}, got [^\p{Cc}]{1,100}$/u);
      }
    });
  }

  it('refuses what is no object', () => {
    for (const value of [null, true, 0, '', 'x', [], [VALID]] as JsonValue[]) {
      const read = readActivityEvent(value);
      assert.ok(read.kind === 'invalid');
      assert.deepEqual(faultsOf(read.violations), ['null type']);
      assert.equal(read.violations[0]?.pointer, '');
    }
  });

  it('takes no field from the prototype', () => {
    assert.equal(readActivityEvent(Object.create(VALID)).kind, 'invalid');
  });

  it('says of any JSON what the schema says', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 5 }),
      fc.constantFrom('a@example.com', 'a@b', ' ', '\u0000', '\u200b', '\ufeff', 'ä'.repeat(255), '🕐'.repeat(256)),
      fc.string({ unit: fc.constantFrom('a', '@', '.', '-', '_', '+', ' ', '\n'), maxLength: 8 }),
      fc.emailAddress(),
    );
    const any = fc.oneof({ weight: 4, arbitrary: texts }, fc.jsonValue());
    const event = fc.record(
      {
        email: any,
        component: any,
        environment: any,
        message: any,
        data: fc.oneof(fc.constant({}), fc.jsonValue()),
        more: any,
      },
      { requiredKeys: ['email', 'component'], noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.oneof({ weight: 5, arbitrary: event }, fc.jsonValue()), (value) => {
        assert.equal(readActivityEvent(value as JsonValue).kind === 'event', validate(value));
      }),
      { numRuns: 5_000 },
    );
  });

  it('costs time in proportion to the text', () => {
    const slow = (value: object): number => {
      const startedAt = process.cpuUsage().user;
      readActivityEvent(value as JsonValue);
      return (process.cpuUsage().user - startedAt) / 1_000;
    };
    for (const text of [
      'a'.repeat(1e6),
      ' '.repeat(1e6),
      'a@'.repeat(5e5),
      'a@b.'.repeat(2.5e5),
      '\u001f'.repeat(1e6),
    ]) {
      assert.ok(slow({ ...VALID, email: text, component: text, environment: text, message: text }) < 200);
    }
  });
});

describe('epochSeconds', () => {
  const cases: readonly (readonly [instant: string, seconds: string])[] = [
    ['2021-04-16T00:00:00.000000Z', '1618531200.0'],
    ['2021-04-16T00:00:00.123456Z', '1618531200.123456'],
    ['2021-04-16T00:00:00.100000Z', '1618531200.1'],
    ['2021-04-16T00:00:00.000001Z', '1618531200.000001'],
    ['1970-01-01T00:00:00.000000Z', '0.0'],
    ['1969-12-31T23:59:59.750000Z', '-0.25'],
    ['1969-12-31T23:59:58.999999Z', '-1.000001'],
    ['1969-12-31T23:59:58.000000Z', '-2.0'],
    ['0001-01-01T00:00:00.000000Z', '-62135596800.0'],
    ['9999-12-31T23:59:59.999999Z', '253402300799.999999'],
  ];
  for (const [instant, seconds] of cases) {
    it(`is ${seconds} at ${instant}`, () => assert.equal(epochSeconds(instant as Instant), seconds));
  }

  it('is what Python prints of the same float', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) }), (ms) => {
        const printed = String(ms / 1_000);
        assert.equal(epochSeconds(instantFromMs(ms)), printed.includes('.') ? printed : `${printed}.0`);
      }),
    );
  });
});

describe('activityEventJson', () => {
  it('is JSON of the old service’s fields, whatever is in them', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, text, fc.dictionary(text, fc.jsonValue()), (component, message, data) => {
        const row = {
          id: ID,
          createdAt: instantFromMs(1_500),
          email: 'a@b.c',
          component,
          environment: 'test',
          message,
        };
        const parsed = parseStrictJson(activityEventJson({ ...row, data: JSON.stringify(data) }));
        const expected = { component, data, email: 'a@b.c', environment: 'test', message, id: ID, created_at: '1.5' };
        if (parsed.kind === 'json') assert.deepEqual(JSON.stringify(parsed.value), JSON.stringify(expected));
        assert.deepEqual(
          JSON.parse(activityEventJson({ ...row, data: JSON.stringify(data) })),
          JSON.parse(JSON.stringify(expected)),
        );
      }),
    );
  });
});
