import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idempotentCommandId, SluiceError } from '@sluice/core';
import type { Fetched } from '@sluice/testing';
import { waitFor } from '@sluice/testing';
import fc from 'fast-check';
import { type PipelineIngest, type TestPipeline, testPipeline } from '../testing/pipeline.ts';

const PATH = '/api/v1/streams/Bob/Fruits';
const FRUITS = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  required: ['fruit'],
  properties: { fruit: { type: 'string' }, weight: { type: 'number' } },
};
const NDJSON = { 'Content-Type': 'application/x-ndjson' };
const STRUCTURED = { 'Content-Type': 'application/cloudevents+json' };
const BATCH = { 'Content-Type': 'application/cloudevents-batch+json' };
const JSON_TYPE = { 'Content-Type': 'application/json' };
const UUID4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

async function withFruits(pipeline: TestPipeline, options = {}): Promise<PipelineIngest> {
  const gateway = await pipeline.ingest(options);
  const answer = await gateway.post('/Bob/Fruits/register_event', { event_schema: FRUITS });
  assert.equal(answer.status, 200);
  return gateway;
}

const linesOf = ({ text }: Fetched) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
const valueUnder = (pipeline: TestPipeline, id: string) =>
  pipeline
    .records('Bob.Fruits')
    .find(({ key }) => key?.toString() === id)
    ?.value?.toString();

test('an event is answered with its id and where to look it up, and lies in the log byte for byte', async () => {
  await using pipeline = await testPipeline();
  const gateway = await withFruits(pipeline, { now: () => Date.parse('2026-11-21T10:11:12.345Z') });
  const text = ' {"fruit": "f\\u00e8ve", "weight": 1.0}\n';
  const { status, headers, body } = await gateway.post(PATH, text);
  assert.equal(status, 202);
  assert.deepEqual(Object.keys(body), ['id']);
  assert.match(body.id, UUID4);
  assert.equal(headers.get('location'), `/api/v1/commands/${body.id}`);
  const [record] = pipeline.records('Bob.Fruits');
  assert.equal(record?.value?.toString(), text);
  const about = Object.fromEntries(record?.headers.map(({ name, value }) => [name, String(value)]) ?? []);
  assert.equal(about.ce_id, body.id);
  assert.equal(about.ce_time, '2026-11-21T10:11:12.345Z');
  assert.equal(about.ce_correlationid, headers.get('correlationId'));
});

test('an event that is no good is told where and why, and is not published', async (t) => {
  await using pipeline = await testPipeline();
  const gateway = await withFruits(pipeline);
  for (const [body, headers, status, type, detail, pointer] of [
    ['', JSON_TYPE, 400, 'malformed-json', /must be JSON, got none/, ''],
    ['{"fruit":"fig"', JSON_TYPE, 400, 'malformed-json', /its end/, ''],
    ['{"fruit":"fig","fruit":"fig"}', JSON_TYPE, 400, 'malformed-json', /each key once/, ''],
    ['{"fruit":"\\u0000"}', JSON_TYPE, 400, 'malformed-json', /NUL/, '/fruit'],
    ['{"fruit":"fig","weight":1e400}', JSON_TYPE, 400, 'malformed-json', /1e400/, '/weight'],
    ['[]', JSON_TYPE, 400, 'invalid-body', /^the body must be .*, got an array of 0/, ''],
    ['{"fruit":1}', JSON_TYPE, 400, 'invalid-body', /^\/fruit must be .*, got 1/, '/fruit'],
    ['{"fruit":1}', {}, 415, 'unsupported-media-type', /Content-Type/, undefined],
    [
      'fruit=1',
      { 'Content-Type': 'application/x-www-form-urlencoded' },
      415,
      'unsupported-media-type',
      /x-www/,
      undefined,
    ],
    ['{}', { 'Content-Type': 'application/json; charset=utf-16' }, 415, 'unsupported-media-type', /utf-16/, undefined],
    [`{"fruit":"${'x'.repeat(2 ** 20)}"}`, JSON_TYPE, 413, 'too-large', /at most 1048576 bytes/, undefined],
  ] as const) {
    await t.test(`${body.slice(0, 30)} as ${Object.values(headers)}`, async () => {
      const answer = await gateway.post(PATH, new TextEncoder().encode(body), headers);
      assert.equal(answer.status, status);
      assert.equal(answer.body.type, `urn:sluice:problem:${type}`);
      assert.match(answer.body.detail, detail);
      assert.equal(answer.body.errors?.[0].pointer, pointer);
    });
  }
  assert.deepEqual(pipeline.records('Bob.Fruits'), []);
  const figures = await gateway.metrics.metrics();
  for (const [reason, count] of [
    ['malformed-json', 5],
    ['schema-violation', 2],
    ['unsupported-media-type', 3],
    ['too-large', 1],
  ] as const) {
    assert.ok(figures.includes(`invalid_payloads_total{stream="Bob.Fruits",reason="${reason}"} ${count}\n`), reason);
  }
});

