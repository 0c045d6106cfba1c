import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ClientEventRow, instantFromMs, type NewRecord, type Reading, type SchemaVersion } from '@sluice/core';
import fc from 'fast-check';
import { deliveredIn } from '../testing/delivered.ts';
import { type ClientEventCommand, clientEventCommand, clientEventCommands, clientEventStream } from './client-event.ts';
import { clientName, eventName } from './name.ts';
import { CompiledSchemas, schemaVersions } from './schemas.ts';

const ID = '3f0a8b52-7a1c-4b6e-9d2e-1c2d3e4f5a6b';
const CORRELATION_ID = '0192f0c1-2222-7333-8444-555566667777';
const YEAR = (year: number) => Date.UTC(year, 0, 1);

/** Versions that take one kind of value each, so that it shows which one was used; one a year. */
const TYPES = ['string', 'integer', 'boolean'] as const;
const VERSIONS: readonly SchemaVersion[] = TYPES.map((type, index) => ({
  client: 'Bob',
  event: 'Fruits',
  topic: 'Bob.Fruits',
  version: index + 1,
  schema: JSON.stringify({ type }),
  compatibility: 'none',
  registeredAt: instantFromMs(YEAR(2021 + index)),
  commandId: `0000000${index}-0000-4000-8000-000000000000`,
}));

const streamOf = (versions: readonly SchemaVersion[]) =>
  clientEventStream({
    client: 'Bob',
    event: 'Fruits',
    topic: 'Bob.Fruits',
    versions: schemaVersions(versions, new CompiledSchemas()),
  });
const stream = streamOf(VERSIONS);

const delivered = deliveredIn('Bob.Fruits', YEAR(2030));

function rowOf(reading: Reading): ClientEventRow {
  assert.ok(reading.kind === 'command', JSON.stringify(reading));
  const [effect, ...more] = reading.effects;
  assert.ok(effect?.kind === 'row' && effect.table === 'events' && more.length === 0);
  return effect.row;
}

const command: ClientEventCommand = {
  client: 'Bob',
  event: 'Fruits',
  topic: 'Bob.Fruits',
  version: 2,
  commandId: ID,
  value: Buffer.from(' 1.0 '),
  acceptedAtMs: Date.UTC(2026, 10, 21, 10, 0, 0, 42),
  correlationId: CORRELATION_ID,
};

describe('clientEventCommand', () => {
  it('publishes the bytes that were validated, keyed by its id, with the version in its headers', () => {
    const { topic, key, value, headers } = clientEventCommand(command);
    assert.deepEqual([topic, key], ['Bob.Fruits', ID]);
    assert.equal(value, command.value);
    assert.deepEqual(Object.fromEntries(headers.map((header) => [header.name, header.value])), {
      ce_specversion: '1.0',
      ce_id: ID,
      ce_source: 'Bob',
      ce_type: 'Bob.Fruits',
      ce_time: '2026-11-21T10:00:00.042Z',
      ce_dataschema: 'urn:sluice:schema:Bob.Fruits:2',
      ce_correlationid: CORRELATION_ID,
      correlationId: CORRELATION_ID,
      'content-type': 'application/json',
    });
  });

  it('is read as the row that it is, its text as it came', () => {
    const { value, headers } = clientEventCommand(command);
    assert.deepEqual(rowOf(stream.read(delivered(value, headers as NewRecord['headers'] & { value: string }[]))), {
      id: ID,
      createdAt: '2026-11-21T10:00:00.042000Z',
      client: 'Bob',
      event: 'Fruits',
      schemaVersion: 2,
      data: ' 1.0 ',
    });
  });
});

const VALUES = ['"x"', '1', 'true'] as const;
const naming = (uri: string) => [{ name: 'ce_dataschema', value: uri }];

describe('clientEventCommands', () => {
  it('makes the same records as one at a time', () => {
    const { commandId, value, ...shared } = command;
    const make = clientEventCommands(shared);
    for (const [id, bytes] of [
      [commandId, value],
      [CORRELATION_ID, Buffer.from('2')],
    ] as const) {
      assert.deepEqual(make(id, bytes), clientEventCommand({ ...shared, commandId: id, value: bytes }));
    }
  });
});

