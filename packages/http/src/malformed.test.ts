import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { rawHttp } from '@sluice/testing';
import { json } from './reply.ts';
import type { Route } from './route.ts';
import { testServer } from './testing/server.ts';
import { countUploads } from './testing/uploads.ts';

const routes: readonly Route[] = [
  { method: 'POST', path: '/things', handle: () => json(200, {}) },
  { method: 'GET', path: '/things/:id', handle: ({ params }) => json(200, params) },
];

const HOST = 'Host: x\r\n';
const cases: readonly (readonly [name: string, bytes: string | Buffer, status: number, type: string])[] = [
  ['bad percent-encoding', `GET /things/%zz HTTP/1.1\r\n${HOST}\r\n`, 400, 'malformed-request'],
  ['half an escape', `GET /things/% HTTP/1.1\r\n${HOST}\r\n`, 400, 'malformed-request'],
  ['an escape that is no UTF-8', `GET /things/%ff HTTP/1.1\r\n${HOST}\r\n`, 400, 'malformed-request'],
  ['an overlong escape', `GET /things/%c0%af HTTP/1.1\r\n${HOST}\r\n`, 400, 'malformed-request'],
  ['an escaped surrogate', `GET /things/%ed%a0%80 HTTP/1.1\r\n${HOST}\r\n`, 400, 'malformed-request'],
  ['a bad escape where no route is', `GET /nowhere/%zz HTTP/1.1\r\n${HOST}\r\n`, 400, 'malformed-request'],
  ['a target without a slash', `GET things HTTP/1.1\r\n${HOST}\r\n`, 400, 'malformed-request'],
  ['an asterisk for GET', `GET * HTTP/1.1\r\n${HOST}\r\n`, 400, 'malformed-request'],
  ['another scheme', `GET ftp://x/things/1 HTTP/1.1\r\n${HOST}\r\n`, 400, 'malformed-request'],
  ['an absolute target that is no URL', `GET http://[/things/1 HTTP/1.1\r\n${HOST}\r\n`, 400, 'malformed-request'],
  ['a space in the target', `GET /things/a b HTTP/1.1\r\n${HOST}\r\n`, 400, 'malformed-request'],
  ['no Host', 'GET /things/1 HTTP/1.1\r\n\r\n', 400, 'malformed-request'],
  ['two Hosts', `GET /things/1 HTTP/1.1\r\n${HOST}HOST: y\r\n\r\n`, 400, 'malformed-request'],
  [
    'two keys',
    `POST /things HTTP/1.1\r\n${HOST}Idempotency-Key: a\r\nidempotency-key: b\r\n\r\n`,
    400,
    'invalid-idempotency-key',
  ],
  ...(['ce-id', 'ce-source'] as const).map(
    (name) =>
      [
        `two ${name}`,
        `POST /things HTTP/1.1\r\n${HOST}${name}: a\r\n${name.toUpperCase()}: b\r\n\r\n`,
        400,
        'malformed-request',
      ] as const,
  ),
  ['an unknown method', `BREW /things HTTP/1.1\r\n${HOST}\r\n`, 400, 'malformed-request'],
  ['a lower-case method', `get /things/1 HTTP/1.1\r\n${HOST}\r\n`, 400, 'malformed-request'],
  ['no HTTP at all', 'hello\r\n\r\n', 400, 'malformed-request'],
  ['a TLS greeting', Buffer.from([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0x0d, 0x0a]), 400, 'malformed-request'],
  ['HTTP/2 by surprise', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'malformed-request'],
  ['HTTP/9.9', `GET /things/1 HTTP/9.9\r\n${HOST}\r\n`, 400, 'malformed-request'],
  ['a header without a colon', `GET /things/1 HTTP/1.1\r\n${HOST}nonsense\r\n\r\n`, 400, 'malformed-request'],
  ['a header name with a space', `GET /things/1 HTTP/1.1\r\n${HOST}a b: c\r\n\r\n`, 400, 'malformed-request'],
  ['a NUL in a header', `GET /things/1 HTTP/1.1\r\n${HOST}a: \0\r\n\r\n`, 400, 'malformed-request'],
  ['a folded header', `GET /things/1 HTTP/1.1\r\n${HOST}a: b\r\n c\r\n\r\n`, 400, 'malformed-request'],
  ['a bare line feed', 'GET /things/1 HTTP/1.1\nHost: x\n\n', 400, 'malformed-request'],
  [
    'two lengths',
    `POST /things HTTP/1.1\r\n${HOST}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
    400,
    'malformed-request',
  ],
  ['a negative length', `POST /things HTTP/1.1\r\n${HOST}Content-Length: -1\r\n\r\n`, 400, 'malformed-request'],
  [
    'length and chunks',
    `POST /things HTTP/1.1\r\n${HOST}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
    'malformed-request',
  ],
  ['an unknown coding', `POST /things HTTP/1.1\r\n${HOST}Transfer-Encoding: zip\r\n\r\n`, 400, 'malformed-request'],
  [
    'a chunk that is none',
    `POST /things HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`,
    400,
    'malformed-request',
  ],
  ['a length over the limit', `POST /things HTTP/1.1\r\n${HOST}Content-Length: 99999999999\r\n\r\n`, 413, 'too-large'],
  ['a large header', `GET /things/1 HTTP/1.1\r\n${HOST}a: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'headers-too-large'],
  ['a huge header', `GET /things/1 HTTP/1.1\r\n${HOST}a: ${'x'.repeat(2_000_000)}\r\n\r\n`, 431, 'headers-too-large'],
  ['a long path', `GET /things/${'x'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`, 431, 'headers-too-large'],
  ['many headers', `GET /things/1 HTTP/1.1\r\n${HOST}${'a: b\r\n'.repeat(5_000)}\r\n`, 431, 'headers-too-large'],
  ['an expectation', `POST /things HTTP/1.1\r\n${HOST}Expect: miracles\r\n\r\n`, 417, 'expectation-failed'],
  ['a tunnel', `CONNECT x:443 HTTP/1.1\r\n${HOST}\r\n`, 405, 'method-not-allowed'],
  ['TRACE', `TRACE /things/1 HTTP/1.1\r\n${HOST}\r\n`, 405, 'method-not-allowed'],
];

test('what is no proper request gets a problem, whole and bounded', async (t) => {
  await using server = await testServer(routes);
  for (const [name, bytes, status, type] of cases) {
    await t.test(name, async () => {
      const response = await rawHttp(server.port, bytes);
      assert.equal(response.status, status);
      assert.equal(response.headers['content-type'], 'application/problem+json');
      assert.match(response.headers.correlationid ?? '', /^[0-9a-f-]{36}$/);
      const body = JSON.parse(response.body);
      assert.equal(body.type, `urn:sluice:problem:${type}`);
      assert.equal(body.status, status);
      assert.ok(body.detail.length < 300);
      assert.doesNotMatch(response.body, /HPE_|ERR_|Parse Error|\.ts:/);
    });
  }
  assert.deepEqual(
    server.lines.filter(({ level }) => level === 'error'),
    [],
  );
});

test('garbage behind a request is refused after that request has its answer', async () => {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const slow: Route = {
    method: 'POST',
    path: '/slow',
    handle: async () => {
      await opened;
      return json(200, { done: true });
    },
  };
  await using server = await testServer([slow, ...routes]);
  const post = (path: string) => `POST ${path} HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\nab`;
  for (const [bytes, statuses] of [
    [`${post('/slow')}garbage\r\n\r\n`, [200, 400]],
    [`${post('/slow')}${post('/things')}garbage\r\n\r\n`, [200, 200, 400]],
    [`${post('/slow')}GET /things/1 HTTP/1.1\r\n${HOST}a: ${'x'.repeat(20_000)}\r\n\r\n`, [200, 431]],
  ] as const) {
    const socket = connect(server.port, '127.0.0.1');
    socket.write(bytes);
    // By the answer to a request sent later, the server, which is this process, has read the garbage.
    await fetch(`${server.url}/things/1`);
    socket.write('more\r\n\r\n');
    await fetch(`${server.url}/things/1`);
    open();
    const answers = await text(socket);
    assert.deepEqual(
      [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status)),
      statuses,
    );
  }
});

test('odd but proper requests are served', async () => {
  await using server = await testServer(routes);
  for (const bytes of [
    `GET http://elsewhere.example/things/1?x=%zz HTTP/1.1\r\n${HOST}\r\n`,
    'GET /things/1 HTTP/1.0\r\n\r\n',
    `GET /things/1?x=%zz#y HTTP/1.1\r\n${HOST}\r\n`,
    `GET /things/1 HTTP/1.1\r\n${HOST}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
    `POST /things HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: 1\r\n\r\nx`,
    `\r\n\r\nPOST /things HTTP/1.1\r\n${HOST}\r\n`,
  ]) {
    assert.equal((await rawHttp(server.port, bytes)).status, 200, bytes);
  }
});

test('a request that is not sent in time gets 408', async () => {
  const limits = { headersTimeoutMs: 50, requestTimeoutMs: 100, checkEveryMs: 10 };
  await using server = await testServer(routes, { limits });
  for (const bytes of [
    'GET /things/1 HTTP/1.1\r\nHos',
    `POST /things HTTP/1.1\r\n${HOST}Content-Length: 10\r\n\r\nhalf`,
  ]) {
    const response = await rawHttp(server.port, bytes);
    assert.equal(response.status, 408, bytes);
    assert.equal(JSON.parse(response.body).type, 'urn:sluice:problem:request-timeout');
  }
});

test('a client that is still sending lives to read that it is refused', async () => {
  await using server = await testServer(routes);
  const headers = { a: 'x'.repeat(20_000) };
  const counts = await countUploads({ port: server.port, path: '/things', headers, bodyBytes: 3_000_000, rounds: 50 });
  assert.deepEqual(counts, { 431: 50 });
});
