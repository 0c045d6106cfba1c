import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROJECT, schemaName, testEmulator } from '../../testing/emulator.ts';

const definition = (...names: string[]): string =>
  JSON.stringify({
    type: 'record',
    name: 'Order',
    fields: names.map((name) => ({ name, type: 'string', default: '' })),
  });

const name = schemaName('order');
const avro = (...names: string[]) => ({ type: 'AVRO', definition: definition(...names) }) as const;
const order = { parent: PROJECT, schemaId: 'order' };

test('a schema is made, answered in views, and listed', async (context) => {
  const { schemas } = await testEmulator(context);
  const [created] = await schemas.createSchema({ ...order, schema: { name: 'ignored', ...avro('a') } });
  assert.equal(created.name, name);
  assert.match(created.revisionId ?? '', /^[0-9a-f]{8}$/);
  assert.ok(Math.abs(Number(created.revisionCreateTime?.seconds) - Date.now() / 1000) < 60);
  assert.deepEqual((await schemas.getSchema({ name }))[0], created);
  const basic = { ...created, definition: '' };
  assert.deepEqual((await schemas.getSchema({ name, view: 'BASIC' }))[0], basic);
  assert.deepEqual((await schemas.listSchemas({ parent: PROJECT }))[0], [basic]);
  assert.deepEqual((await schemas.listSchemas({ parent: PROJECT, view: 'FULL' }))[0], [created]);
  await assert.rejects(schemas.createSchema({ ...order, schema: avro('a') }), {
    code: 6,
    details: 'Resource already exists in the project (resource=order).',
  });
  await assert.rejects(schemas.getSchema({ name: schemaName('none') }), { code: 5 });
});

test('revisions are committed, read by their id, rolled back to and deleted, but for the last', async (context) => {
  const { schemas } = await testEmulator(context);
  const [first] = await schemas.createSchema({ ...order, schema: avro('a') });
  const [second] = await schemas.commitSchema({ name, schema: { name, ...avro('a', 'b') } });
  assert.notEqual(second.revisionId, first.revisionId);
  assert.deepEqual((await schemas.getSchema({ name }))[0], second);
  assert.deepEqual((await schemas.getSchema({ name: `${name}@${first.revisionId}` }))[0], first);
  const [third] = await schemas.rollbackSchema({ name, revisionId: first.revisionId ?? '' });
  assert.equal(third.definition, first.definition);
  const listed: string[] = [];
  let pageToken = '';
  do {
    const [, , answer] = await schemas.listSchemaRevisions({ name, pageSize: 2, pageToken }, { autoPaginate: false });
    listed.push(...(answer.schemas ?? []).map(({ revisionId }) => revisionId ?? ''));
    pageToken = answer.nextPageToken ?? '';
  } while (pageToken !== '');
  assert.deepEqual(
    listed,
    [third, second, first].map(({ revisionId }) => revisionId),
  );
  const [left] = await schemas.deleteSchemaRevision({ name: `${name}@${third.revisionId}` });
  assert.deepEqual(left, second);
  await schemas.deleteSchemaRevision({ name, revisionId: first.revisionId ?? '' });
  await assert.rejects(schemas.deleteSchemaRevision({ name: `${name}@${second.revisionId}` }), { code: 3 });
  await assert.rejects(schemas.getSchema({ name: `${name}@${first.revisionId}` }), { code: 5 });
  await schemas.deleteSchema({ name });
  await assert.rejects(schemas.getSchema({ name }), { code: 5 });
});

test('a revision that cannot follow, another type and a twenty-first revision are refused', async (context) => {
  const { schemas } = await testEmulator(context);
  await schemas.createSchema({ ...order, schema: avro('a') });
  const incompatible = {
    type: 'AVRO',
    definition: '{"type":"record","name":"Order","fields":[{"name":"a","type":"int"}]}',
  } as const;
  await assert.rejects(schemas.commitSchema({ name, schema: incompatible }), { code: 3, details: /Incompatible/ });
  const proto = { type: 'PROTOCOL_BUFFER', definition: 'syntax = "proto3"; message Order { string a = 1; }' } as const;
  await assert.rejects(schemas.commitSchema({ name, schema: proto }), {
    code: 3,
    details: /type of a schema cannot be changed/,
  });
  for (let index = 1; index < 20; index += 1) await schemas.commitSchema({ name, schema: avro('a', `b${index}`) });
  await assert.rejects(schemas.commitSchema({ name, schema: avro('a') }), { code: 3, details: /20 revisions/ });
});

test('definitions and messages are validated, stored or not', async (context) => {
  const { schemas } = await testEmulator(context);
  await schemas.validateSchema({ parent: PROJECT, schema: avro('a') });
  for (const definition of ['', '{', '{"type":"record"}']) {
    const schema = { type: 'AVRO', definition } as const;
    await assert.rejects(schemas.validateSchema({ parent: PROJECT, schema }), { code: 3 }, definition);
    await assert.rejects(schemas.createSchema({ ...order, schema }), { code: 3 }, definition);
  }
  await schemas.createSchema({ ...order, schema: avro('a') });
  const message = (value: object) => Buffer.from(JSON.stringify(value));
  const proto = { type: 'PROTOCOL_BUFFER', definition: 'syntax = "proto3"; message Order { string a = 1; }' } as const;
  for (const spec of [{ name }, { schema: avro('a') }, { schema: proto }]) {
    const ask = (value: object) =>
      schemas.validateMessage({ parent: PROJECT, ...spec, message: message(value), encoding: 'JSON' });
    await ask({ a: 'x' });
    await assert.rejects(ask({ a: 1 }), { code: 3, details: /^Invalid data in message: / });
  }
  const binary = Buffer.from([0x0a, 1, 0x78]);
  await schemas.validateMessage({ parent: PROJECT, schema: proto, message: binary, encoding: 'BINARY' });
  await assert.rejects(schemas.validateMessage({ parent: PROJECT, name, message: binary }), { code: 3 });
});
