import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { rawHttp, waitFor } from '@sluice/testing';
import { json } from '../reply.ts';
import type { Route } from '../route.ts';
import { testServer } from '../testing/server.ts';
import { countUploads } from '../testing/uploads.ts';

const LIMIT = 1_000;
const HOST = 'Host: x\r\n';

const read: Route = {
  method: 'POST',
  path: '/read',
  body: { limitBytes: LIMIT },
  handle: ({ body }) => json(200, { bytes: body.length, text: body.toString('latin1') }),
};
const discard: Route = {
  method: 'POST',
  path: '/discard',
  handle: ({ body }) => json(200, { bytes: body.length }),
};

/** A POST with the text as its body, in chunks of the size where one is given. */
function post(path: string, body: string, { headers = '', chunk = 0 } = {}): string {
  const start = `POST ${path} HTTP/1.1\r\n${HOST}${headers}`;
  if (chunk === 0) return `${start}Content-Length: ${body.length}\r\n\r\n${body}`;
  const chunks = body.match(new RegExp(`.{1,${chunk}}`, 'gs')) ?? [];
  const coded = chunks.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('');
  return `${start}Transfer-Encoding: chunked\r\n\r\n${coded}0\r\n\r\n`;
}

const LAST = `GET /none HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`;

/** Sends all on one connection, and tells the statuses of the answers. */
async function statusesOf(port: number, ...requests: readonly string[]): Promise<readonly number[]> {
  const socket = connect(port, '127.0.0.1');
  socket.end(requests.join(''));
  return [...(await text(socket)).matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status));
}

test('a body is read whole, however it comes; where none is sent or none is wanted it is empty', async () => {
  await using server = await testServer([read, discard, { ...read, method: 'PUT' }, { ...read, path: '/read/:id' }]);
  const body = Array.from({ length: LIMIT }, (_, index) => String.fromCharCode(32 + (index % 90))).join('');
  for (const chunk of [0, 1, 7, 600, LIMIT]) {
    const response = await rawHttp(server.port, post('/read', body, { chunk }));
    assert.equal(response.status, 200);
    assert.deepEqual(JSON.parse(response.body), { bytes: LIMIT, text: body });
  }
  for (const bytes of [post('/read', ''), post('/read', '', { chunk: 1 }), `POST /read HTTP/1.1\r\n${HOST}\r\n`]) {
    assert.deepEqual(JSON.parse((await rawHttp(server.port, bytes)).body), { bytes: 0, text: '' });
  }
  assert.deepEqual(JSON.parse((await rawHttp(server.port, post('/discard', 'abc'))).body), { bytes: 0 });
  for (const [path, method] of [
    ['/read', 'PUT'],
    ['/read?x=1', 'POST'],
    ['/read/1', 'POST'],
  ] as const) {
    const response = await fetch(server.url + path, { method, body: 'abc' });
    assert.deepEqual(await response.json(), { bytes: 3, text: 'abc' });
  }
});

test('a body that comes byte by byte is read whole', async () => {
  await using server = await testServer([read]);
  const socket = connect(server.port, '127.0.0.1').setNoDelay(true);
  await once(socket, 'connect');
  for (const byte of post('/read', 'slowly')) {
    socket.write(byte);
    // The server is this process: by the answer to another request it has read the byte.
    await fetch(`${server.url}/none`);
  }
  const [answer] = await once(socket, 'data');
  assert.match(String(answer), /"text":"slowly"/);
  socket.destroy();
});

test('a body over the limit gets 413, and the connection serves what comes behind it', async () => {
  await using server = await testServer([read, { ...read, path: '/read/:id' }]);
  for (const path of ['/read', '/read/1']) {
    for (const [size, chunk, status] of [
      [LIMIT, 0, 200],
      [LIMIT + 1, 0, 413],
      [LIMIT * 30, 0, 413],
      [LIMIT, 500, 200],
      [LIMIT + 1, 500, 413],
      [LIMIT * 30, 1, 413],
    ] as const) {
      const statuses = await statusesOf(server.port, post(path, 'x'.repeat(size), { chunk }), post('/read', 'y'), LAST);
      assert.deepEqual(statuses, [status, 200, 404], `${size} in ${chunk}`);
    }
  }
  const { body } = await rawHttp(server.port, post('/read', 'x'.repeat(LIMIT + 1)));
  assert.deepEqual(JSON.parse(body), {
    type: 'urn:sluice:problem:too-large',
    title: 'Too large',
    status: 413,
    detail: 'the body must have at most 1000 bytes, but it has more',
  });
});

test('whoever sends far too much gets its answer every time', async () => {
  await using server = await testServer([{ ...read, body: { limitBytes: 200_000 } }]);
  const length = { 'Content-Length': '10000000' };
  // Those that ask and do not wait for the answer, or want to be the last, as well.
  const asks = { ...length, Expect: '100-continue' };
  const last = { ...length, Connection: 'close' };
  for (const headers of [{}, length, asks, last] as Record<string, string>[]) {
    const counts = await countUploads({ port: server.port, path: '/read', headers, bodyBytes: 10_000_000, rounds: 20 });
    assert.deepEqual(counts, { 413: 20 });
  }
});

