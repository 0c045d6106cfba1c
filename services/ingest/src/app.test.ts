import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idempotentCommandId, SluiceError } from '@sluice/core';
import { testIngest } from './testing/ingest.ts';

const ID = '0b9b7b6e-4a86-4a0c-9d0e-0123456789AB';
const UUID4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const NOW = Date.parse('2026-11-21T10:11:12.345Z');

const post = (url: string, headers: Record<string, string> = {}) => fetch(url, { method: 'POST', headers });
const bodyOf = async (response: Response) => (await response.json()) as Record<string, string>;

test('a command is answered with its id and lies in the log as every other tool would write it', async () => {
  await using ingest = await testIngest({ now: () => NOW });
  const response = await post(`${ingest.url}/api/v1/timestamp/2006-01-02T15:04:05.5+02:00`, { correlationId: ID });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8');
  assert.equal(response.headers.get('correlationId'), ID);
  const { id, ...rest } = await bodyOf(response);
  assert.match(id ?? '', UUID4);
  assert.deepEqual(rest, {});
  const [record] = ingest.published;
  assert.equal(record?.topic, 'commands');
  assert.equal(record?.key, id);
  assert.equal(record?.value.toString(), `{"event_timestamp":"2006-01-02T15:04:05.5+02:00","command_id":"${id}"}`);
  assert.deepEqual(Object.fromEntries(record?.headers.map(({ name, value }) => [name, value]) ?? []), {
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: 'default',
    ce_type: 'timestamp.command.v1',
    ce_time: '2026-11-21T10:11:12.345Z',
    ce_dataschema: 'urn:sluice:schema:timestamp.command.v1:1',
    ce_correlationid: ID,
    correlationId: ID,
    'content-type': 'application/json',
  });
});

test('no time, or a blank one, means now, by the second', async () => {
  let now = NOW;
  await using ingest = await testIngest({ now: () => now });
  const paths = [
    '/app',
    '/app?x=1',
    '/api/v1/timestamp',
    '/api/v1/timestamp/',
    '/api/v1/timestamp/%20',
    '/api/v1/timestamp/%20%09',
  ];
  for (const path of paths) {
    assert.equal((await post(ingest.url + path)).status, 200, path);
    assert.equal(JSON.parse(String(ingest.published.at(-1)?.value)).event_timestamp, '2026-11-21T10:11:12Z', path);
  }
  assert.equal(new Set(ingest.published.map(({ key }) => key)).size, paths.length);
  now += 1_000;
  await post(`${ingest.url}/app`);
  assert.equal(JSON.parse(String(ingest.published.at(-1)?.value)).event_timestamp, '2026-11-21T10:11:13Z');
});

test('timestamps of every proper form are taken as they are', async () => {
  await using ingest = await testIngest();
  for (const text of [
    '2006-01-02T15:04:05Z',
    '2006-01-02T15:04:05.123456789Z',
    '2006-01-02T15:04:05+00:00',
    '2006-01-02T15:04:05-07:00',
    '2024-02-29T00:00:00Z',
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
  ]) {
    for (const path of [text, encodeURIComponent(text)]) {
      assert.equal((await post(`${ingest.url}/api/v1/timestamp/${path}`)).status, 200, path);
      assert.equal(JSON.parse(String(ingest.published.at(-1)?.value)).event_timestamp, text);
    }
  }
});

test('a body is ignored', async () => {
  await using ingest = await testIngest();
  for (const body of ['{', 'x'.repeat(100_000), new Uint8Array([0, 255])]) {
    assert.equal((await fetch(`${ingest.url}/app`, { method: 'POST', body })).status, 200);
  }
  const large = await fetch(`${ingest.url}/app`, { method: 'POST', body: new Uint8Array(5_000_000) });
  assert.equal(large.status, 413);
  assert.equal(ingest.published.length, 3);
});

test('an idempotency key makes a retry the same command', async () => {
  await using ingest = await testIngest();
  const headers = { 'Idempotency-Key': 'order 17' };
  const ids = [];
  for (const path of ['/app', '/app', '/api/v1/timestamp/2006-01-02T15:04:05Z']) {
    ids.push((await bodyOf(await post(ingest.url + path, headers))).id);
  }
  const expected = idempotentCommandId('timestamp.command.v1', 'default', 'order 17');
  assert.deepEqual(ids, [expected, expected, expected]);
  const other = await bodyOf(await post(`${ingest.url}/app`, { 'Idempotency-Key': 'order 18' }));
  assert.notEqual(other.id, expected);
});

