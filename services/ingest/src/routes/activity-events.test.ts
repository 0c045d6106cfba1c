import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { idempotentCommandId, SluiceError } from '@sluice/core';
import { ACTIVITY_STREAM } from '@sluice/streams';
import { testIngest } from '../testing/ingest.ts';

const NOW = Date.parse('2026-11-21T10:11:12.345Z');
const PATHS = ['/api/events', '/api/events/', '/api/v1/events', '/api/v1/events/'];

const VALID = {
  email: 'jane.doe@example.com',
  component: 'orders',
  environment: 'production',
  message: 'an order was placed',
  data: { order: 17, note: 'ä "quoted"\n' },
};

const JSON_TYPE = { 'content-type': 'application/json' };

const post = (url: string, body: string, headers: Record<string, string> = JSON_TYPE) =>
  fetch(url, { method: 'POST', body, headers });

const bodyOf = async (response: Response) => (await response.json()) as Record<string, unknown>;

/** Every refusal has these, and the status it says it has. */
function problemMembers(body: Record<string, unknown>, response: Response): Record<string, unknown> {
  assert.equal(response.headers.get('content-type'), 'application/problem+json');
  const { type, title, status, detail, ...old } = body;
  assert.match(String(type), /^urn:sluice:problem:/);
  assert.equal(status, response.status);
  assert.ok(title && detail);
  return old;
}

describe('POST of an activity event', () => {
  for (const path of PATHS) {
    test(`${path}: a valid one is answered as it is stored, and its very bytes are published`, async () => {
      await using ingest = await testIngest({ now: () => NOW });
      const text = ` ${JSON.stringify({ ...VALID, id: 'mine', more: [1] })}\n`;
      const response = await post(ingest.url + path, text);
      assert.equal(response.status, 201);
      assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8');
      const { id, ...event } = await bodyOf(response);
      assert.deepEqual(event, { ...VALID, created_at: '1795255872.345' });
      const [record, ...others] = ingest.published;
      assert.deepEqual(others, []);
      assert.equal(record?.topic, 'activity.event.v1');
      assert.equal(record?.key, id);
      assert.equal(String(record?.value), text);
      const headers = Object.fromEntries(record?.headers.map(({ name, value }) => [name, value]) ?? []);
      assert.equal(headers.ce_id, id);
      assert.equal(headers.ce_time, '2026-11-21T10:11:12.345Z');
    });
  }

  test('an idempotency key makes a retry the same event', async () => {
    await using ingest = await testIngest();
    const headers = { ...JSON_TYPE, 'Idempotency-Key': 'order 17' };
    const ids = [];
    for (const path of PATHS)
      ids.push((await bodyOf(await post(ingest.url + path, JSON.stringify(VALID), headers))).id);
    assert.deepEqual(new Set(ids), new Set([idempotentCommandId(ACTIVITY_STREAM, 'default', 'order 17')]));
  });
});

/** What is sent, and what the old service's clients read of the refusal. */
const REFUSED: readonly (readonly [name: string, change: object, message: string, errors?: Record<string, string>])[] =
  [
    [
      'all empty',
      { email: '', component: '', environment: '', message: '', data: {} },
      'Failed with Invalid email address.',
    ],
    ['an invalid email', { email: 'a@b' }, 'Failed with Invalid email address.'],
    ['an email with a line break after it', { email: 'a@example.com\n' }, 'Failed with Invalid email address.'],
    ['an empty component', { component: '' }, 'Failed with Component can not be empty.'],
    ['a blank component', { component: ' \t' }, 'Failed with Component can not be empty.'],
    ['an empty environment', { environment: '' }, 'Failed with Environment can not be empty.'],
    ['an empty message', { message: '' }, 'Failed with Message can not be empty.'],
    [
      'an empty environment and message',
      { environment: '', message: ' ' },
      'Failed with Environment can not be empty.',
    ],
    ['data in a text', { data: '{}' }, 'Input payload validation failed', { data: "'{}' is not of type 'object'" }],
    ['data that is a list', { data: [] }, 'Input payload validation failed', { data: "[] is not of type 'object'" }],
    ['data that is null', { data: null }, 'Input payload validation failed', { data: "None is not of type 'object'" }],
    ['no data', { data: undefined }, 'Input payload validation failed', { data: "'data' is a required property" }],
    [
      'texts that are none',
      { email: 1, component: true, message: { a: 1 } },
      'Input payload validation failed',
      {
        email: "1 is not of type 'string'",
        component: "True is not of type 'string'",
        message: '{"a":1} is not of type \'string\'',
      },
    ],
    [
      'a missing field and an empty one',
      { email: undefined, message: '' },
      'Input payload validation failed',
      {
        email: "'email' is a required property",
      },
    ],
    [
      'a component too long',
      { component: 'x'.repeat(256) },
      'Input payload validation failed',
      {
        component: `'${'x'.repeat(80)}…' is too long`,
      },
    ],
  ];

/** A server takes half a second to end: the refusals share one. */
const ingest = await testIngest();
after(() => ingest[Symbol.asyncDispose]());