test('a stream that is not registered is 404, by whatever name', async () => {
  await using pipeline = await testPipeline();
  const gateway = await pipeline.ingest();
  for (const name of ['Bob/Nuts', 'B%6fb/Nuts', 'a.b/c', 'api/v1', '%00/x', `${'x'.repeat(64)}/x`]) {
    const answer = await gateway.post(`/api/v1/streams/${name}`, '{}');
    assert.equal(answer.status, 404, name);
    assert.equal(answer.body.type, 'urn:sluice:problem:not-found');
  }
});

test('an idempotency key makes a retry the same command', async () => {
  await using pipeline = await testPipeline();
  const gateway = await withFruits(pipeline);
  const headers = { ...JSON_TYPE, 'Idempotency-Key': 'order 17' };
  const expected = idempotentCommandId('Bob.Fruits', 'Bob', 'order 17');
  for (const _ of [1, 2]) assert.equal((await gateway.post(PATH, '{"fruit":"fig"}', headers)).body.id, expected);
  assert.equal((await gateway.post(PATH, '{"fruit":"fig"}', { ...headers, 'Idempotency-Key': '' })).status, 400);
});

const EVENT = { specversion: '1.0', id: 'A/1', source: '/shop', type: 'com.shop.fruit', data: { fruit: 'fig' } };
const EVENT_ID = idempotentCommandId('Bob.Fruits', 'Bob', '["/shop","A/1"]');

test('a CloudEvent is one command by its source and id, in either mode and however often it comes', async () => {
  await using pipeline = await testPipeline();
  const gateway = await withFruits(pipeline);
  const binary = { ...JSON_TYPE, 'ce-specversion': '1.0', 'ce-id': 'A%2F1', 'ce-source': '/shop', 'ce-type': 'x' };
  for (const answer of [
    await gateway.post(PATH, EVENT, STRUCTURED),
    await gateway.post(PATH, { ...EVENT, time: '2020-01-01T00:00:00Z', subject: 's', extra: 1 }, STRUCTURED),
    await gateway.post(PATH, '{"fruit": "fig"}', binary),
    await gateway.post(PATH, '{"fruit": "fig"}', { ...binary, 'ce-time': '2020-01-01T00:00:00Z' }),
  ]) {
    assert.deepEqual([answer.status, answer.body.id], [202, EVENT_ID]);
  }
  const values = pipeline.records('Bob.Fruits').map(({ value }) => value?.toString());
  assert.deepEqual(values, ['{"fruit":"fig"}', '{"fruit":"fig"}', '{"fruit": "fig"}', '{"fruit": "fig"}']);
  const other = await gateway.post(PATH, { ...EVENT, source: '/other' }, STRUCTURED);
  assert.notEqual(other.body.id, EVENT_ID);
});

