import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BrokerRecord, HEADER, type NewRecord, parseInstant, type Reading } from '@sluice/core';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { deliveredIn } from './testing/delivered.ts';
import { TIMESTAMP_SCHEMA, type TimestampCommand, timestampCommand, timestampStream } from './timestamp.ts';

const ID = '3f0a8b52-7a1c-4b6e-9d2e-1c2d3e4f5a6b';
const OTHER_ID = '0192f0c1-2222-7333-8444-555566667777';
const stream = timestampStream({ topic: 'timestamp.command' });

const command: TimestampCommand = {
  topic: 'timestamp.command',
  commandId: ID,
  eventTimestamp: '2006-01-02T15:04:05.123456789+02:00',
  client: 'default',
  acceptedAtMs: Date.UTC(2026, 10, 21, 10, 0, 0, 42),
  correlationId: OTHER_ID,
};

const instantText = fc
  .date({ min: new Date('0001-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString());

const delivered = deliveredIn('timestamp.command');

const published = (given: TimestampCommand): BrokerRecord => {
  const { value, headers } = timestampCommand(given);
  return delivered(value, headers);
};

describe('timestampCommand', () => {
  it('writes the old system’s value, byte for byte, and what is about it into headers', () => {
    const { topic, key, value, headers } = timestampCommand(command);
    assert.equal(topic, 'timestamp.command');
    assert.equal(key, ID);
    assert.equal(String(value), `{"event_timestamp":"2006-01-02T15:04:05.123456789+02:00","command_id":"${ID}"}`);
    assert.deepEqual(Object.fromEntries(headers.map((header) => [header.name, header.value])), {
      ce_specversion: '1.0',
      ce_id: ID,
      ce_source: 'default',
      ce_type: 'timestamp.command.v1',
      ce_time: '2026-11-21T10:00:00.042Z',
      ce_dataschema: 'urn:sluice:schema:timestamp.command.v1:1',
      ce_correlationid: OTHER_ID,
      correlationId: OTHER_ID,
      'content-type': 'application/json',
    });
    assert.equal(headers.length, 9);
  });

  it('gives each command its own time and texts, whatever was written before', () => {
    const times = [0, 0, 1, 0].map((ms) => {
      const record = timestampCommand({ ...command, acceptedAtMs: command.acceptedAtMs + ms });
      return record.headers.find(({ name }) => name === HEADER.time)?.value;
    });
    assert.deepEqual(
      times,
      ['42', '42', '43', '42'].map((ms) => `2026-11-21T10:00:00.0${ms}Z`),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (eventTimestamp, commandId) => {
        const { value } = timestampCommand({ ...command, eventTimestamp, commandId });
        assert.equal(String(value), JSON.stringify({ event_timestamp: eventTimestamp, command_id: commandId }));
      }),
    );
  });
});

describe('timestampStream', () => {
  it('names its stream and its topic', () => {
    assert.deepEqual([stream.name, stream.topic], ['timestamp.command.v1', 'timestamp.command']);
  });

  it('reads a command as one row, in UTC', () => {
    assert.deepEqual(stream.read(published(command)), {
      kind: 'command',
      identity: { commandId: ID, client: 'default', time: '2026-11-21T10:00:00.042000Z' },
      effects: [
        {
          kind: 'row',
          table: 'timestamp_records',
          row: {
            id: ID,
            eventTimestamp: '2006-01-02T13:04:05.123456Z',
            createdAt: '2026-11-21T10:00:00.042000Z',
            client: 'default',
          },
        },
      ],
    });
  });

  it('reads back whatever ingest can accept', () => {
    const accepted = fc.record({
      commandId: fc.uuid(),
      eventTimestamp: fc.oneof(
        instantText,
        instantText.map((text) => text.replace('Z', '+05:45')),
        instantText.map((text) => text.replace('Z', '123456Z')),
      ),
      client: fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,62}$/),
      acceptedAtMs: fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) }),
      correlationId: fc.uuid(),
    });
    fc.assert(
      fc.property(accepted, (given) => {
        const record = published({ ...given, topic: 'timestamp.command' });
        const parsed = parseInstant(given.eventTimestamp);
        assert.ok(parsed.kind === 'instant');
        assert.deepEqual(rowOf(stream.read(record)), {
          id: given.commandId,
          eventTimestamp: parsed.instant,
          createdAt: new Date(given.acceptedAtMs).toISOString().replace('Z', '000Z'),
          client: given.client,
        });
        assert.deepEqual(JSON.parse(String(record.value)), {
          event_timestamp: given.eventTimestamp,
          command_id: given.commandId,
        });
      }),
    );
  });
});

