import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SluiceError } from '@sluice/core';
import type { Fetched } from '@sluice/testing';
import { waitFor } from '@sluice/testing';
import { type PipelineIngest, testPipeline } from '../testing/pipeline.ts';

const PATH = '/api/v1/streams/Bob/Fruits';
const FRUITS = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  required: ['fruit'],
  properties: { fruit: { type: 'string' } },
};
const withProperty = (name: string, schema: unknown) => ({
  ...FRUITS,
  properties: { ...FRUITS.properties, [name]: schema },
});
const CONTROL = 'sluice.control.v1';

const put = (gateway: PipelineIngest, schema: unknown, compatibility?: string) =>
  gateway.put(PATH, { schema, ...(compatibility && { compatibility }) });
const told = ({ status, body }: Fetched) => [status, body?.version];

test('the first version is created, a further one changes it, the same one changes nothing', async () => {
  await using pipeline = await testPipeline();
  const gateway = await pipeline.ingest();
  const first = await put(gateway, FRUITS);
  assert.equal(first.status, 201);
  assert.deepEqual(first.body, {
    client: 'Bob',
    event: 'Fruits',
    topic: 'Bob.Fruits',
    version: 1,
    compatibility: 'backward',
  });
  assert.deepEqual(told(await put(gateway, FRUITS)), [200, 1]);
  const { properties, ...rest } = FRUITS;
  assert.deepEqual(told(await put(gateway, { properties, ...rest })), [200, 1]);
  assert.deepEqual(told(await put(gateway, withProperty('weight', { type: 'number' }))), [200, 2]);
  assert.deepEqual(told(await put(gateway, { type: 'integer' }, 'none')), [200, 3]);
  assert.equal(pipeline.store.tables.schemaVersions.length, 3);
  assert.equal(pipeline.records(CONTROL).length, 3);
  assert.equal(pipeline.records('Bob.Fruits').length, 0);
});

test('each version takes what it says, and what it took is read with it', async () => {
  await using pipeline = await testPipeline();
  const gateway = await pipeline.ingest();
  const ids: string[] = [];
  for (const [schema, event] of [
    [FRUITS, { fruit: 'fig' }],
    [withProperty('weight', { type: 'number' }), { fruit: 'fig', weight: 1 }],
    [{ type: 'integer' }, 7],
  ] as const) {
    assert.ok((await put(gateway, schema, 'none')).status < 300);
    ids.push((await gateway.post(PATH, JSON.stringify(event))).body.id);
  }
  assert.equal((await gateway.post(PATH, '{"fruit":"fig"}')).status, 400);
  pipeline.project('Bob', 'Fruits');
  for (const [index, id] of ids.entries()) {
    const row = await waitFor('the row', () => pipeline.store.tables.events.get(id));
    assert.equal(row.schemaVersion, index + 1);
  }
});

test('a version that was answered is the one that events are held against, told of or not', async () => {
  await using pipeline = await testPipeline();
  const gateway = await pipeline.ingest({
    store: ({ reader, watch }) => ({
      reader,
      watch: {
        outcome: (id, signal) => watch.outcome(id, signal),
        onRegistryChange: () => ({ [Symbol.dispose]: () => {} }),
      },
    }),
  });
  for (const [type, event] of [
    ['string', '"fig"'],
    ['integer', '7'],
    ['boolean', 'true'],
  ] as const) {
    assert.ok((await put(gateway, { type }, 'none')).status < 300);
    assert.equal((await gateway.post(PATH, event)).status, 202);
  }
});

test('a version that breaks what was accepted is refused, with the pointer to what breaks it', async () => {
  await using pipeline = await testPipeline();
  const gateway = await pipeline.ingest();
  await put(gateway, FRUITS);
  for (const [schema, pointer] of [
    [{ ...FRUITS, required: ['fruit', 'weight'] }, /^\/schema\/required/],
    [{ ...FRUITS, properties: { fruit: { type: 'integer' } } }, /^\/schema\/properties\/fruit/],
    [{ ...FRUITS, properties: { fruit: { type: 'string', maxLength: 3 } } }, /^\/schema\/properties\/fruit/],
    [false, /^\/schema/],
  ] as const) {
    const { status, body } = await put(gateway, schema);
    assert.equal(status, 409, JSON.stringify(schema));
    assert.equal(body.type, 'urn:sluice:problem:incompatible-schema');
    assert.match(body.errors[0].pointer, pointer);
    assert.ok(body.detail.startsWith(body.errors[0].pointer));
  }
  assert.equal(pipeline.records(CONTROL).length, 1);
  assert.deepEqual(told(await put(gateway, false, 'none')), [200, 2]);
});

