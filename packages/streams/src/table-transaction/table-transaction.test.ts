import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  HEADER,
  type NewRecord,
  netEffect,
  type Reading,
  type TableTransaction,
  type TransactionOutcome,
} from '@sluice/core';
import fc from 'fast-check';
import type { AcceptedEvent } from '../envelope.ts';
import { deliveredIn } from '../testing/delivered.ts';
import { tableTransactionCommand, tableTransactionStream } from './table-transaction.ts';

const ID = '3f0a8b52-7a1c-4b6e-9d2e-1c2d3e4f5a6b';
const OTHER_ID = '0192f0c1-2222-7333-8444-555566667777';
const stream = tableTransactionStream({ topic: 'database.activities' });

/** As a client may write it: the bytes are kept, blanks, order and all. */
const VALUE = `{ "activities": [
  {"operation": "insert", "table": "orders", "col_names": ["id", "total"], "col_types": ["INTEGER", "DECIMAL(10, 2)"],
   "col_values": [1, "12.50"]},
  {"operation": "delete", "table": "orders",
   "value_to_delete": {"col_names": ["id"], "col_types": ["INTEGER"], "col_values": [null]}}]}`;

const command: AcceptedEvent = {
  topic: 'database.activities',
  commandId: ID,
  client: 'SpongeBob',
  value: Buffer.from(VALUE),
  acceptedAtMs: Date.UTC(2026, 10, 21, 10, 0, 0, 42),
  correlationId: OTHER_ID,
};

const delivered = deliveredIn('database.activities');

function transactionOf(reading: Reading): TableTransaction {
  assert.ok(reading.kind === 'command', JSON.stringify(reading));
  const [effect, ...more] = reading.effects;
  assert.ok(effect?.kind === 'table-transaction' && more.length === 0);
  return effect.transaction;
}

describe('tableTransactionCommand', () => {
  it('publishes the bytes that were validated, keyed by client, and what is about them in headers', () => {
    const { topic, key, value, headers } = tableTransactionCommand(command);
    assert.deepEqual([topic, key], ['database.activities', 'SpongeBob']);
    assert.equal(value, command.value);
    assert.deepEqual(Object.fromEntries(headers.map((header) => [header.name, header.value])), {
      ce_specversion: '1.0',
      ce_id: ID,
      ce_source: 'SpongeBob',
      ce_type: 'database.activities.v1',
      ce_time: '2026-11-21T10:00:00.042Z',
      ce_dataschema: 'urn:sluice:schema:database.activities.v1:1',
      ce_correlationid: OTHER_ID,
      correlationId: OTHER_ID,
      'content-type': 'application/json',
    });
    assert.equal(headers.length, 9);
  });
});

describe('tableTransactionStream', () => {
  it('names its stream and its topic', () => {
    assert.deepEqual([stream.name, stream.topic], ['database.activities.v1', 'database.activities']);
  });

  it('reads a command as one transaction of its client', () => {
    const { value, headers } = tableTransactionCommand(command);
    const INTEGER = { kind: 'integer' } as const;
    const activities = [
      {
        kind: 'insert',
        table: 'orders',
        columns: [
          { name: 'id', type: INTEGER, value: 1 },
          { name: 'total', type: { kind: 'decimal', precision: 10, scale: 2 }, value: '12.50' },
        ],
      },
      { kind: 'delete', table: 'orders', predicates: [{ name: 'id', type: INTEGER, value: null }] },
    ] as const;
    assert.deepEqual(stream.read(delivered(value, headers)), {
      kind: 'command',
      identity: { commandId: ID, client: 'SpongeBob', time: '2026-11-21T10:00:00.042000Z' },
      effects: [{ kind: 'table-transaction', transaction: { client: 'SpongeBob', activities } }],
    });
  });
});

describe('tableTransactionStream: foreign records', () => {
  const idOf = (json: object, headers: NewRecord['headers'] = []): string =>
    stream.read(delivered(JSON.stringify(json), headers)).identity.commandId;

  it('are of the client that their source names, or the default one', () => {
    const clientOf = (headers: NewRecord['headers']): string =>
      transactionOf(stream.read(delivered(VALUE, headers))).client;
    assert.equal(clientOf([]), 'default');
    assert.equal(clientOf([{ name: HEADER.source, value: 'Squidward' }]), 'Squidward');
  });

  it('take their id from the header before the value, and from their place where neither has one', () => {
    assert.equal(idOf({ activities: [], command_id: OTHER_ID.toUpperCase() }), OTHER_ID);
    assert.equal(idOf({ activities: [], command_id: OTHER_ID }, [{ name: HEADER.id, value: ID }]), ID);
    const placed = idOf({ activities: [] });
    assert.match(placed, /^[0-9a-f]{8}-[0-9a-f]{4}-5/);
    for (const command_id of ['', 7, null, { a: 1 }]) assert.equal(idOf({ activities: [], command_id }), placed);
  });
});