describe('timestampStream: the form that ingest writes', () => {
  it('is read as the same JSON is that was written otherwise', () => {
    const timestamp = fc.oneof(instantText, fc.string({ unit: fc.constantFrom(...'0123456789T:.Z+-'), maxLength: 70 }));
    const id = fc.oneof(
      fc.uuid(),
      fc.string({ unit: fc.constantFrom(...'0123456789abcdef-'), minLength: 35, maxLength: 37 }),
    );
    fc.assert(
      fc.property(timestamp, id, (event_timestamp, command_id) => {
        const value = JSON.stringify({ event_timestamp, command_id });
        assert.deepEqual(stream.read(delivered(value)), stream.read(delivered(` ${value}`)));
      }),
    );
  });
});

describe('timestampStream: foreign records', () => {
  const row = (json: object, headers: NewRecord['headers'] = []) =>
    rowOf(stream.read(delivered(JSON.stringify(json), headers)));
  const event_timestamp = '2024-05-06T07:08:09Z';

  it('take their id from the value, their time from the record, and are the default client’s', () => {
    assert.deepEqual(row({ command_id: ID.toUpperCase(), event_timestamp }), {
      id: ID,
      eventTimestamp: '2024-05-06T07:08:09.000000Z',
      createdAt: '2024-05-06T07:08:09.000000Z',
      client: 'default',
    });
  });

  it('take their id from the header before the value, and from their place where neither has one', () => {
    assert.equal(row({ command_id: OTHER_ID, event_timestamp }, [{ name: HEADER.id, value: ID }])?.id, ID);
    const placed = row({ event_timestamp })?.id ?? '';
    assert.match(placed, /^[0-9a-f]{8}-[0-9a-f]{4}-5/);
    assert.equal(row({ event_timestamp, command_id: '' })?.id, placed);
  });

  it('may have further keys, and any text for an id', () => {
    const id = row({ event_timestamp, command_id: 'order 1', more: { a: [1, null] } })?.id ?? '';
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-5/);
    assert.notEqual(id, row({ event_timestamp, command_id: 'order 2' })?.id);
  });
});

const POISON: readonly (readonly [value: string | Buffer | null, reason: string, detail: string | RegExp])[] = [
  [null, 'malformed-json', 'value must be JSON, got none'],
  ['', 'malformed-json', /^value must be JSON \(RFC 8259\), got its end at character 1/],
  ['\u0001\u0002 garbage', 'malformed-json', /^value must be JSON .* of "\\u0001\\u0002 garbage"$/],
  [Buffer.from([0xde, 0xad, 0xbe, 0xef]), 'malformed-json', /^value must be valid UTF-8/],
  [
    '{"event_timestamp":1,"event_timestamp":2}',
    'malformed-json',
    'value must have each key once, got "event_timestamp" again',
  ],
  [
    '{"a":[1e400]}',
    'malformed-json',
    '/a/0 must be a number that a double keeps, got 1e400, which would become Infinity',
  ],
  [
    '{"\u202e":1e-400}',
    'malformed-json',
    String.raw`/\u202e must be a number that a double keeps, got 1e-400, which would become 0`,
  ],
  ['[]', 'schema-violation', 'value must be an object, got an array of 0'],
  ['null', 'schema-violation', 'value must be an object, got null'],
  ['"now"', 'schema-violation', 'value must be an object, got "now"'],
  ['{}', 'schema-violation', '/event_timestamp must be a string, got nothing'],
  ['{"event_timestamp":1}', 'schema-violation', '/event_timestamp must be a string, got 1'],
  ['{"event_timestamp":"now"}', 'schema-violation', /^\/event_timestamp must be an RFC 3339 date-time .*, got "now"$/],
  [
    '{"event_timestamp":"2024-02-30T00:00:00Z"}',
    'schema-violation',
    '/event_timestamp must have a day that exists: that month has 29 days, got "2024-02-30T00:00:00Z"',
  ],
  [
    '{"event_timestamp":"2024-02-29T00:00:00Z","command_id":7}',
    'schema-violation',
    '/command_id must be a string, got 7',
  ],
];