test('a registration that is no good is told where and why, and leaves nothing', async (t) => {
  await using pipeline = await testPipeline();
  const gateway = await pipeline.ingest();
  for (const [path, body, type, detail] of [
    [PATH, [], 'invalid-body', /must be an object with a schema, got an array/],
    [PATH, {}, 'invalid-body', /^\/schema must be there/],
    [PATH, { schema: true, compatability: 'none' }, 'invalid-body', /no member but .*, got "compatability"/],
    [
      PATH,
      { schema: true, compatibility: 'full' },
      'invalid-body',
      /^\/compatibility must be backward or none, got "full"/,
    ],
    [PATH, { schema: true, compatibility: null }, 'invalid-body', /^\/compatibility must/],
    [PATH, { schema: 'true' }, 'invalid-schema', /^\/schema: /],
    [PATH, { schema: { type: 'fruit' } }, 'invalid-schema', /^\/schema\/type: /],
    [PATH, { schema: { $ref: 'http://127.0.0.1:1/x' } }, 'invalid-schema', /\$ref/],
    [PATH, { schema: { title: 'x'.repeat(70_000) } }, 'invalid-schema', /at most 65536 bytes/],
    ['/api/v1/streams/a.b/Fruits', { schema: true }, 'invalid-name', /^client must be 1 to 63 .*, got "a\.b"/],
    ['/api/v1/streams/api/Fruits', { schema: true }, 'invalid-name', /^client must be none of .*, got "api"/],
    ['/api/v1/streams/googol/Fruits', { schema: true }, 'invalid-name', /^client must not begin with goog/],
    [`/api/v1/streams/Bob/${'x'.repeat(64)}`, { schema: true }, 'invalid-name', /^event must/],
  ] as const) {
    await t.test(JSON.stringify(body).slice(0, 50), async () => {
      const answer = await gateway.put(path, body);
      assert.equal(answer.status, 400);
      assert.equal(answer.body.type, `urn:sluice:problem:${type}`);
      assert.match(answer.body.detail, detail);
      assert.ok(answer.body.detail.length < 600);
    });
  }
  assert.deepEqual(pipeline.records(CONTROL), []);
  assert.deepEqual(pipeline.store.tables.schemaVersions, []);
});

test('a topic that a broker would not tell from another is a conflict', async () => {
  await using pipeline = await testPipeline();
  const gateway = await pipeline.ingest();
  await gateway.put('/api/v1/streams/a_b/c', { schema: true });
  for (const path of ['a/b_c', 'activity/event_v1', 'database/activities_v1']) {
    const { status, body } = await gateway.put(`/api/v1/streams/${path}`, { schema: true });
    assert.deepEqual([status, body.type], [409, 'urn:sluice:problem:conflict'], path);
  }
});

test('of versions that race, each is held against what was first, and none is lost', async () => {
  await using pipeline = await testPipeline({ isProjecting: false });
  const ingests = [await pipeline.ingest(), await pipeline.ingest()];
  const racing = ['a', 'b', 'c'].map((name, index) =>
    put(ingests[index % 2] as PipelineIngest, withProperty(name, { type: 'number' }), 'none'),
  );
  await waitFor('all registrations', () => pipeline.records(CONTROL).length === 3);
  pipeline.projectRegistrations();
  const answers = await Promise.all(racing);
  assert.deepEqual(answers.map(told).toSorted(), [
    [200, 2],
    [200, 3],
    [201, 1],
  ]);
  const versions = pipeline.store.tables.schemaVersions.map(({ version }) => version);
  assert.deepEqual(versions, [1, 2, 3]);
});

test('of two that race and exclude each other, the first in the log stands and the other is told why', async () => {
  await using pipeline = await testPipeline({ isProjecting: false });
  const ingests = [await pipeline.ingest(), await pipeline.ingest()] as const;
  const racing = [put(ingests[0], { type: 'string' }), put(ingests[1], { type: 'integer' })];
  await waitFor('both registrations', () => pipeline.records(CONTROL).length === 2);
  const first = JSON.parse(String(pipeline.records(CONTROL)[0]?.value)).schema.type === 'string' ? 0 : 1;
  pipeline.projectRegistrations();
  const answers = await Promise.all(racing);
  assert.equal(answers[first]?.status, 201);
  assert.equal(answers[1 - first]?.status, 409);
  assert.equal(answers[1 - first]?.body.type, 'urn:sluice:problem:incompatible-schema');
});