test('a sender of 10 MB reads its answer and asks on, however low the limit', async () => {
  await using server = await testServer([read]);
  for (const chunk of [0, 50_000]) {
    const large = post('/read', 'x'.repeat(10_000_000), { chunk });
    assert.deepEqual(await statusesOf(server.port, large, post('/read', 'y'), LAST), [413, 200, 404]);
  }
});

test('an endless body is answered, is not kept, and is cut off in the end', async () => {
  await using server = await testServer([read], { bodiesLimitBytes: LIMIT });
  const socket = connect(server.port, '127.0.0.1');
  let sentBytes = 0;
  let answers = '';
  const chunk = `3e8\r\n${'x'.repeat(1_000)}\r\n`;
  const pump = (): void => {
    do sentBytes += 1_000;
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', pump);
  socket.on('data', (data) => {
    answers += data;
  });
  socket.on('error', () => {});
  socket.write(`POST /read HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`);
  pump();
  await waitFor('the answer', () => answers !== '');
  assert.match(answers, /^HTTP\/1\.1 413 /);
  // All the memory there is for bodies is free again, while the sender goes on.
  assert.equal((await rawHttp(server.port, post('/read', 'x'.repeat(LIMIT)))).status, 200);
  // It ends with an error, or without: neither is of interest.
  await new Promise((resolve) => (socket.closed ? resolve(undefined) : socket.once('close', resolve)));
  assert.ok(sentBytes < 30_000_000, `took ${sentBytes} bytes`);
});

test('a client that is refused and goes on sending for ever is cut off', { timeout: 10_000 }, async () => {
  await using server = await testServer([read]);
  const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  socket.write(`POST /read HTTP/1.1\r\n${HOST}Connection: close\r\nContent-Length: 99999\r\n\r\n`);
  const [answer] = await once(socket, 'data');
  assert.match(String(answer), /^HTTP\/1\.1 413 /);
  const drip = setInterval(() => socket.write('x'), 10).unref();
  const closed = new Promise((resolve) => socket.on('close', resolve));
  await closed.finally(() => clearInterval(drip));
});

test('a client that asks before it sends is told to go on, or refused at once', async () => {
  await using server = await testServer([read, discard]);
  const ask = (path: string, size: number, more = '') =>
    `POST ${path} HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: ${size}\r\n${more}\r\n`;
  for (const path of ['/read', '/discard']) {
    const socket = connect(server.port, '127.0.0.1');
    socket.write(ask(path, 3));
    assert.equal(String(await once(socket, 'data')), 'HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('abc');
    assert.match(String(await once(socket, 'data')), /^HTTP\/1\.1 200 OK\r\n/);
    socket.destroy();
  }
  for (const [bytes, status] of [
    [ask('/read', LIMIT + 1), 413],
    [ask('/discard', 2 ** 21), 413],
    [ask('/read', 3, 'Content-Encoding: gzip\r\n'), 415],
    [ask('/read', 3, 'correlationId: wrong\r\n'), 400],
  ] as const) {
    const socket = connect(server.port, '127.0.0.1');
    socket.write(bytes);
    // Nothing else is said, and the body is not waited for: the connection ends.
    assert.match(await text(socket), new RegExp(`^HTTP/1\\.1 ${status} .*Connection: close`, 's'));
  }
});

test('a route words the refusal of its body, and its own answers by itself', async () => {
  const worded: Route = {
    ...read,
    refusedAs: (refusal) => ({ ...refusal, body: JSON.stringify({ code: 'FAILED', ...JSON.parse(refusal.body) }) }),
  };
  await using server = await testServer([worded]);
  const refused = JSON.parse((await rawHttp(server.port, post('/read', 'x'.repeat(LIMIT + 1)))).body);
  assert.deepEqual([refused.code, refused.status], ['FAILED', 413]);
  const encoded = JSON.parse(
    (await rawHttp(server.port, post('/read', 'x', { headers: 'Content-Encoding: br\r\n' }))).body,
  );
  assert.deepEqual([encoded.code, encoded.status], ['FAILED', 415]);
  assert.deepEqual(JSON.parse((await rawHttp(server.port, post('/read', 'x'))).body), { bytes: 1, text: 'x' });
});

test('a body that is encoded gets 415, which says so', async () => {
  await using server = await testServer([read, discard]);
  for (const coding of ['gzip', 'br', 'GZIP', 'gzip, identity', 'a'.repeat(500)]) {
    const headers = `Content-Encoding: ${coding}\r\n`;
    const response = await rawHttp(server.port, post('/read', 'abc', { headers }));
    assert.equal(response.status, 415, coding);
    assert.equal(response.headers['accept-encoding'], 'identity');
    const { type, detail } = JSON.parse(response.body);
    assert.equal(type, 'urn:sluice:problem:unsupported-media-type');
    assert.match(detail, /^the body must not be encoded, got header Content-Encoding ".{1,90}"$/);
    const statuses = await statusesOf(server.port, post('/read', 'abc', { headers }), post('/read', 'y'), LAST);
    assert.deepEqual(statuses, [415, 200, 404]);
    assert.equal((await rawHttp(server.port, post('/discard', 'abc', { headers }))).status, 200);
  }
  for (const headers of ['Content-Encoding: identity\r\n', 'content-encoding: Identity\r\n']) {
    assert.equal((await rawHttp(server.port, post('/read', 'abc', { headers }))).status, 200);
  }
});

test('a length that lies breaks nothing, and holds no memory', async () => {
  await using server = await testServer([read], { bodiesLimitBytes: LIMIT });
  const shorter = `POST /read HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\nabc\r\n\r\n`;
  assert.deepEqual(await statusesOf(server.port, shorter), [200, 400]);
  for (let round = 0; round < 10; round++) {
    const socket = connect(server.port, '127.0.0.1');
    socket.write(`POST /read HTTP/1.1\r\n${HOST}Content-Length: ${LIMIT}\r\n\r\n${'x'.repeat(LIMIT - 1)}`);
    // By the answer to another request, the server, which is this process, has read so much of this one.
    await fetch(`${server.url}/none`);
    socket.destroy();
    const whole = post('/read', 'x'.repeat(LIMIT));
    await waitFor('the memory', async () => (await rawHttp(server.port, whole)).status === 200);
  }
});

test('a body that is not sent in time gets 408, and holds no memory', async () => {
  const limits = { headersTimeoutMs: 50, requestTimeoutMs: 100, checkEveryMs: 10 };
  await using server = await testServer([read], { limits, bodiesLimitBytes: LIMIT });
  const half = `POST /read HTTP/1.1\r\n${HOST}Content-Length: ${LIMIT}\r\n\r\n${'x'.repeat(LIMIT / 2)}`;
  assert.equal((await rawHttp(server.port, half)).status, 408);
  const whole = post('/read', 'x'.repeat(LIMIT));
  await waitFor('the memory', async () => (await rawHttp(server.port, whole)).status === 200);
});

test('all bodies in hand together have a bound: over it a client is asked to come again', async () => {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  let entered = 0;
  const slow: Route = {
    ...read,
    path: '/slow',
    handle: async () => {
      entered++;
      await opened;
      return json(200, {});
    },
  };
  await using server = await testServer([read, slow], { bodiesLimitBytes: LIMIT });
  const held = rawHttp(server.port, post('/slow', 'x'.repeat(600)));
  await waitFor('the first', () => entered === 1);
  for (const chunk of [0, 100]) {
    const refused = await rawHttp(server.port, post('/read', 'y'.repeat(401), { chunk }));
    assert.equal(refused.status, 503);
    assert.equal(refused.headers['retry-after'], '1');
    assert.equal(JSON.parse(refused.body).type, 'urn:sluice:problem:overloaded');
    assert.equal((await rawHttp(server.port, post('/read', 'y'.repeat(400)))).status, 200);
  }
  open();
  assert.equal((await held).status, 200);
  // Nothing of all that is still held, nor was more given back than taken.
  for (let round = 0; round < 3; round++) {
    assert.equal((await rawHttp(server.port, post('/read', 'y'.repeat(LIMIT)))).status, 200);
  }
  assert.deepEqual(
    server.lines.filter(({ level }) => level === 'error'),
    [],
  );
});

test('a client that goes away before its answer gives the memory of its body back once', async () => {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const texts: string[] = [];
  const slow: Route = {
    ...read,
    path: '/slow',
    handle: async ({ body, signal }) => {
      signal.addEventListener('abort', () => open());
      texts.push('entered');
      await opened;
      texts.push(body.toString());
      return json(200, {});
    },
  };
  await using server = await testServer([read, slow], { bodiesLimitBytes: LIMIT });
  const socket = connect(server.port, '127.0.0.1');
  socket.write(post('/slow', 'x'.repeat(600)));
  await waitFor('the request', () => texts.length === 1);
  socket.destroy();
  await waitFor('its end', () => texts.length === 2);
  assert.equal(texts[1], 'x'.repeat(600));
  // With twice the memory given back there would be room for both.
  const half = connect(server.port, '127.0.0.1');
  half.write(`POST /read HTTP/1.1\r\n${HOST}Content-Length: ${LIMIT}\r\n\r\n${'x'.repeat(LIMIT - 1)}`);
  await fetch(`${server.url}/none`);
  assert.equal((await rawHttp(server.port, post('/read', 'yy'))).status, 503);
  half.destroy();
});

test('a route that fails gives the memory of its body back', async () => {
  const failing: Route = {
    ...read,
    handle: () => {
      throw new Error('as it is told');
    },
  };
  await using server = await testServer([failing], { bodiesLimitBytes: LIMIT });
  for (let round = 0; round < 3; round++) {
    assert.equal((await rawHttp(server.port, post('/read', 'y'.repeat(LIMIT)))).status, 500);
  }
});