describe('clientEventStream', () => {
  it('reads a record with the version that it names, whatever the time and the latest', () => {
    for (const [index, value] of VALUES.entries()) {
      const headers = naming(`urn:sluice:schema:Bob.Fruits:${index + 1}`);
      for (const year of [2000, 2021, 2030]) {
        assert.equal(rowOf(stream.read(delivered(value, headers, YEAR(year)))).schemaVersion, index + 1);
      }
      const other = stream.read(delivered(VALUES[(index + 1) % 3] as string, headers));
      assert.ok(other.kind === 'poison');
      assert.equal(other.reason, 'schema-violation');
      assert.match(other.detail, /^value must be/);
    }
  });

  it('reads a record that names none with the one in force at its time, and older ones with the first', () => {
    for (const [time, version] of [
      [0, 1],
      [YEAR(2021) - 1, 1],
      [YEAR(2021), 1],
      [YEAR(2022) - 1, 1],
      [YEAR(2022), 2],
      [YEAR(2023) - 1, 2],
      [YEAR(2023), 3],
      [YEAR(2050), 3],
    ] as const) {
      for (const headers of [
        [],
        naming('https://example.org/schema'),
        naming('urn:sluice:schema:Bob.Fruit:1'),
        naming(''),
      ]) {
        assert.equal(
          rowOf(stream.read(delivered(VALUES[version - 1] as string, headers, time))).schemaVersion,
          version,
        );
      }
    }
  });

  it('dead-letters a record that names a version that is not registered', () => {
    for (const end of ['4', '0', '', '01', '-1', '1.0', 'x', '1e0', '99999999999999999999', '1 ']) {
      const reading = stream.read(delivered('1', naming(`urn:sluice:schema:Bob.Fruits:${end}`)));
      assert.ok(reading.kind === 'poison', end);
      assert.equal(reading.reason, 'unknown-schema');
      assert.match(reading.detail, /"urn:sluice:schema:Bob\.Fruits:.*" must be registered/);
    }
    const reading = streamOf([]).read(delivered('1'));
    assert.ok(reading.kind === 'poison' && reading.reason === 'unknown-schema');
    assert.match(reading.detail, /a schema of Bob\.Fruits must be registered/);
  });

  it('dead-letters what is no strict JSON, and names the rule', () => {
    for (const [value, detail] of [
      [null, /^value must be JSON, got none$/],
      ['', /^value must be JSON/],
      ['{"a":1,"a":1}', /each key once/],
      [Buffer.from([0x22, 0xff, 0x22]), /UTF-8/],
    ] as const) {
      const reading = stream.read(delivered(value));
      assert.ok(reading.kind === 'poison' && reading.reason === 'malformed-json');
      assert.match(reading.detail, detail);
    }
  });

  it("takes what lies in the client's topic for the client's, whoever says to have sent it", () => {
    const foreign = [{ name: 'ce_source', value: 'Patrick' }];
    for (const reading of [stream.read(delivered('true', foreign)), stream.read(delivered('1', foreign))]) {
      assert.equal(reading.identity.client, 'Bob');
    }
    assert.equal(rowOf(stream.read(delivered('true', foreign))).client, 'Bob');
  });

  it('gives the same reading each time, whatever the record holds', () => {
    const header = fc.record({
      name: fc.constantFrom('ce_id', 'ce_source', 'ce_time', 'ce_dataschema', 'ce_type'),
      value: fc.oneof(
        fc.constant(null),
        fc.string().map((text) => Buffer.from(text)),
        fc.uint8Array().map(Buffer.from),
      ),
    });
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), fc.array(header), fc.nat(2 ** 42), (text, headers, time) => {
        const record = delivered(text, headers, time);
        assert.deepEqual(stream.read(record), streamOf(VERSIONS).read(record));
      }),
    );
  });
});

describe('CompiledSchemas', () => {
  it('compiles a version once while it is used, and keeps no more than it may', () => {
    const compiled = new CompiledSchemas(2);
    const [one, two, three] = VERSIONS as [SchemaVersion, SchemaVersion, SchemaVersion];
    const first = compiled.validatorOf(one);
    const second = compiled.validatorOf(two);
    assert.equal(compiled.validatorOf(one), first);
    compiled.validatorOf(three);
    // The one that was used last is still there, the other is not.
    assert.equal(compiled.validatorOf(one), first);
    assert.notEqual(compiled.validatorOf(two), second);
  });

  it('takes what is registered but is no schema for nothing', () => {
    const [one] = VERSIONS as [SchemaVersion];
    for (const schema of ['', '{"type":"fruit"}', '1']) {
      assert.equal(new CompiledSchemas().validatorOf({ ...one, schema }), undefined);
    }
    assert.equal(streamOf([{ ...one, schema: '1' }]).read(delivered('1')).kind, 'poison');
  });
});

describe('names', () => {
  it('are those that make a topic of Kafka and Pub/Sub, and no address of a service', () => {
    for (const name of ['a', 'SpongeBob', 'new_event1', 'A-b', 'x'.repeat(63), 'Api', 'apis', 'goo']) {
      assert.deepEqual(clientName(name), { kind: 'name', name });
      assert.deepEqual(eventName(name), { kind: 'name', name });
    }
    for (const name of ['', '1a', '_a', '-a', 'a.b', 'a b', 'ä', 'a\n', 'a/b', 'x'.repeat(64), 'ａ', 'a\u0000']) {
      assert.equal(clientName(name).kind, 'refused', name);
      assert.equal(eventName(name).kind, 'refused', name);
    }
    for (const name of ['api', 'app', 'health', 'ready', 'metrics', 'goog', 'google']) {
      assert.equal(clientName(name).kind, 'refused', name);
      assert.equal(eventName(name).kind, 'name', name);
    }
  });
});