test('an outcome that is not known in time is 503 with the id and where to look it up', async () => {
  await using pipeline = await testPipeline({ isProjecting: false });
  const ending = new AbortController();
  const gateway = await pipeline.ingest({ signal: ending.signal });
  const waiting = put(gateway, FRUITS);
  const old = gateway.post('/Bob/Colors/register_event', { event_schema: FRUITS });
  await waitFor('both registrations', () => pipeline.records(CONTROL).length === 2);
  const abortedAt = performance.now();
  ending.abort();
  await Promise.all([waiting, old]);
  assert.ok(performance.now() - abortedAt < 5_000, 'the end of the service is not waited out');
  for (const { status, headers, body } of [await waiting, await old]) {
    assert.equal(status, 503);
    assert.equal(headers.get('retry-after'), '1');
    assert.equal(headers.get('location'), `/api/v1/commands/${body.id}`);
    const ids = pipeline.records(CONTROL).map((record) => record.headers.find(({ name }) => name === 'ce_id')?.value);
    assert.ok(ids.some((id) => String(id) === body.id));
  }
  assert.deepEqual([(await old).body.code, (await old).body.msg], ['FAILED', 'failed to register event']);
  pipeline.projectRegistrations();
  await waitFor('the registrations', () => pipeline.store.tables.schemaVersions.length === 2);
  assert.deepEqual(told(await put(gateway, FRUITS)), [200, 1]);
});

test('a client that does not wait for the outcome is told nothing, in either form', async () => {
  await using pipeline = await testPipeline({ isProjecting: false });
  const gateway = await pipeline.ingest();
  const leaving = new AbortController();
  const ask = (path: string, method: string, body: object) =>
    fetch(gateway.url + path, {
      method,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      signal: leaving.signal,
    });
  const asked = [
    ask(PATH, 'PUT', { schema: true }),
    ask('/Bob/Colors/register_event', 'POST', { event_schema: FRUITS }),
  ];
  await waitFor('both registrations', () => pipeline.records(CONTROL).length === 2);
  leaving.abort();
  for (const each of asked) await assert.rejects(each, { name: 'AbortError' });
  await waitFor('their figures', async () => {
    const text = await gateway.metrics.metrics();
    return [...text.matchAll(/^http_requests_total\{.*status="499"\} 1$/gm)].length === 2;
  });
  assert.doesNotMatch(await gateway.metrics.metrics(), /status="5/);
});

test('where the store takes no more who wait, or has gone, the registration is in the log all the same', async () => {
  await using pipeline = await testPipeline();
  for (const code of ['overloaded', 'unavailable'] as const) {
    const gateway = await pipeline.ingest({
      store: ({ reader, watch }) => ({
        reader,
        watch: {
          outcome: () => Promise.reject(new SluiceError(code, 'PostgreSQL at 10.0.0.1')),
          onRegistryChange: (callback) => watch.onRegistryChange(callback),
        },
      }),
    });
    const answer = await gateway.put(`/api/v1/streams/Bob/${code}`, { schema: true });
    assert.equal(answer.status, 503);
    assert.doesNotMatch(answer.text, /10\.0\.0\.1/);
    await waitFor('it', () =>
      pipeline.store.tables.schemaVersions.find(({ commandId }) => commandId === answer.body.id),
    );
  }
});

test('a broker that is down registers nothing', async () => {
  await using pipeline = await testPipeline();
  const gone = new SluiceError('unavailable', 'Kafka at 10.0.0.1');
  const gateway = await pipeline.ingest({ answer: () => ({ kind: 'failed', error: gone }) });
  const answer = await put(gateway, FRUITS);
  assert.equal(answer.status, 503);
  assert.equal(answer.body.id, undefined);
  assert.doesNotMatch(answer.text, /10\.0\.0\.1/);
});

test('the topic is there before the stream is', async () => {
  await using pipeline = await testPipeline();
  const ensured: string[] = [];
  const gateway = await pipeline.ingest({
    ensureTopics: (names) => {
      assert.deepEqual(pipeline.store.tables.schemaVersions, []);
      ensured.push(...names);
    },
  });
  await put(gateway, FRUITS);
  assert.deepEqual(ensured, ['Bob.Fruits']);
});
