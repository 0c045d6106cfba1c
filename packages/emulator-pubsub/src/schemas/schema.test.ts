import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compatibilityFault, compileSchema, MAX_DEFINITION_BYTES, type SchemaType } from './schema.ts';

// The two definitions that Pub/Sub's documentation begins with.
const AVRO = JSON.stringify({
  type: 'record',
  name: 'Avro',
  fields: [
    { name: 'ProductName', type: 'string', default: '' },
    { name: 'SKU', type: 'int', default: 0 },
    { name: 'InStock', type: 'boolean', default: false },
  ],
});
const PROTOBUF =
  'syntax = "proto3"; message ProtocolBuffer { string product_name = 1; int32 SKU = 2; bool in_stock = 3; }';

function validate(type: SchemaType, definition: string, data: Buffer | string): string | undefined {
  const schema = compileSchema(type, definition);
  assert.equal(schema.kind, 'schema', 'detail' in schema ? schema.detail : '');
  if (schema.kind !== 'schema') return undefined;
  return schema.validate(Buffer.from(data as string), typeof data === 'string' ? 'JSON' : 'BINARY');
}

test('an Avro message is validated in either encoding', () => {
  assert.equal(validate('AVRO', AVRO, '{"ProductName":"lamp","SKU":7,"InStock":true}'), undefined);
  assert.equal(validate('AVRO', AVRO, Buffer.from('086c616d700e01', 'hex')), undefined);
  assert.equal(
    validate('AVRO', AVRO, '{"ProductName":"lamp","SKU":"7","InStock":true}'),
    '$.SKU must be an integer of 32 bits, got "7"',
  );
  assert.equal(
    validate('AVRO', AVRO, Buffer.from('086c616d700e0100', 'hex')),
    'a message must end with its value, got 1 bytes more',
  );
});

test('a protocol buffer message is validated in either encoding', () => {
  assert.equal(validate('PROTOCOL_BUFFER', PROTOBUF, '{"productName":"lamp","SKU":7,"in_stock":true}'), undefined);
  assert.equal(validate('PROTOCOL_BUFFER', PROTOBUF, Buffer.from('0a046c616d7010071801', 'hex')), undefined);
  assert.match(validate('PROTOCOL_BUFFER', PROTOBUF, '{"color":"red"}') ?? '', /key \\"color\\" is unknown/);
  assert.match(validate('PROTOCOL_BUFFER', PROTOBUF, Buffer.from('0a056c616d70', 'hex')) ?? '', /premature EOF/);
});

test('a definition has at most 300 KB', () => {
  const padded = (bytes: number): string => AVRO + ' '.repeat(bytes - AVRO.length);
  assert.equal(compileSchema('AVRO', padded(MAX_DEFINITION_BYTES)).kind, 'schema');
  assert.deepEqual(compileSchema('AVRO', padded(MAX_DEFINITION_BYTES + 1)), {
    kind: 'faulty',
    detail: 'a definition must have at most 307200 bytes, got 307201',
  });
  assert.match(compatibilityFault('AVRO', AVRO, padded(MAX_DEFINITION_BYTES + 1)) ?? '', /at most 307200 bytes/);
});

test('what is no definition of its type is faulty', () => {
  for (const [type, definition] of [
    ['AVRO', ''],
    ['AVRO', PROTOBUF],
    ['AVRO', '{"type":"record","name":"R"}'],
    ['PROTOCOL_BUFFER', ''],
    ['PROTOCOL_BUFFER', AVRO],
    ['PROTOCOL_BUFFER', 'syntax = "proto3";'],
  ] as const) {
    const schema = compileSchema(type, definition);
    assert.equal(schema.kind, 'faulty', definition);
    if (schema.kind === 'faulty') assert.ok(schema.detail.length < 400, schema.detail);
  }
});

test('a revision is compared with the one before', () => {
  assert.equal(compatibilityFault('AVRO', AVRO, AVRO), undefined);
  assert.equal(compatibilityFault('PROTOCOL_BUFFER', PROTOBUF, PROTOBUF), undefined);
  assert.match(
    compatibilityFault('AVRO', AVRO, AVRO.replace('"int","default":0', '"string"')) ?? '',
    /readable across revisions/,
  );
  assert.match(
    compatibilityFault('PROTOCOL_BUFFER', PROTOBUF, PROTOBUF.replace('int32', 'string')) ?? '',
    /must keep its type, got "string" for "int32"/,
  );
  assert.match(compatibilityFault('AVRO', AVRO, 'nothing') ?? '', /must be JSON/);
});