test('a CloudEvent that is none is told what it lacks', async (t) => {
  await using pipeline = await testPipeline();
  const gateway = await withFruits(pipeline);
  const { id: _, ...withoutId } = EVENT;
  const { data: __, ...withoutData } = EVENT;
  for (const [event, detail, pointer] of [
    [[], /must be an object, got an array/, ''],
    [withoutId, /\/id must be a text that is not empty, got nothing/, '/id'],
    [{ ...EVENT, id: '' }, /\/id must .*, got ""/, '/id'],
    [{ ...EVENT, source: 1 }, /\/source must .*, got 1/, '/source'],
    [{ ...EVENT, type: null }, /\/type must/, '/type'],
    [{ ...EVENT, specversion: '0.3' }, /\/specversion must be "1\.0", got "0\.3"/, '/specversion'],
    [{ ...EVENT, time: 'now' }, /\/time must be an RFC 3339/, '/time'],
    [{ ...EVENT, datacontenttype: 'text/xml' }, /\/datacontenttype must be application\/json/, '/datacontenttype'],
    [withoutData, /\/data must be there/, '/data'],
    [{ ...withoutData, data_base64: 'e30=' }, /\/data_base64 must not be there/, '/data_base64'],
    [{ ...EVENT, data: { fruit: 1 } }, /\/data\/fruit must be .*, got 1/, '/data/fruit'],
  ] as const) {
    await t.test(String(detail), async () => {
      const { status, body } = await gateway.post(PATH, event, STRUCTURED);
      assert.equal(status, 400);
      assert.match(body.detail, detail);
      assert.equal(body.errors[0].pointer, pointer);
    });
  }
  const binary = { ...JSON_TYPE, 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': 's', 'ce-type': 't' };
  for (const [headers, detail] of [
    [{ ...JSON_TYPE, 'ce-id': '1' }, /header ce-specversion must/],
    [{ ...binary, 'ce-specversion': '2.0' }, /header ce-specversion must be "1\.0", got "2\.0"/],
    [{ ...binary, 'ce-source': '' }, /header ce-source must/],
    [{ ...binary, 'ce-id': '%zz' }, /header ce-id must be percent-encoded/],
    [{ ...binary, 'ce-time': 'now' }, /header ce-time must be an RFC 3339/],
  ] as const) {
    await t.test(String(detail), async () => {
      const { status, body } = await gateway.post(PATH, '{"fruit":"fig"}', headers);
      assert.equal(status, 400);
      assert.match(body.detail, detail);
    });
  }
  assert.deepEqual(pipeline.records('Bob.Fruits'), []);
});

test('a batch has an answer for each line, by its number, and what is good of it is in the log', async () => {
  await using pipeline = await testPipeline();
  const gateway = await withFruits(pipeline);
  const body = '{"fruit":"fig"}\r\n\n{"fruit":1}\n{"fruit"\n  {"fruit":"plum"}\n{"fruit":"kiwi"}';
  const answer = await gateway.post(PATH, body, { ...NDJSON, 'Idempotency-Key': 'batch' });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'application/x-ndjson');
  const lines = linesOf(answer);
  assert.deepEqual(
    lines.map(({ status }) => status),
    [202, 400, 400, 400, 202, 202],
  );
  const idOf = (line: number) => idempotentCommandId('Bob.Fruits', 'Bob', `batch/${line}`);
  assert.deepEqual(
    lines.map(({ id }) => id),
    [idOf(1), undefined, undefined, undefined, idOf(5), idOf(6)],
  );
  assert.match(lines[1].detail, /must be JSON, got none/);
  assert.match(lines[2].detail, /^\/fruit must/);
  assert.equal(lines[2].errors[0].pointer, '/fruit');
  assert.equal(lines[3].type, 'urn:sluice:problem:malformed-json');
  assert.equal(pipeline.records('Bob.Fruits').length, 3);
  assert.equal(valueUnder(pipeline, idOf(1)), '{"fruit":"fig"}\r');
  assert.equal(valueUnder(pipeline, idOf(5)), '  {"fruit":"plum"}');
  assert.equal(valueUnder(pipeline, idOf(6)), '{"fruit":"kiwi"}');
});

test('a batch of CloudEvents is answered like one of lines', async () => {
  await using pipeline = await testPipeline();
  const gateway = await withFruits(pipeline);
  const answer = await gateway.post(PATH, [EVENT, { ...EVENT, id: 7 }, { ...EVENT, data: 1 }], BATCH);
  const lines = linesOf(answer);
  assert.deepEqual(
    lines.map(({ status, id }) => [status, id]),
    [
      [202, EVENT_ID],
      [400, undefined],
      [400, undefined],
    ],
  );
  assert.equal(lines[2].errors[0].pointer, '/data');
  assert.equal((await gateway.post(PATH, EVENT, BATCH)).status, 400);
});

test('a batch that is no batch, or in another charset, is refused as a whole', async () => {
  await using pipeline = await testPipeline();
  const gateway = await withFruits(pipeline);
  const object = await gateway.post(PATH, '{"fruit":"fig"}', BATCH);
  assert.equal(object.status, 400);
  assert.equal(object.body.detail, 'the body must be an array of CloudEvents, got an object');
  for (const { 'Content-Type': type } of [NDJSON, BATCH]) {
    const { status, body } = await gateway.post(PATH, '[]', { 'Content-Type': `${type}; charset=utf-16` });
    assert.equal(status, 415);
    assert.equal(body.detail, 'the charset of the body must be utf-8, got "utf-16"');
    assert.equal((await gateway.post(PATH, '[]', { 'Content-Type': `${type}; charset=UTF-8` })).status, 200);
  }
  assert.deepEqual(pipeline.records('Bob.Fruits'), []);
});