test('what the broker has not confirmed is 503, to be tried again, in the old words too', async () => {
  const failures = [
    new SluiceError('unavailable', 'Kafka at 10.0.0.1 is gone'),
    new SluiceError('overloaded', '20000 records are waiting'),
    new SluiceError('unauthorized', 'SASL: password hunter2'),
    new SluiceError('misconfigured', 'no such listener'),
    new SluiceError('closed', 'the publisher was closed'),
    new TypeError('undefined is not a function'),
  ];
  for (const error of failures) {
    for (const answer of [async () => ({ kind: 'failed', error }) as const, () => Promise.reject(error)]) {
      await using ingest = await testIngest({ answer });
      const response = await post(`${ingest.url}/app`);
      assert.equal(response.status, 503, error.message);
      assert.equal(response.headers.get('retry-after'), '1');
      const body = await bodyOf(response);
      assert.equal(body.Error, 'the event is not confirmed by the broker');
      assert.equal(body.Message, 'failed to publish message');
      assert.doesNotMatch(JSON.stringify(body), /10\.0\.0\.1|hunter2|listener|function|20000/);
    }
  }
  const error = new SluiceError('too-large', 'a record may have at most 1 MB');
  await using ingest = await testIngest({ answer: async () => ({ kind: 'failed', error }) });
  assert.equal((await post(`${ingest.url}/app`)).status, 413);
});

test('the answer waits for the broker, with a crash point on either side', async () => {
  const { promise: confirmed, resolve: confirm } = Promise.withResolvers<void>();
  let answered = false;
  await using ingest = await testIngest({
    answer: async () => {
      await confirmed;
      return { kind: 'published', topic: 'commands', partition: 0, offset: 0, messageId: null };
    },
  });
  const response = post(`${ingest.url}/app`).then(() => {
    answered = true;
  });
  // Another request goes all the way meanwhile, so the first had its chance to be answered too early.
  await fetch(`${ingest.url}/health`);
  assert.equal(answered, false);
  assert.deepEqual(ingest.steps, ['ingest.beforePublish']);
  confirm();
  await response;
  assert.deepEqual(ingest.steps, ['ingest.beforePublish', 'published', 'ingest.afterPublish']);
});

test('it is ready once the topics and the broker are there; before, nothing is published', async () => {
  const down = new SluiceError('unavailable', 'Kafka cannot be reached');
  const missing = () => {
    throw down;
  };
  await using early = await testIngest({ requireTopics: missing });
  const ready = await fetch(`${early.url}/ready`);
  assert.equal(ready.status, 503);
  assert.equal((await bodyOf(ready)).detail, 'broker: Kafka cannot be reached');
  assert.equal((await post(`${early.url}/app`)).status, 503);
  assert.deepEqual(early.published, []);
  assert.equal((await fetch(`${early.url}/health`)).status, 200);
  await using lost = await testIngest({ ping: () => Promise.reject(down) });
  assert.equal((await fetch(`${lost.url}/ready`)).status, 503);
  await using well = await testIngest();
  assert.equal((await fetch(`${well.url}/ready`)).status, 200);
});

test('latency, failures, payloads and requests are counted', async () => {
  let fails = false;
  const error = new SluiceError('unavailable', 'gone');
  await using ingest = await testIngest({
    answer: async ({ topic }) =>
      fails ? { kind: 'failed', error } : { kind: 'published', topic, partition: 0, offset: 0, messageId: null },
  });
  await post(`${ingest.url}/app`);
  fails = true;
  await post(`${ingest.url}/app`);
  await post(`${ingest.url}/api/v1/timestamp/tomorrow`);
  const text = await (await fetch(`${ingest.url}/metrics`)).text();
  assert.match(text, /^publish_duration_seconds_count 1$/m);
  assert.match(text, /^publish_failures_total\{code="unavailable"\} 1$/m);
  assert.match(text, /^http_requests_total\{method="POST",route="\/app",status="200"\} 1$/m);
  assert.match(text, /^http_requests_total\{method="POST",route="\/app",status="503"\} 1$/m);
  assert.match(text, /^valid_payloads_total\{stream="timestamp.command.v1"\} 2$/m);
  assert.match(text, /^invalid_payloads_total\{stream="timestamp.command.v1",reason="schema-violation"\} 1$/m);
});

test('the correlation id is in the log lines of its request', async () => {
  await using ingest = await testIngest({ level: 'debug' });
  await post(`${ingest.url}/app`, { correlationId: ID });
  assert.equal(ingest.lines.at(-1)?.correlationId, ID);
});
