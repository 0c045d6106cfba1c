import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rawHttp } from '@sluice/testing';
import { testIngest } from './testing/ingest.ts';

const OLD_MESSAGE = 'invalid timestamp passed, please use 2006-01-02T15:04:05Z07:00';
const PATH = '/api/v1/timestamp';

/** What stands in the path, percent-encoded where HTTP needs it, and what the answer must say of it. */
const badTimestamps: readonly (readonly [segment: string, rule: RegExp])[] = [
  ['2024-02-30T00:00:00Z', /a day that exists/],
  ['2023-02-29T00:00:00Z', /a day that exists/],
  ['1900-02-29T00:00:00Z', /a day that exists/],
  ['2024-04-31T00:00:00Z', /a day that exists/],
  ['2024-01-00T00:00:00Z', /a day that exists/],
  ['2024-13-01T00:00:00Z', /a month between 01 and 12/],
  ['2024-00-01T00:00:00Z', /a month between 01 and 12/],
  ['2024-01-01T24:00:00Z', /an hour between 00 and 23/],
  ['2024-01-01T23:60:00Z', /minutes between 00 and 59/],
  ['2024-12-31T23:59:60Z', /leap seconds/],
  ['2024-01-01T00:00:00+24:00', /an offset between/],
  ['2024-01-01T00:00:00+01:60', /an offset between/],
  ['2024-01-01T00:00:00', /an offset/],
  ['2024-01-01T00:00:00z', /upper-case Z/],
  ['2024-01-01t00:00:00Z', /upper-case T/],
  ['2024-01-01%2000:00:00Z', /upper-case T/],
  ['2024-01-01', /a time of day/],
  ['12024-01-01T00:00:00Z', /four digits/],
  ['-2024-01-01T00:00:00Z', /RFC 3339/],
  ['%2B12024-01-01T00:00:00Z', /four digits/],
  ['0000-01-01T00:00:00Z', /year 0001/],
  ['9999-12-31T23:59:59-01:00', /year 0001 and 9999/],
  ['2024-1-1T00:00:00Z', /RFC 3339/],
  ['2024-01-01T00:00Z', /RFC 3339/],
  ['2024-01-01T00:00:00.Z', /RFC 3339/],
  ['2024-01-01T00:00:00,5Z', /a point, not a comma/],
  ['2024-01-01T00:00:00+0200', /a colon in its offset/],
  ['2024-01-01T00:00:00+02', /a colon in its offset/],
  ['2024-01-01T00:00:00%20Z', /RFC 3339/],
  ['%202024-01-01T00:00:00Z', /RFC 3339/],
  ['2024-01-01T00:00:00Z%20', /RFC 3339/],
  ['2024-01-01T00:00:00Z%0A', /RFC 3339/],
  ['2024-01-01T00:00:00Z%00', /RFC 3339/],
  ['20240101T000000Z', /RFC 3339/],
  ['2024-W01-1T00:00:00Z', /RFC 3339/],
  ['1704067200', /RFC 3339/],
  ['now', /RFC 3339/],
  ['tomorrow', /RFC 3339/],
  ['null', /RFC 3339/],
  ['undefined', /RFC 3339/],
  ['{timestamp}', /RFC 3339/],
  [':timestamp', /RFC 3339/],
  ['.', /RFC 3339/],
  ['..', /RFC 3339/],
  ['%2e%2e', /RFC 3339/],
  ['2024-01-01T00:00:00Z%2Fextra', /RFC 3339/],
  ['..%2F..%2Fetc%2Fpasswd', /RFC 3339/],
  ['%00', /RFC 3339/],
  ['%F0%9F%95%90', /RFC 3339/],
  ['%D9%A2%D9%A0%D9%A2%D9%A4-01-01T00:00:00Z', /RFC 3339/],
  ['%EF%BC%92024-01-01T00:00:00Z', /RFC 3339/],
  ["2024-01-01T00:00:00Z';drop%20table%20x--", /RFC 3339/],
  ['%3Cscript%3Ealert(1)%3C%2Fscript%3E', /RFC 3339/],
  ['__proto__', /RFC 3339/],
  [`2024-01-01T00:00:00.${'1'.repeat(100)}Z`, /at most 64 characters/],
  ['x'.repeat(10_000), /at most 64 characters/],
];

