import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rawHttp } from '@sluice/testing';
import fc from 'fast-check';
import { json } from '../reply.ts';
import type { Route } from '../route.ts';
import { testServer } from '../testing/server.ts';
import { formOf } from './form.ts';

const URLENCODED = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data; boundary=B';

/** The fields, or the status and detail of the refusal. */
async function read(contentType: string | undefined, body: string | Buffer): Promise<unknown> {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : body;
  const form = await formOf({ headers: contentType === undefined ? {} : { 'content-type': contentType }, body: bytes });
  if (form.kind === 'form') return [...form.fields];
  const { status, detail } = JSON.parse(form.reply.body);
  assert.equal(form.reply.status, status);
  assert.ok(detail.length < 300);
  return `${status} ${detail}`;
}

/** A part as browsers write it, with further words of its header. */
const part = (name: string, value: string, more = ''): string =>
  `--B\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;

const END = '--B--\r\n';

test('fields of an urlencoded form', async () => {
  const cases: readonly (readonly [body: string, fields: readonly (readonly [string, string])[]])[] = [
    ['', []],
    ['event=%7B%22a%22%3A+1%7D', [['event', '{"a": 1}']]],
    ['a=1&b=2', [['a', '1'], ['b', '2']]], // biome-ignore format: a line each
    ['a=b=c', [['a', 'b=c']]],
    ['a&&b=', [['a', ''], ['b', '']]], // biome-ignore format: a line each
    ['=x', [['', 'x']]],
    ['?a=1', [['?a', '1']]],
    ['__proto__=1&constructor=2', [['__proto__', '1'], ['constructor', '2']]], // biome-ignore format: a line each
    ['caf%C3%A9=%00', [['café', '\0']]],
    ['caf\xc3\xa9=1', [['café', '1']]],
    ['a=1\r\n', [['a', '1\r\n']]],
  ];
  for (const [body, fields] of cases) assert.deepEqual(await read(URLENCODED, body), fields, body);
});

test('fields of a multipart form; files are none', async () => {
  const cases: readonly (readonly [body: string, fields: readonly (readonly [string, string])[]])[] = [
    [END, []],
    [part('event', '{"a": 1}') + END, [['event', '{"a": 1}']]],
    [part('a', '1') + part('b', '') + END, [['a', '1'], ['b', '']]], // biome-ignore format: a line each
    [`preamble\r\n${part('a', '1')}${END}epilogue`, [['a', '1']]],
    [part('a', '\r\n-\r\n--\r\n') + END, [['a', '\r\n-\r\n--\r\n']]],
    [part('a', '%41+b') + END, [['a', '%41+b']]],
    [part('caf\xc3\xa9', '\xc3\xa9') + END, [['café', 'é']]],
    [part('__proto__', '1') + END, [['__proto__', '1']]],
    [part('a', '1', '\r\nContent-Type: application/json') + END, [['a', '1']]],
    [part('a', '1', '\r\nContent-Type: application/octet-stream') + END, [['a', '1']]],
    [part('a', '1', '\r\n__proto__: x') + END, [['a', '1']]],
    [part('a', '\xff', '; filename="x.json"') + part('b', '2') + END, [['b', '2']]],
    [part('a', '1', '; filename=""') + part('a', '2') + END, [['a', '2']]],
    [part('a', 'x'.repeat(300_000)) + END, [['a', 'x'.repeat(300_000)]]],
  ];
  for (const [body, fields] of cases) assert.deepEqual(await read(MULTIPART, body), fields, body.slice(0, 200));
  assert.deepEqual(await read('Multipart/Form-Data; charset=UTF-8; Boundary="B"', part('a', '1') + END), [['a', '1']]);
});

test('what a form must not be is refused with the rule', async () => {
  const cases: readonly (readonly [type: string | undefined, body: string, answer: RegExp])[] = [
    [URLENCODED, 'a=%', /^400 the form must be percent-encoded UTF-8$/],
    [URLENCODED, 'a=%zz', /^400 the form must be percent-encoded UTF-8$/],
    [URLENCODED, 'a=%ff', /^400 the form must be percent-encoded UTF-8$/],
    [URLENCODED, 'a=%ed%a0%80', /^400 the form must be percent-encoded UTF-8$/],
    [URLENCODED, 'a=%c3&b=%a9', /^400 the form must be percent-encoded UTF-8$/],
    [URLENCODED, 'a=\xff', /^400 the form must be percent-encoded UTF-8$/],
    [URLENCODED, 'a=1&%61=2', /^400 the form must have each field once, got "a" again$/],
    [
      URLENCODED,
      `${'x'.repeat(900)}&${'x'.repeat(900)}`,
      /^400 the form must have each field once, got "x{80}…" again$/,
    ],
    [URLENCODED, fields(10_000), /^413 the form must have at most 1000 fields, but it has more$/],
    [URLENCODED, '&'.repeat(10_000), /^413 the form must have at most 1000 fields/],
    [`${URLENCODED}; charset=iso-8859-1`, 'a=1', /^415 the charset of the body must be utf-8, got "iso-8859-1"$/],
    [
      'application/json',
      '{}',
      /^415 header Content-Type must be application\/x-www-form-urlencoded or multipart\/form-data, got "application\/json"$/,
    ],
    [undefined, 'a=1', /^415 header Content-Type must be .*, got none$/],
    ['nonsense', 'a=1', /^415 header Content-Type must be .*, got "nonsense"$/],
    ['multipart/mixed; boundary=B', part('a', '1') + END, /^415 /],
    ['multipart/form-data', part('a', '1') + END, /^400 the form must have a boundary/],
    [`multipart/form-data; boundary=${'B'.repeat(71)}`, END, /^400 the form must have a boundary/],
    ['multipart/form-data; boundary=""', END, /^400 the form must have a boundary/],
    [`${MULTIPART}; charset=utf-16`, part('a', '1') + END, /^415 the charset/],
    ['multipart/form-data; boundary=C', part('a', '1') + END, /^400 the form must be whole/],
    [MULTIPART, '', /^400 the form must be whole/],
    [MULTIPART, 'a=1', /^400 the form must be whole/],
    [MULTIPART, part('a', '1'), /^400 the form must be whole/],
    [MULTIPART, part('a', '1').slice(0, -9), /^400 the form must be whole/],
    [MULTIPART, '--B\r\n', /^400 the form must be whole/],
    [MULTIPART, `--B\r\n\r\n1\r\n${END}`, /^400 the form must have parts that say/],
    [MULTIPART, `--B\r\nnonsense\r\n\r\n1\r\n${END}`, /^400 the form must have parts that say/],
    [MULTIPART, `--B\r\nnonsense\r\n\r\n${'x'.repeat(100_000)}\r\n${END}`, /^400 the form must have parts that say/],
    [MULTIPART, `--B\r\nContent-Disposition: attachment; name="a"\r\n\r\n1\r\n${END}`, /^400 the form must have parts/],
    [MULTIPART, `--B\r\nContent-Disposition: form-data\r\n\r\n1\r\n${END}`, /^400 the form must have a name for each/],
    [MULTIPART, part('a', '\xff') + END, /^400 the form must be UTF-8, but field "a" is not$/],
    [MULTIPART, part('a', '\xff', '\r\nContent-Type: text/plain; charset=latin1') + END, /^400 the form must be UTF-8/],
    [MULTIPART, part('a\xff', '1') + END, /^400 the form must have UTF-8 names/],
    [MULTIPART, part('a', '1') + part('a', '2') + END, /^400 the form must have each field once, got "a" again$/],
    [MULTIPART, part('a', '1').repeat(10_000) + END, /^413 the form must have at most 1000 fields/],
  ];
  for (const [type, body, answer] of cases) {
    assert.match(String(await read(type, body)), answer, `${type}: ${body.slice(0, 100)}`);
  }
});

const fields = (count: number): string => Array.from({ length: count }, (_, index) => `f${index}=1`).join('&');

test('a form may have 1,000 fields', async () => {
  assert.equal(((await read(URLENCODED, fields(1_000))) as unknown[]).length, 1_000);
  assert.match(String(await read(URLENCODED, fields(1_001))), /^413/);
  const parts = (count: number) => Array.from({ length: count }, (_, index) => part(`f${index}`, '1')).join('') + END;
  assert.equal(((await read(MULTIPART, parts(1_000))) as unknown[]).length, 1_000);
  assert.match(String(await read(MULTIPART, parts(1_001))), /^413/);
});

test('every form that a standard client writes is read as it was meant', async () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(fc.dictionary(text, text, { maxKeys: 5 }), async (fields) => {
      // Line ends are of one kind in forms; clients do not agree on how to escape quotes in names; and a replacement
      // character in a name is taken for bytes that are no UTF-8.
      const pairs = Object.entries(fields).filter(
        (pair) => !/[\r\n]/.test(pair.join()) && !/["\\\ufffd]/.test(pair[0]),
      );
      const multipart = new FormData();
      for (const [name, value] of pairs) multipart.set(name, value);
      for (const body of [new URLSearchParams(pairs), multipart]) {
        const request = new Response(body);
        const bytes = Buffer.from(await request.arrayBuffer());
        const found = await read(request.headers.get('content-type') ?? '', bytes);
        assert.deepEqual(found, pairs);
      }
    }),
    { numRuns: 200 },
  );
});

test('whatever is sent as a form is read or refused at once, with nothing thrown', { timeout: 60_000 }, async () => {
  const pieces = [
    ...[
      '--B',
      '\r\n--B',
      '\r\n--B--',
      '\r\n',
      '\n',
      '\r',
      '-',
      'B',
      '\r\n\r\n',
      ':',
      '\0',
      '\xff',
      ' folded',
      'x=%41&',
    ],
    ...['__proto__: x', 'content-disposition: form-data', 'Content-Disposition: form-data; name=c', part('a', 'v')],
    ...['Content-Disposition: form-data; name="b"; filename="x"', 'Content-Type: text/plain; charset=latin1'],
    ...[
      "Content-Disposition: form-data; name*=utf-8''%ff",
      'Content-Disposition: form-data; name="\\"',
      'x'.repeat(70_000),
    ],
  ];
  const bodies = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((chosen) => chosen.join(''));
  const ends = fc.constantFrom('', '\r\n--B--', '\r\n--B--\r\n');
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(URLENCODED, MULTIPART), bodies, ends, async (type, body, end) => {
      const answer = await read(type, body + end);
      assert.ok(Array.isArray(answer) || /^4(00|13) /.test(String(answer)));
    }),
    { numRuns: 2_000 },
  );
});

test('a form comes through a route as it was sent', async () => {
  const register: Route = {
    method: 'POST',
    path: '/:client/:event/register_event',
    body: { limitBytes: 10_000 },
    handle: async (request) => {
      const form = await formOf(request);
      return form.kind === 'form' ? json(200, [...form.fields]) : form.reply;
    },
  };
  await using server = await testServer([register]);
  const path = '/SpongeBob/Fruits/register_event';
  const answers = [new URLSearchParams({ event_schema: '{}' }), new FormData()].map(async (body) => {
    if (body instanceof FormData) body.set('event_schema', '{}');
    return (await fetch(server.url + path, { method: 'POST', body })).json();
  });
  for (const answer of answers) assert.deepEqual(await answer, [['event_schema', '{}']]);
  const { status } = await rawHttp(server.port, `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na=1`);
  assert.equal(status, 415);
});