describe('a refused activity event', () => {
  for (const [name, change, message, errors] of REFUSED) {
    test(`${name}: 400 in the old words, with pointers beside them`, async () => {
      const value = { ...VALID, ...change };
      const response = await post(`${ingest.url}/api/events`, JSON.stringify(value));
      assert.equal(response.status, 400);
      const body = await bodyOf(response);
      const { violations, ...old } = problemMembers(body, response);
      assert.deepEqual(old, { message, ...(errors && { errors }) });
      assert.equal(body.type, 'urn:sluice:problem:invalid-activity-event');
      assert.deepEqual(
        new Set((violations as { pointer: string }[]).map(({ pointer }) => pointer)),
        new Set(
          Object.keys(change)
            .filter((field) => field !== 'data' || errors?.data)
            .map((field) => `/${field}`),
        ),
      );
    });
  }

  for (const body of ['[]', 'null', '"x"', '7']) {
    test(`${body} instead of an object: 400, told of the body as a whole`, async () => {
      const response = await post(`${ingest.url}/api/events`, body);
      assert.equal(response.status, 400);
      const { errors, message, violations } = problemMembers(await bodyOf(response), response);
      assert.match(String((errors as Record<string, string>)['']), /is not of type 'object'$/);
      assert.equal(message, 'Input payload validation failed');
      assert.equal((violations as { pointer: string }[])[0]?.pointer, '');
    });
  }

  for (const [name, body, pointer] of [
    ['malformed JSON', '{"email": ', ''],
    ['no body', '', ''],
    ['a key twice', '{"email":"a@b.c","email":"d@e.f"}', ''],
    ['a number that would change', '{"data":{"n":1e400}}', '/data/n'],
  ] as const) {
    test(`${name}: 400 malformed-json`, async () => {
      const response = await post(`${ingest.url}/api/events`, body);
      assert.equal(response.status, 400);
      const all = await bodyOf(response);
      assert.equal(all.type, 'urn:sluice:problem:malformed-json');
      const { violations, message, ...others } = problemMembers(all, response);
      assert.deepEqual(others, {}, 'errors is the old object, which there is none of');
      assert.equal(message, all.detail);
      assert.equal((violations as { pointer: string }[])[0]?.pointer, pointer);
    });
  }

  test('another content type: 415, with what the old service found instead of an object', async () => {
    for (const headers of [{ 'content-type': 'text/plain' }, { 'content-type': 'application/x-www-form-urlencoded' }]) {
      const response = await post(`${ingest.url}/api/events/`, JSON.stringify(VALID), headers);
      assert.equal(response.status, 415);
      const old = problemMembers(await bodyOf(response), response);
      assert.deepEqual(old, {
        errors: { '': "None is not of type 'object'" },
        message: 'Input payload validation failed',
      });
    }
  });

  test('an idempotency key that is none: 400, with the old member', async () => {
    const response = await post(`${ingest.url}/api/events/`, JSON.stringify(VALID), {
      ...JSON_TYPE,
      'Idempotency-Key': 'ä',
    });
    assert.equal(response.status, 400);
    const body = await bodyOf(response);
    assert.equal(body.message, body.detail);
  });

  test('too large: 413, and the connection lives', async () => {
    const response = await post(`${ingest.url}/api/events`, JSON.stringify({ ...VALID, message: 'x'.repeat(2 ** 20) }));
    assert.equal(response.status, 413);
    const body = await bodyOf(response);
    assert.equal(body.message, body.detail);
    assert.equal((await post(`${ingest.url}/api/events`, JSON.stringify(VALID))).status, 201);
  });

  test('what the broker has not confirmed: 503, to be tried again', async () => {
    const error = new SluiceError('unavailable', 'Kafka at 10.0.0.1 is gone');
    await using ingest = await testIngest({ answer: async () => ({ kind: 'failed', error }) });
    const response = await post(`${ingest.url}/api/events`, JSON.stringify(VALID));
    assert.equal(response.status, 503);
    assert.equal(response.headers.get('retry-after'), '1');
    const body = await bodyOf(response);
    assert.equal(body.message, body.detail);
    assert.doesNotMatch(JSON.stringify(body), /10\.0\.0\.1/);
  });

  test('was counted, by its reason, and never published', async () => {
    const text = await (await fetch(`${ingest.url}/metrics`)).text();
    const countOf = (reason: string) =>
      Number(
        new RegExp(`^invalid_payloads_total\\{stream="activity.event.v1",reason="${reason}"\\} (\\d+)$`, 'm').exec(
          text,
        )?.[1],
      );
    assert.deepEqual(['schema-violation', 'malformed-json', 'unsupported-media-type'].map(countOf), [
      REFUSED.length + 4,
      4,
      2,
    ]);
    assert.match(text, /^valid_payloads_total\{stream="activity.event.v1"\} 1$/m);
    assert.equal(ingest.published.length, 1, 'the one that was sent to see whether the connection lives');
  });
});