describe('timestampStream: poison', () => {
  for (const [value, reason, detail] of POISON) {
    it(`is ${JSON.stringify(value?.toString())}`, () => {
      const reading = stream.read(delivered(value));
      assert.ok(reading.kind === 'poison');
      assert.equal(reading.reason, reason);
      if (typeof detail === 'string') assert.equal(reading.detail, detail);
      else assert.match(reading.detail, detail);
    });
  }

  it('keeps the identity that it has: the header’s, the value’s where that could be read, the place’s', () => {
    const idOf = (value: string, headers: NewRecord['headers'] = []): string =>
      stream.read(delivered(value, headers)).identity.commandId;
    assert.equal(idOf('garbage', [{ name: HEADER.id, value: ID }]), ID);
    assert.equal(idOf(`{"command_id":"${ID}"}`), ID);
    assert.equal(idOf(`{"command_id":"${ID}","event_timestamp":"now"}`), ID);
    assert.match(idOf(`{"command_id":"${ID}"`), /^[0-9a-f]{8}-[0-9a-f]{4}-5/);
  });

  it('is told in a bounded line, whatever the bytes, and reading never throws or changes its answer', () => {
    const values = fc.oneof(
      fc.uint8Array({ maxLength: 500 }).map(Buffer.from),
      fc.json().map(Buffer.from),
      fc
        .array(fc.integer({ min: 0, max: 0x10ffff }), { maxLength: 500 })
        .map((codes) => Buffer.from(JSON.stringify({ event_timestamp: String.fromCodePoint(...codes) }))),
      fc.string({ minLength: 100, maxLength: 500 }).map((key) => Buffer.from(`{${JSON.stringify(key)}:1e999}`)),
    );
    const headers = fc.array(
      fc.record({
        name: fc.constantFrom(HEADER.id, HEADER.source, HEADER.time),
        value: fc.option(fc.uint8Array({ maxLength: 40 }).map(Buffer.from)),
      }),
    );
    fc.assert(
      fc.property(fc.option(values), headers, (value, given) => {
        const record = { ...delivered(value), headers: given };
        const before = JSON.stringify(record);
        const reading = stream.read(record);
        assert.deepEqual(stream.read(record), reading);
        assert.equal(JSON.stringify(record), before);
        const { commandId, client } = reading.identity;
        assert.match(commandId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
        assert.match(client, /^[\x21-\x7e]{1,255}$/);
        if (reading.kind === 'poison') assert.match(reading.detail, /^[^\p{Cc}\p{Cs}]{1,300}$/u);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('TIMESTAMP_SCHEMA', () => {
  it('says of any JSON what reading it says', () => {
    const ajv = new Ajv2020({ strict: true });
    ajv.addFormat('date-time', (text: string) => parseInstant(text).kind === 'instant');
    const validate = ajv.compile(TIMESTAMP_SCHEMA);
    const time = fc.oneof(
      instantText,
      fc.constantFrom('now', '', '2024-02-30T00:00:00Z'),
      fc.constantFrom(null, 1, [], {}),
    );
    const payload = fc.oneof(
      fc.record(
        {
          event_timestamp: time,
          command_id: fc.oneof(fc.uuid(), fc.string(), fc.constantFrom(null, 1)),
          x: fc.jsonValue(),
        },
        { requiredKeys: [] },
      ),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(payload, (value) => {
        const reading = stream.read(delivered(JSON.stringify(value)));
        if (reading.kind === 'poison' && reading.reason === 'malformed-json') return;
        assert.equal(reading.kind === 'command', validate(value));
      }),
      { numRuns: 2_000 },
    );
  });
});

function rowOf(reading: Reading) {
  const effect = reading.kind === 'command' ? reading.effects[0] : undefined;
  return effect?.kind === 'row' ? effect.row : undefined;
}
