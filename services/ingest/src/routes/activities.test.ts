import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idempotentCommandId, SluiceError } from '@sluice/core';
import fc from 'fast-check';
import { type TestIngest, type TestIngestOptions, testIngest } from '../testing/ingest.ts';

const PATH = '/api/activities';
const STREAM = 'database.activities.v1';
const UUID4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const JSON_TYPE = { 'Content-Type': 'application/json' };

const INSERT = {
  operation: 'insert',
  table: 'table1',
  col_names: ['a', 'b', 'c'],
  col_types: ['INTEGER', 'TEXT', 'TEXT'],
  col_values: [1, 'Backup and Restore', '2018-03-27 11:58:28.988414'],
};
const DELETE = {
  operation: 'delete',
  table: 'table1',
  value_to_delete: {
    col_names: ['a', 'c', 'e'],
    col_types: ['INTEGER', 'TEXT', 'TEXT'],
    col_values: [3, '2019-04-28 10:24:30.183414', 'something'],
  },
};
const INSERT_ONLY = { activities: [INSERT] };

interface Asked {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it freely, and fail where it is something else
  readonly json: any;
}

async function post(
  ingest: TestIngest,
  payload: unknown,
  headers: Readonly<Record<string, string>> = JSON_TYPE,
  path = PATH,
): Promise<Asked> {
  const isRaw = typeof payload === 'string' || payload instanceof Uint8Array;
  const body = isRaw ? (payload as string) : JSON.stringify(payload);
  const response = await fetch(ingest.url + path, { method: 'POST', headers, body });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: JSON.parse(text) };
}

/** What the old system's tests and load test send and take for valid, and what its schema let pass besides. */
const VALID: readonly (readonly [name: string, payload: unknown])[] = [
  ['an insert', INSERT_ONLY],
  ['a delete', { activities: [DELETE] }],
  ['a delete and an insert', { activities: [DELETE, INSERT] }],
  ['the insert of the delete’s columns', { activities: [{ ...INSERT, ...DELETE.value_to_delete }] }],
  ['no activities', { activities: [] }],
  ['further keys', { activities: [{ ...INSERT, note: 1 }], sender: { any: ['thing'] } }],
  ['a delete with the keys of an insert', { activities: [{ ...INSERT, ...DELETE }] }],
  [
    'a type that nobody knows',
    { activities: [{ ...INSERT, col_types: ['BANANA', 'TEXT', 'TEXT'], col_values: ['x', null, 'y'] }] },
  ],
  [
    'the DECIMALs that broke the old one',
    {
      activities: [
        { ...INSERT, col_types: ['DECIMAL(10,2)', 'DECIMAL', 'DECIMAL(10, 2)'], col_values: [1.5, '2.25', 3] },
      ],
    },
  ],
];

test('what the old gatekeeper took is taken, and answered in its words with the command id', async (t) => {
  await using ingest = await testIngest();
  for (const path of [PATH, '/api/v1/activities']) {
    for (const [name, payload] of VALID) {
      await t.test(`${path}: ${name}`, async () => {
        const { status, headers, json } = await post(ingest, payload, JSON_TYPE, path);
        assert.equal(status, 200);
        assert.equal(headers.get('content-type'), 'application/json; charset=utf-8');
        const { id, ...told } = json;
        assert.match(id, UUID4);
        assert.deepEqual(told, { status: 200, payload, message: 'Valid Schema', error: null });
        const record = ingest.published.at(-1);
        assert.equal(record?.topic, STREAM);
        assert.equal(record?.value.toString(), JSON.stringify(payload));
      });
    }
  }
  assert.equal(ingest.published.length, 2 * VALID.length);
});

test('a transaction lies in the log as it came, under its client’s key, with what is about it in headers', async () => {
  await using ingest = await testIngest({ now: () => Date.parse('2026-11-21T10:11:12.345Z') });
  const text = ` {"activities" :[ ${JSON.stringify(INSERT).replace('Backup', '\\u0042ackup')} ],"n":1.50}\n`;
  const { headers, text: answer, json } = await post(ingest, text);
  const [record] = ingest.published;
  assert.equal(record?.key, 'default');
  assert.equal(record?.value.toString(), text);
  assert.ok(answer.endsWith(`"payload":${text}}`), answer);
  assert.deepEqual(Object.fromEntries(record?.headers.map(({ name, value }) => [name, value]) ?? []), {
    ce_specversion: '1.0',
    ce_id: json.id,
    ce_source: 'default',
    ce_type: STREAM,
    ce_time: '2026-11-21T10:11:12.345Z',
    ce_dataschema: `urn:sluice:schema:${STREAM}:1`,
    ce_correlationid: headers.get('correlationId'),
    correlationId: headers.get('correlationId'),
    'content-type': 'application/json',
  });
});

