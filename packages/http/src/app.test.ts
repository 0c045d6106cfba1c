import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERROR_CODES, type ErrorCode, SluiceError } from '@sluice/core';
import { rawHttp } from '@sluice/testing';
import { problem, TOO_MANY_REQUESTS } from './problem.ts';
import { Refusal } from './refusal.ts';
import { json } from './reply.ts';
import type { Route } from './route.ts';
import { testServer } from './testing/server.ts';
import { countUploads } from './testing/uploads.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const ID = '2F1E0D0C-0000-1000-8000-00000000000A';

const problemIn = async (response: Response) => (await response.json()) as Record<'type' | 'detail' | 'Error', string>;

const echo: Route = {
  method: 'GET',
  path: '/echo/:word',
  handle: ({ params, client }) => json(200, { ...params, client }),
};
const post: Route = { method: 'POST', path: '/things', handle: () => json(200, { ok: true }) };
const throwing = (error: unknown): Route => ({
  method: 'GET',
  path: '/throws',
  handle: () => {
    throw error;
  },
});

test('a route answers with its parts decoded, its client and the correlation id', async () => {
  await using server = await testServer([echo]);
  const response = await fetch(`${server.url}/echo/a%2Fb%20c?x=1`, { headers: { correlationId: ID } });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8');
  assert.equal(response.headers.get('correlationId'), ID);
  assert.equal(response.headers.get('access-control-allow-origin'), '*');
  assert.deepEqual(await response.json(), { word: 'a/b c', client: 'default' });
});