test('a batch is bounded', async () => {
  await using pipeline = await testPipeline();
  const gateway = await withFruits(pipeline);
  const line = '{"fruit":"fig"}\n';
  assert.equal(linesOf(await gateway.post(PATH, line.repeat(10_000), NDJSON)).length, 10_000);
  assert.equal((await gateway.post(PATH, line.repeat(10_001), NDJSON)).status, 413);
  assert.equal((await gateway.post(PATH, ' '.repeat(8 * 2 ** 20 + 1), NDJSON)).status, 413);
  assert.equal((await gateway.post(PATH, '\n'.repeat(8 * 2 ** 20), NDJSON)).status, 413);
  assert.equal((await gateway.post(PATH, '', NDJSON)).status, 400);
  const large = `{"fruit":"${'x'.repeat(2 ** 20)}"}\n`;
  assert.deepEqual(
    linesOf(await gateway.post(PATH, `${large}${line}`, NDJSON)).map(({ status }) => status),
    [413, 202],
  );
  assert.equal(pipeline.records('Bob.Fruits').length, 10_001);
});

test('of a batch the broker has in part, each line says whether it has that one; of nothing, nothing seems done', async () => {
  await using pipeline = await testPipeline();
  let refuses: (value: string) => boolean = () => false;
  const gateway = await withFruits(pipeline, {
    answer: ({ value }: { value: Buffer }) =>
      refuses(String(value))
        ? { kind: 'failed', error: new SluiceError('unavailable', 'Kafka at 10.0.0.1') }
        : undefined,
  });
  refuses = (value) => value.includes('fig');
  const body = '{"fruit":"fig"}\n{"fruit":"plum"}\n{"fruit":1}\n';
  const answer = await gateway.post(PATH, body, NDJSON);
  assert.deepEqual(
    linesOf(answer).map(({ status }) => status),
    [503, 202, 400],
  );
  assert.doesNotMatch(answer.text, /10\.0\.0\.1/);
  refuses = () => true;
  const none = await gateway.post(PATH, body, NDJSON);
  assert.equal(none.status, 503);
  assert.equal(none.headers.get('retry-after'), '1');
  assert.equal((await gateway.post(PATH, '{"fruit":"plum"}')).status, 503);
  assert.match(await gateway.metrics.metrics(), /^publish_failures_total\{code="unavailable"\} \d+$/m);
});

test('a batch of which the broker has nothing is to be sent again where any of it can be', async () => {
  await using pipeline = await testPipeline();
  let refuses = false;
  const gateway = await withFruits(pipeline, {
    answer({ value }: { value: Buffer }) {
      const code = String(value).includes('fig') ? 'too-large' : 'unavailable';
      return refuses ? { kind: 'failed', error: new SluiceError(code, 'no') } : undefined;
    },
  });
  refuses = true;
  const fig = '{"fruit":"fig"}\n';
  assert.equal((await gateway.post(PATH, `${fig}{"fruit":"plum"}\n`, NDJSON)).status, 503);
  assert.equal((await gateway.post(PATH, fig, NDJSON)).status, 413);
});

test('an event that was taken is projected under its id, as it was sent', async () => {
  await using pipeline = await testPipeline();
  const gateway = await pipeline.ingest();
  assert.equal((await gateway.post('/Bob/Fruits/register_event', { event_schema: true })).status, 200);
  pipeline.project('Bob', 'Fruits');
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.json({ maxDepth: 5, noUnicodeString: false }), async (text) => {
      const { status, body } = await gateway.post(PATH, text);
      // What strict JSON refuses is no valid event.
      if (status === 400) {
        assert.equal(body.type, 'urn:sluice:problem:malformed-json');
        return;
      }
      assert.equal(status, 202);
      assert.ok(!seen.has(body.id));
      seen.add(body.id);
      const row = await waitFor('its row', () => pipeline.store.tables.events.get(body.id), { intervalMs: 1 });
      assert.equal(row.data, text);
      assert.deepEqual([row.client, row.event, row.schemaVersion], ['Bob', 'Fruits', 1]);
    }),
    { numRuns: 200 },
  );
  assert.ok(seen.size > 100);
});