test('whatever JSON a payload carries comes back as it was', async () => {
  await using ingest = await testIngest();
  await fc.assert(
    fc.asyncProperty(fc.json({ noUnicodeString: false, maxDepth: 5 }), async (json) => {
      const text = `{"activities":[],"more":${json}}`;
      const { status, text: answer } = await post(ingest, text);
      // Numbers that a double does not keep, and __proto__, are refused; those, too, say what they refuse.
      if (status !== 200) return assert.equal(status, 400);
      assert.ok(answer.endsWith(`"payload":${text}}`), answer);
      assert.equal(ingest.published.at(-1)?.value.toString(), text);
    }),
    { numRuns: 60 },
  );
});

const inserting = (change: object) => ({ activities: [{ ...INSERT, ...change }] });
const deleting = (change: object) => ({
  activities: [{ ...DELETE, value_to_delete: { ...DELETE.value_to_delete, ...change } }],
});

const INVALID: readonly (readonly [name: string, payload: unknown, pointer: string, detail: RegExp])[] = [
  ['null', null, '', /^must be an object, got null$/],
  ['an array', [], '', /^must be an object/],
  ['nothing', {}, '/activities', /^must be an array .*, got nothing$/],
  ['activities that are none', { activities: 'x' }, '/activities', /^must be an array .*, got "x"$/],
  ['an activity that is none', { activities: ['x'] }, '/activities/0', /^must be an object/],
  // As the old tests have them.
  [
    'another operation',
    { activities: [{ ...DELETE, operation: 'other operation' }] },
    '/activities/0/operation',
    /^must be "insert" or "delete", got "other operation"$/,
  ],
  [
    'numbers for names',
    deleting({ col_names: [1, 2, 'e'] }),
    '/activities/0/value_to_delete/col_names/0',
    /^must be a string, got 1$/,
  ],
  [
    'no table',
    { activities: [{ operation: 'delete', value_to_delete: DELETE.value_to_delete }] },
    '/activities/0/table',
    /^must be a table's name .*, got nothing$/,
  ],
  ['INSERT', inserting({ operation: 'INSERT' }), '/activities/0/operation', /got "INSERT"$/],
  ['an empty table', inserting({ table: '' }), '/activities/0/table', /got ""$/],
  ['SQL for a table', inserting({ table: 'x"; drop table y; --' }), '/activities/0/table', /must be a table's name/],
  [
    'more names than values',
    inserting({ col_names: ['a', 'b', 'c', 'd'] }),
    '/activities/0/col_types',
    /one element for each/,
  ],
  [
    'more values than names',
    inserting({ col_values: [1, 'x', 'y', 'z'] }),
    '/activities/0/col_values',
    /one element for each/,
  ],
  [
    'a text for a number',
    inserting({ col_values: ['1', 'x', 'y'] }),
    '/activities/0/col_values/0',
    /whole number.*got "1"$/,
  ],
  ['a nested value', inserting({ col_values: [1, { x: 1 }, 'y'] }), '/activities/0/col_values/1', /text|string/],
  [
    'a column twice',
    inserting({ col_names: ['a', 'A', 'c'] }),
    '/activities/0/col_names/1',
    /more than case, got "A"$/,
  ],
  [
    'a delete of everything',
    deleting({ col_names: [], col_types: [], col_values: [] }),
    '/activities/0/value_to_delete/col_names',
    /1 to 1000/,
  ],
  [
    'a DECIMAL of no size',
    inserting({ col_types: ['DECIMAL(0,1)', 'TEXT', 'TEXT'] }),
    '/activities/0/col_types/0',
    /DECIMAL/,
  ],
  ['the second of two', { activities: [INSERT, { ...DELETE, table: 7 }] }, '/activities/1/table', /got 7$/],
];

test('an invalid payload is an honest 400 that says where and why, in the old words too', async (t) => {
  await using ingest = await testIngest();
  for (const [name, payload, pointer, detail] of INVALID) {
    await t.test(name, async () => {
      const { status, headers, json } = await post(ingest, payload);
      assert.equal(status, 400);
      assert.equal(headers.get('content-type'), 'application/problem+json');
      assert.equal(json.type, 'urn:sluice:problem:invalid-activities');
      assert.equal(json.status, 400);
      assert.deepEqual(json.payload, payload);
      assert.equal(json.message, 'Invalid Schema');
      assert.equal(json.error, json.detail);
      assert.equal(json.errors[0].pointer, pointer);
      assert.match(json.errors[0].detail, detail);
      assert.ok(json.detail.startsWith(`${pointer || 'the body'} ${json.errors[0].detail}`), json.detail);
    });
  }
  assert.deepEqual(ingest.published, []);
});

test('all that is wrong is told, up to a bound', async () => {
  await using ingest = await testIngest();
  const { json } = await post(ingest, {
    activities: [
      { ...INSERT, table: 1, col_types: 1 },
      { ...DELETE, table: 2 },
    ],
  });
  assert.deepEqual(
    json.errors.map(({ pointer }: { pointer: string }) => pointer),
    ['/activities/0/table', '/activities/0/col_types', '/activities/1/table'],
  );
  const many = await post(ingest, { activities: Array.from({ length: 1_000 }, () => 'x'.repeat(500)) });
  assert.equal(many.json.errors.length, 20);
  assert.ok(many.json.detail.length < 10_000);
});

const UNREADABLE: readonly (readonly [name: string, body: string | Uint8Array, pointer: string, detail: RegExp])[] = [
  ['nothing', '', '', /must be JSON, got none/],
  ['half of it', '{"activities":[', '', /must be JSON/],
  ['a word', 'undefined', '', /must be JSON/],
  ['a key twice', '{"activities":[],"activities":[]}', '', /activities/],
  ['a key twice within', '{"activities":[{"table":"a","table":"b"}]}', '/activities/0', /table/],
  ['__proto__', '{"activities":[],"__proto__":{}}', '', /__proto__/],
  ['a number that changes', '{"activities":[],"n":1e400}', '/n', /1e400/],
  ['NUL', '{"activities":[],"n":"\\u0000"}', '/n', /NUL|U\+0000/i],
  ['a lone surrogate', '{"activities":[],"n":"\\ud800"}', '/n', /surrogate/],
  ['no UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), '', /UTF-8/],
  ['depth', `{"activities":${'['.repeat(40)}${']'.repeat(40)}}`, '', /deep|depth|levels/],
];

test('what is no strict JSON is 400 without a payload', async (t) => {
  await using ingest = await testIngest();
  for (const [name, body, pointer, detail] of UNREADABLE) {
    await t.test(name, async () => {
      const { status, json } = await post(ingest, body);
      assert.equal(status, 400);
      assert.equal(json.type, 'urn:sluice:problem:malformed-json');
      assert.equal(json.payload, null);
      assert.equal(json.message, 'Invalid Schema');
      assert.equal(json.error, json.detail);
      assert.match(json.detail, detail);
      if (name !== 'depth') assert.equal(json.errors[0].pointer, pointer);
    });
  }
  assert.deepEqual(ingest.published, []);
});

test('what is not sent as JSON is 415, and what is sent as some kind of it is read', async () => {
  await using ingest = await testIngest();
  const body = JSON.stringify(INSERT_ONLY);
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', 'nonsense']) {
    const { status, json } = await post(ingest, body, { 'Content-Type': type });
    assert.equal(status, 415, type);
    assert.equal(json.payload, null);
    assert.equal(json.message, 'Invalid Schema');
  }
  const untyped = await fetch(ingest.url + PATH, { method: 'POST', body: new TextEncoder().encode(body) });
  assert.equal(untyped.status, 415);
  assert.deepEqual(ingest.published, []);
  for (const type of ['application/json; charset=UTF-8', 'APPLICATION/JSON', 'application/vnd.old+json']) {
    assert.equal((await post(ingest, body, { 'Content-Type': type })).status, 200, type);
  }
});

test('a body over a mebibyte is 413, and one under it is taken', async () => {
  await using ingest = await testIngest();
  const padded = (bytes: number) => `{"activities":[],"x":"${'x'.repeat(bytes - 24)}"}`;
  assert.equal((await post(ingest, padded(2 ** 20))).status, 200);
  const { status, json } = await post(ingest, padded(2 ** 20 + 1));
  assert.equal(status, 413);
  assert.equal(json.type, 'urn:sluice:problem:too-large');
  assert.deepEqual([json.message, json.error, json.payload], ['Invalid Schema', json.detail, null]);
  assert.equal(ingest.published.length, 1);
});

test('an idempotency key makes a retry the same command, at either address', async () => {
  await using ingest = await testIngest();
  const headers = { ...JSON_TYPE, 'Idempotency-Key': 'order 17' };
  const ids = [];
  for (const path of [PATH, PATH, '/api/v1/activities'])
    ids.push((await post(ingest, INSERT_ONLY, headers, path)).json.id);
  const expected = idempotentCommandId(STREAM, 'default', 'order 17');
  assert.deepEqual(ids, [expected, expected, expected]);
  const bad = await post(ingest, INSERT_ONLY, { ...JSON_TYPE, 'Idempotency-Key': 'x'.repeat(256) });
  assert.equal(bad.status, 400);
  assert.equal(bad.json.type, 'urn:sluice:problem:invalid-idempotency-key');
  assert.equal(bad.json.payload, null);
  assert.equal(ingest.published.length, 3);
});

test('what the broker has not confirmed is 503, to be tried again, with the payload and never as valid', async (t) => {
  for (const code of ['unavailable', 'overloaded', 'closed', 'unauthorized'] as const) {
    await t.test(code, async () => {
      const error = new SluiceError(code, 'Kafka at 10.0.0.1 said something');
      await using ingest = await testIngest({ answer: async () => ({ kind: 'failed', error }) });
      const { status, headers, text, json } = await post(ingest, INSERT_ONLY);
      assert.equal(status, 503);
      assert.equal(headers.get('retry-after'), '1');
      assert.equal(headers.get('content-type'), 'application/problem+json');
      assert.equal(json.status, 503);
      assert.deepEqual(json.payload, INSERT_ONLY);
      assert.equal(json.message, 'Not Published');
      assert.equal(json.error, json.detail);
      assert.doesNotMatch(text, /10\.0\.0\.1/);
      assert.equal(json.id, undefined);
    });
  }
  await t.test('what is too large for the broker', async () => {
    const error = new SluiceError('too-large', 'RecordTooLarge');
    await using ingest = await testIngest({ answer: async () => ({ kind: 'failed', error }) });
    const { status, json } = await post(ingest, INSERT_ONLY);
    assert.equal(status, 413);
    assert.equal(json.message, 'Not Published');
    assert.equal(json.payload, null);
  });
});

test('the answer waits for the broker', async () => {
  const { promise: confirmed, resolve: confirm } = Promise.withResolvers<void>();
  const { promise: asked, resolve: reached } = Promise.withResolvers<void>();
  const answer: TestIngestOptions['answer'] = async ({ topic }) => {
    reached();
    await confirmed;
    return { kind: 'published', topic, partition: 0, offset: 0, messageId: null };
  };
  await using ingest = await testIngest({ answer });
  let answered = false;
  const posted = post(ingest, INSERT_ONLY).then((reply) => {
    answered = true;
    return reply;
  });
  await asked;
  // As long as another request takes from end to end.
  await fetch(`${ingest.url}/health`);
  assert.equal(answered, false);
  confirm();
  assert.equal((await posted).status, 200);
});

test('methods and paths beside it are what they were: 405 and 404, and a slash at the end is another path', async () => {
  await using ingest = await testIngest();
  for (const path of [PATH, '/api/v1/activities']) {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
      const response = await fetch(ingest.url + path, { method });
      assert.equal(response.status, 405, `${method} ${path}`);
      assert.equal(response.headers.get('allow'), 'POST, OPTIONS');
    }
    assert.equal((await post(ingest, INSERT_ONLY, JSON_TYPE, `${path}/`)).status, 404);
    assert.equal((await post(ingest, INSERT_ONLY, JSON_TYPE, path.toUpperCase())).status, 404);
    assert.equal((await post(ingest, INSERT_ONLY, JSON_TYPE, `${path}?x=1`)).status, 200);
  }
  assert.equal(ingest.published.length, 2);
});

test('valid and invalid payloads are counted, by why', async () => {
  await using ingest = await testIngest();
  await post(ingest, INSERT_ONLY);
  await post(ingest, INSERT_ONLY);
  await post(ingest, {});
  await post(ingest, '{');
  await post(ingest, 'x', { 'Content-Type': 'text/plain' });
  const metrics = await ingest.metrics.metrics();
  assert.match(metrics, /^valid_payloads_total\{stream="database.activities.v1"\} 2$/m);
  for (const reason of ['schema-violation', 'malformed-json', 'unsupported-media-type']) {
    assert.match(
      metrics,
      new RegExp(`^invalid_payloads_total\\{stream="database.activities.v1",reason="${reason}"\\} 1$`, 'm'),
    );
  }
});