test('a request without a correlation id is given one; a wrong one is refused with the old members', async () => {
  await using server = await testServer([echo]);
  assert.match((await fetch(`${server.url}/echo/x`)).headers.get('correlationId') ?? '', UUID);
  for (const id of ['', 'abc', `${ID}0`, `{${ID}}`, ID.replaceAll('-', ''), `${ID}, ${ID}`, `${'z'.repeat(5_000)}`]) {
    const response = await fetch(`${server.url}/echo/x`, { headers: { correlationId: id } });
    const body = await problemIn(response);
    assert.equal(response.status, 400, id);
    assert.equal(body.type, 'urn:sluice:problem:invalid-correlation-id');
    assert.equal(body.Error, 'correlationId header: must be a valid UUID');
    assert.match(body.detail, /^header correlationId must be a UUID, got "/);
    assert.ok(body.detail.length < 200);
    assert.match(response.headers.get('correlationId') ?? '', UUID);
  }
});

test('HEAD is answered as GET, without the body', async () => {
  await using server = await testServer([echo]);
  const response = await rawHttp(server.port, 'HEAD /echo/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n').catch(
    (error) => String(error),
  );
  assert.match(String(response), /HTTP\/1\.1 200 OK.*Content-Length: 31.*\\r\\n\\r\\n"$/);
});

test('an unknown path is 404, a known one with another method 405 with Allow', async () => {
  await using server = await testServer([echo, post]);
  for (const path of ['/', '/Echo/x', '/echo/', '/echo/x/', '/echo/x/y', '//echo/x', '/things/', '/%00']) {
    const response = await fetch(server.url + path);
    assert.equal(response.status, 404, path);
    assert.equal(response.headers.get('content-type'), 'application/problem+json');
    assert.equal((await problemIn(response)).type, 'urn:sluice:problem:not-found');
  }
  const wrongMethod = await fetch(`${server.url}/things`, { method: 'DELETE' });
  assert.equal(wrongMethod.status, 405);
  assert.equal(wrongMethod.headers.get('allow'), 'POST, OPTIONS');
  assert.match((await problemIn(wrongMethod)).detail, /must be one of POST, OPTIONS, got DELETE/);
  assert.equal((await fetch(`${server.url}/echo/x`, { method: 'POST' })).headers.get('allow'), 'HEAD, GET, OPTIONS');
});

test('PUT and DELETE are methods as others, of literal paths and of patterns', async () => {
  const named = (method: Route['method'], path: string): Route => ({
    method,
    path,
    handle: ({ params }) => json(200, { method, path, ...params }),
  });
  const methods = ['GET', 'POST', 'PUT', 'DELETE'] as const;
  await using server = await testServer([
    ...methods.flatMap((method) => [named(method, '/all'), named(method, '/all/:id')]),
    named('PUT', '/put'),
    named('DELETE', '/delete/:id'),
  ]);
  for (const method of methods) {
    for (const [path, id] of [
      ['/all', undefined],
      ['/all/:id', 'x'],
    ] as const) {
      const response = await fetch(server.url + path.replace(':id', 'x'), { method });
      assert.deepEqual(await response.json(), { method, path, ...(id && { id }) });
    }
  }
  for (const [method, path, allow] of [
    ['GET', '/put', 'PUT, OPTIONS'],
    ['HEAD', '/put', 'PUT, OPTIONS'],
    ['PUT', '/delete/x', 'DELETE, OPTIONS'],
    ['PATCH', '/all', 'HEAD, GET, POST, PUT, DELETE, OPTIONS'],
  ] as const) {
    const response = await fetch(server.url + path, { method });
    assert.equal(response.status, 405);
    assert.equal(response.headers.get('allow'), allow);
    assert.equal((await fetch(server.url + path, { method: 'OPTIONS' })).status, 200);
  }
  const tunnel = await rawHttp(server.port, 'CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.equal(tunnel.headers.allow, 'GET, POST, PUT, DELETE, OPTIONS');
  const head = await fetch(`${server.url}/all`, { method: 'HEAD' });
  assert.equal(head.status, 200);
  assert.equal(await head.text(), '');
});

test('a route may throw the reply of a refusal, which is no failure', async () => {
  const refusal = problem(TOO_MANY_REQUESTS, 'too many wait');
  await using server = await testServer([throwing(new Refusal(refusal))]);
  const response = await fetch(`${server.url}/throws`);
  assert.equal(response.status, 429);
  assert.equal(response.headers.get('retry-after'), '1');
  assert.equal((await problemIn(response)).type, 'urn:sluice:problem:too-many-requests');
  assert.deepEqual(server.lines, []);
});

test('a route without parameters comes before those with, whatever their order and the method', async () => {
  const named = (path: string, name: string): Route => ({
    method: 'GET',
    path,
    handle: ({ path: asked, params }) => ({ ...json(200, { name, asked, params }), headers: { 'X-Route': name } }),
  });
  await using server = await testServer([
    named('/:any', 'pattern'),
    named('/a-b/c.d', 'long'),
    named('/plain', 'plain'),
  ]);
  const nameAt = async (path: string, method = 'GET') =>
    (await fetch(server.url + path, { method })).headers.get('x-route');
  for (const method of ['GET', 'HEAD']) {
    for (const path of ['/plain', '/plain?x=1', '/plain?']) assert.equal(await nameAt(path, method), 'plain', path);
    for (const path of ['/plai%6e', '/Plain', '/other']) assert.equal(await nameAt(path, method), 'pattern', path);
    assert.equal(await nameAt('/a-b/c.d', method), 'long');
    for (const path of ['/a-b/cxd', '/plain/']) assert.equal(await nameAt(path, method), null, path);
  }
  const body = await (await fetch(`${server.url}/plain?x=1`)).json();
  assert.deepEqual(body, { name: 'plain', asked: '/plain', params: {} });
  const absolute = await rawHttp(server.port, 'GET http://x/plain HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.match(absolute.body, /"name":"plain"/);
});

test('OPTIONS is answered on any path, as browsers ask before they send', async () => {
  await using server = await testServer([echo]);
  for (const path of ['/echo/x', '/anywhere/at/all']) {
    const response = await fetch(server.url + path, { method: 'OPTIONS', headers: { correlationId: 'wrong' } });
    assert.equal(response.status, 200);
    assert.equal(await response.text(), '');
    assert.equal(response.headers.get('access-control-allow-methods'), 'POST, GET, OPTIONS, PUT, DELETE');
    const allowed = response.headers.get('access-control-allow-headers') ?? '';
    for (const name of ['correlationId', 'Content-Type', 'Idempotency-Key']) assert.ok(allowed.includes(name), name);
  }
  assert.equal((await rawHttp(server.port, 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n')).status, 200);
});

test('each error code has its status, and its message stays inside', async () => {
  const statuses: Record<ErrorCode, number> = {
    unavailable: 503,
    contention: 503,
    overloaded: 503,
    'invalid-data': 400,
    'position-conflict': 503,
    'generation-changed': 503,
    'log-mismatch': 500,
    'log-truncated': 500,
    'too-large': 413,
    unauthorized: 503,
    misconfigured: 503,
    closed: 503,
  };
  for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
    const cause = new Error('driver says: password "hunter2" refused');
    await using server = await testServer([throwing(new SluiceError(code, 'the inside of it', { cause }))]);
    const response = await fetch(`${server.url}/throws`);
    const body = await response.text();
    assert.equal(response.status, statuses[code], code);
    assert.equal(response.headers.get('content-type'), 'application/problem+json');
    assert.equal(response.headers.get('retry-after'), statuses[code] === 503 ? '1' : null, code);
    assert.doesNotMatch(body, /inside|driver|hunter2|at .*\.ts/, code);
  }
});

test('an unknown error is a plain 500 outside, and told whole in the log with the correlation id', async () => {
  await using server = await testServer([throwing(new TypeError('secret of the inside'))]);
  const response = await fetch(`${server.url}/throws`, { headers: { correlationId: ID } });
  assert.equal(response.status, 500);
  assert.doesNotMatch(await response.text(), /secret|TypeError|\.ts/);
  const line = server.lines.find(({ level }) => level === 'error');
  assert.equal(line?.correlationId, ID);
  assert.match(JSON.stringify(line?.err), /TypeError.*secret of the inside.*\.ts/);
});

test('an answer that cannot be written is a plain 500, and the process lives on', async () => {
  const broken = { ...json(200, {}), headers: { 'X-Broken': 'a\nb' } };
  await using server = await testServer([echo, { method: 'GET', path: '/broken', handle: () => broken }]);
  assert.equal((await fetch(`${server.url}/broken`)).status, 500);
  assert.equal(server.lines.at(-1)?.level, 'error');
  assert.equal((await fetch(`${server.url}/echo/x`)).status, 200);
});

test('an outage is logged now and then, not once a request', async () => {
  await using server = await testServer([throwing(new SluiceError('unavailable', 'broker is gone'))]);
  await Promise.all(Array.from({ length: 20 }, () => fetch(`${server.url}/throws`)));
  const lines = server.lines.filter(({ level }) => level === 'warn');
  assert.equal(lines.length, 1);
  assert.match(JSON.stringify(lines[0]), /broker is gone/);
});

test('answers are logged one by one at the level debug only', async () => {
  await using quiet = await testServer([echo]);
  await fetch(`${quiet.url}/echo/x`);
  assert.deepEqual(quiet.lines, []);
  await using talking = await testServer([echo], { level: 'debug' });
  await fetch(`${talking.url}/echo/x`, { headers: { correlationId: ID } });
  assert.equal(talking.lines[0]?.correlationId, ID);
  assert.equal(talking.lines[0]?.path, '/echo/x');
});

test('requests are counted by the pattern of their route, never by their path', async () => {
  await using server = await testServer([echo]);
  for (const path of ['/echo/a', '/echo/b', '/nowhere-1', '/nowhere-2']) await fetch(server.url + path);
  const text = await server.metrics.metrics();
  assert.match(text, /http_requests_total\{method="GET",route="\/echo\/:word",status="200"\} 2/);
  assert.match(text, /http_requests_total\{method="other",route="none",status="404"\} 2/);
  assert.match(text, /http_request_duration_seconds_count\{method="GET",route="\/echo\/:word",status="200"\} 2/);
  assert.doesNotMatch(text, /nowhere/);
  assert.equal(await server.metrics.metrics(), text);
  await fetch(`${server.url}/echo/c`);
  assert.match(
    await server.metrics.metrics(),
    /http_requests_total\{method="GET",route="\/echo\/:word",status="200"\} 3/,
  );
});

test('a body that nobody reads is thrown away, and one over the limit refused', async () => {
  await using server = await testServer([post], { bodyLimitBytes: 1_000 });
  const send = (body: RequestInit['body']) =>
    fetch(`${server.url}/things`, { method: 'POST', body: body ?? null, duplex: 'half' } as RequestInit);
  const chunked = (chunks: number) =>
    new ReadableStream<Uint8Array>({
      pull(controller) {
        if (chunks-- > 0) controller.enqueue(new Uint8Array(500));
        else controller.close();
      },
    });
  assert.equal((await send('x'.repeat(1_000))).status, 200);
  assert.equal((await send(chunked(2))).status, 200);
  for (const body of ['x'.repeat(1_001), chunked(3), 'x'.repeat(50_000)]) {
    const response = await send(body);
    assert.equal(response.status, 413);
    assert.match((await problemIn(response)).detail, /at most 1000 bytes/);
  }
});

test('an oversized upload gets its answer every time', async () => {
  await using server = await testServer([post], { bodyLimitBytes: 200_000 });
  for (const headers of [{}, { 'Content-Length': '10000000' }] as Record<string, string>[]) {
    const counts = await countUploads({
      port: server.port,
      path: '/things',
      headers,
      bodyBytes: 10_000_000,
      rounds: 20,
    });
    assert.deepEqual(counts, { 413: 20 });
  }
});

test('an endless body is answered, and cut off in the end', async () => {
  await using server = await testServer([post], { bodyLimitBytes: 10_000 });
  let sentBytes = 0;
  let status = 0;
  const { connect } = await import('node:net');
  const socket = connect(server.port, '127.0.0.1');
  socket.write('POST /things HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
  const chunk = `3e8\r\n${'x'.repeat(1_000)}\r\n`;
  const pump = (): void => {
    while (!socket.destroyed && socket.write(chunk)) sentBytes += 1_000;
    sentBytes += 1_000;
  };
  socket.on('drain', pump);
  socket.on('data', (data) => {
    status ||= Number(/HTTP\/1\.1 (\d+)/.exec(data.toString())?.[1]);
  });
  socket.on('error', () => {});
  pump();
  await new Promise((resolve) => socket.on('close', resolve));
  assert.equal(status, 413);
  assert.ok(sentBytes < 100_000_000, `took ${sentBytes} bytes`);
});