describe('tableTransactionStream: poison', () => {
  const POISON: readonly (readonly [value: string | Buffer | null, reason: string, detail: string | RegExp])[] = [
    [null, 'malformed-json', 'value must be JSON, got none'],
    ['', 'malformed-json', /^value must be JSON \(RFC 8259\)/],
    [Buffer.from([0xde, 0xad, 0xbe, 0xef]), 'malformed-json', /^value must be valid UTF-8/],
    ['{"activities":[],"activities":[]}', 'malformed-json', 'value must have each key once, got "activities" again'],
    [
      '{"activities":[{"col_values":[9007199254740993]}]}',
      'malformed-json',
      /^\/activities\/0\/col_values\/0 must be a number/,
    ],
    ['null', 'schema-violation', 'value must be an object, got null'],
    ['{}', 'schema-violation', '/activities must be an array of at most 1000 activities, got nothing'],
    [
      JSON.stringify({ activities: [1, 2, 3, 4, 5] }),
      'schema-violation',
      '/activities/0 must be an object, got 1; /activities/1 must be an object, got 2; /activities/2 must be an object, got 3; and 2 more',
    ],
  ];
  for (const [value, reason, detail] of POISON) {
    it(`is ${JSON.stringify(value?.toString())}`, () => {
      const reading = stream.read(delivered(value));
      assert.ok(reading.kind === 'poison');
      assert.equal(reading.reason, reason);
      if (typeof detail === 'string') assert.equal(reading.detail, detail);
      else assert.match(reading.detail, detail);
    });
  }

  it('keeps the identity that it has', () => {
    const idOf = (value: string, headers: NewRecord['headers'] = []): string =>
      stream.read(delivered(value, headers)).identity.commandId;
    assert.equal(idOf('garbage', [{ name: HEADER.id, value: ID }]), ID);
    assert.equal(idOf(`{"command_id":"${ID}"}`), ID);
    assert.match(idOf(`{"command_id":"${ID}"`), /^[0-9a-f]{8}-[0-9a-f]{4}-5/);
  });

  it('is told in a bounded line, whatever the bytes, and reading never throws or changes its answer', () => {
    const names = fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 });
    const activity = fc.record({ operation: fc.constantFrom('insert', 'x'), table: fc.string(), col_names: names });
    const values = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map(Buffer.from),
      fc.json({ maxDepth: 3 }).map(Buffer.from),
      fc.array(activity, { maxLength: 4 }).map((activities) => Buffer.from(JSON.stringify({ activities }))),
    );
    fc.assert(
      fc.property(values, (value) => {
        const reading = stream.read(delivered(value));
        assert.deepEqual(stream.read(delivered(value)), reading);
        if (reading.kind === 'command') return;
        assert.ok(reading.detail.length <= 501 && !/\p{C}/u.test(reading.detail), reading.detail);
      }),
    );
  });
});

describe('tableTransactionStream: the old gatekeeper’s payloads', () => {
  const arrays = { col_names: ['a', 'c', 'e'], col_types: ['INTEGER', 'TEXT', 'TEXT'] };
  const values = [3, '2019-04-28 10:24:30.183414', 'something'];
  const REMOVE = { operation: 'delete', table: 'table1', value_to_delete: { ...arrays, col_values: values } };
  const INSERT = {
    operation: 'insert',
    table: 'table1',
    col_names: ['a', 'b', 'c'],
    col_types: ['INTEGER', 'TEXT', 'TEXT'],
    col_values: [1, 'Backup and Restore', '2018-03-27 11:58:28.988414'],
  };
  const INSERT_ACE = { operation: 'insert', table: 'table1', ...arrays, col_values: values };
  const read = (...activities: object[]): Reading => stream.read(delivered(JSON.stringify({ activities })));

  it('are taken where its tests have them valid', () => {
    for (const activities of [[REMOVE], [INSERT_ACE], [REMOVE, INSERT], [INSERT]]) {
      assert.equal(transactionOf(read(...activities)).activities.length, activities.length);
    }
  });

  it('are refused where its tests have them invalid', () => {
    const numbered = { ...REMOVE.value_to_delete, col_names: [1, 2, 'e'] };
    const { table, ...untabled } = { ...REMOVE, value_to_delete: numbered };
    assert.equal(table, 'table1');
    const detailOf = (reading: Reading): string => (reading.kind === 'poison' ? reading.detail : 'taken');
    assert.match(detailOf(read({ ...REMOVE, operation: 'other operation' })), /^\/activities\/0\/operation must be /);
    assert.match(
      detailOf(read({ ...REMOVE, value_to_delete: numbered })),
      /col_names\/0 must be a string, got 1; .*got 2$/,
    );
    assert.match(detailOf(read(untabled)), /^\/activities\/0\/table must be a table's name .*, got nothing; /);
  });

  it('come to this in the order of a load test: what it deletes is there once a column e is', () => {
    const transactions = [[REMOVE], [INSERT], [REMOVE, INSERT], [INSERT_ACE], [REMOVE, INSERT]].map((activities) =>
      transactionOf(read(...activities)),
    );
    const effect = netEffect(new Map(), transactions);
    const rejected = (detail: string): TransactionOutcome => ({ kind: 'rejected', detail });
    assert.deepEqual(effect.outcomes, [
      rejected('Table "table1" does not exist'),
      { kind: 'applied' },
      rejected('Column "e" does not exist in table "table1"'),
      { kind: 'applied' },
      { kind: 'applied' },
    ]);
    assert.deepEqual(
      effect.inserts.map(({ columns, rows }) => [columns.map(({ name }) => name).join(), rows.length]),
      [['a,b,c', 2]],
    );
  });
});