const cases: readonly (readonly [name: string, request: string, status: number, type: string])[] = [
  ['bad escape', `POST ${PATH}/%zz`, 400, 'malformed-request'],
  ['half an escape', `POST ${PATH}/2024%`, 400, 'malformed-request'],
  ['escape of no UTF-8', `POST ${PATH}/%ff`, 400, 'malformed-request'],
  ['a bare space', `POST ${PATH}/2024-01-01 00:00:00Z`, 400, 'malformed-request'],
  ['a path too long', `POST ${PATH}/${'x'.repeat(20_000)}`, 431, 'headers-too-large'],
  ['too many segments', `POST ${PATH}/2024-01-01T00:00:00Z/x`, 404, 'not-found'],
  ['a slash too many at the end', `POST ${PATH}/2024-01-01T00:00:00Z/`, 404, 'not-found'],
  ['a slash too many in the middle', `POST ${PATH}//2024-01-01T00:00:00Z`, 404, 'not-found'],
  ['a slash too many before', `POST /${PATH}`, 404, 'not-found'],
  ['upper-case path', 'POST /API/v1/timestamp', 404, 'not-found'],
  ['another version', 'POST /api/v2/timestamp', 404, 'not-found'],
  ['a slash after app', 'POST /app/', 404, 'not-found'],
  ['the root', 'POST /', 405, 'method-not-allowed'],
  ['GET of a command', `GET ${PATH}/2024-01-01T00:00:00Z`, 405, 'method-not-allowed'],
  ['GET of app', 'GET /app', 405, 'method-not-allowed'],
  ['HEAD of app', 'HEAD /app', 405, 'method-not-allowed'],
  ['PUT', `PUT ${PATH}`, 405, 'method-not-allowed'],
  ['DELETE', `DELETE ${PATH}/2024-01-01T00:00:00Z`, 405, 'method-not-allowed'],
  ['PATCH', 'PATCH /app', 405, 'method-not-allowed'],
  ['POST of health', 'POST /health', 405, 'method-not-allowed'],
  ['POST of metrics', 'POST /metrics', 405, 'method-not-allowed'],
];

const badHeaders: readonly (readonly [name: string, header: string, type: string])[] = [
  ['an empty correlation id', 'correlationId: ', 'invalid-correlation-id'],
  ['a short correlation id', 'correlationId: 1234', 'invalid-correlation-id'],
  ['a correlation id without hyphens', `correlationId: ${'0'.repeat(32)}`, 'invalid-correlation-id'],
  ['a correlation id in braces', 'correlationId: {00000000-0000-4000-8000-000000000000}', 'invalid-correlation-id'],
  ['a correlation id with a g', 'correlationId: g0000000-0000-4000-8000-000000000000', 'invalid-correlation-id'],
  ['a correlation id in quotes', 'correlationId: "00000000-0000-4000-8000-000000000000"', 'invalid-correlation-id'],
  [
    'two correlation ids',
    'correlationId: 00000000-0000-4000-8000-000000000000\r\ncorrelationId: 00000000-0000-4000-8000-000000000001',
    'invalid-correlation-id',
  ],
  ['an empty idempotency key', 'Idempotency-Key: ', 'invalid-idempotency-key'],
  ['an idempotency key too long', `Idempotency-Key: ${'k'.repeat(256)}`, 'invalid-idempotency-key'],
  ['an idempotency key of other letters', 'Idempotency-Key: clé', 'invalid-idempotency-key'],
];

test('bad input is told what is wrong with it, and nothing of it is published', async (t) => {
  await using ingest = await testIngest();
  const ask = (head: string, headers = '') =>
    rawHttp(ingest.port, `${head} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n${headers}\r\n`);

  for (const [segment, rule] of badTimestamps) {
    await t.test(`timestamp ${segment.slice(0, 60)}`, async () => {
      const response = await ask(`POST ${PATH}/${segment}`);
      assert.equal(response.status, 400);
      assert.equal(response.headers['content-type'], 'application/problem+json');
      const body = JSON.parse(response.body);
      assert.equal(body.type, 'urn:sluice:problem:invalid-timestamp');
      assert.match(body.detail, rule);
      assert.match(body.detail, /^timestamp must .*, got "/);
      assert.equal(body.Error, body.detail);
      assert.equal(body.Message, OLD_MESSAGE);
      assert.ok(body.detail.length < 300);
      assert.doesNotMatch(body.detail, /\p{C}/u);
    });
  }
  for (const [name, head, status, type] of cases) {
    await t.test(name, async () => {
      // The answer to HEAD has no body to wait for.
      if (head.startsWith('HEAD')) {
        assert.equal((await fetch(`${ingest.url}/app`, { method: 'HEAD' })).status, status);
        return;
      }
      const response = await ask(head);
      assert.equal(response.status, status);
      assert.equal(response.headers['content-type'], 'application/problem+json');
      assert.equal(JSON.parse(response.body).type, `urn:sluice:problem:${type}`);
      assert.equal(response.headers.allow !== undefined, status === 405);
    });
  }
  for (const [name, header, type] of badHeaders) {
    await t.test(name, async () => {
      const response = await ask('POST /app', `${header}\r\n`);
      assert.equal(response.status, 400);
      assert.equal(JSON.parse(response.body).type, `urn:sluice:problem:${type}`);
    });
  }
  assert.deepEqual(ingest.published, []);
  assert.doesNotMatch(await ingest.metrics.metrics(), /status="5/);
});
