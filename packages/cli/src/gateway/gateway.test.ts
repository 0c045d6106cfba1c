import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, request as startRequest } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { listen } from '@sluice/http';
import { createLogger } from '@sluice/runtime';
import { freePort, rawHttp, startNode, waitFor } from '@sluice/testing';
import { type GatewayLimits, openGateway } from './gateway.ts';

const QUERY_PATH = '/api/v1/commands/1';

interface Behind {
  readonly ingest?: RequestListener;
  readonly query?: RequestListener;
  /** Of an ingest that is none of ours. */
  readonly ingestPort?: number;
  readonly limits?: Partial<GatewayLimits>;
}

const answering =
  (body: string): RequestListener =>
  (request, response) => {
    request.resume().once('end', () => response.end(body));
  };

/** A gateway before two services of the test's. */
async function gatewayBefore(t: TestContext, { ingest, query, ingestPort, limits = {} }: Behind) {
  const lines: string[] = [];
  const log = createLogger({ service: 'gateway', level: 'info', destination: { write: (line) => lines.push(line) } });
  const servers = [ingest ?? answering('ingest'), query ?? answering('query')].map((app) => createServer(app));
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ports.push((server.address() as AddressInfo).port);
  }
  const at = (port = 0) => ({ host: '127.0.0.1', port });
  const upstreams = { ingest: at(ingestPort ?? ports[0]), query: at(ports[1]) };
  const gateway = openGateway({ upstreams, log, limits });
  const address = { host: '127.0.0.1', port: 0 };
  const server = await listen(gateway.app, { address, log, limits: { drainMs: 2_000 } });
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    closed ??= Promise.resolve(server[Symbol.asyncDispose]());
    await closed;
  };
  t.after(async () => {
    await close();
    gateway[Symbol.dispose]();
    for (const behind of servers) behind.close().closeAllConnections();
  });
  return { url: server.url, port: server.port, lines, close, ingest: servers[0], query: servers[1] };
}

/** Every header and the path as they arrive, and how many connections they came by. */
function recording() {
  const requests: { method: string | undefined; url: string | undefined; rawHeaders: string[]; body: string }[] = [];
  const sockets = new Set<unknown>();
  const app: RequestListener = async (request, response) => {
    sockets.add(request.socket);
    const { method, url, rawHeaders } = request;
    requests.push({ method, url, rawHeaders, body: await text(request) });
    response.end('recorded');
  };
  return { app, requests, sockets };
}

const bodyOf = async (response: Response) => (await response.json()) as Readonly<Record<string, unknown>>;

const valuesOf = (rawHeaders: readonly string[] = [], wanted: string): string[] =>
  rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === wanted);

test('what is read goes to query, the rest to ingest', async (t) => {
  const { url } = await gatewayBefore(t, {});
  assert.equal(await (await fetch(`${url}${QUERY_PATH}`)).text(), 'query');
  assert.equal(await (await fetch(`${url}${QUERY_PATH}`, { method: 'POST', body: 'x' })).text(), 'ingest');
  assert.equal(await (await fetch(`${url}/metrics`)).text(), 'ingest');
});

test('path and query are passed on byte by byte, and Host as it was sent', async (t) => {
  const ingest = recording();
  const query = recording();
  const { port } = await gatewayBefore(t, { ingest: ingest.app, query: query.app });
  const targets = ['/a/../b/./c//d%2F%zz;x?y=/../%&y#', '/', '//evil.example/x', 'http://other.example/a?b', '*'];
  for (const target of targets) {
    const method = target === '*' ? 'OPTIONS' : 'GET';
    const { status } = await rawHttp(port, `${method} ${target} HTTP/1.1\r\nHost: Old.Example:5000\r\n\r\n`);
    assert.equal(status, 200, target);
  }
  assert.deepEqual(
    ingest.requests.map(({ url }) => url),
    targets,
  );
  for (const { rawHeaders } of ingest.requests) assert.deepEqual(valuesOf(rawHeaders, 'host'), ['Old.Example:5000']);
  await rawHttp(port, `GET http://x.example${QUERY_PATH} HTTP/1.1\r\nHost: x.example\r\n\r\n`);
  assert.equal(query.requests[0]?.url, `http://x.example${QUERY_PATH}`);
});

test('headers about the connection end at the gateway; those about the message are all passed on', async (t) => {
  const { app, requests } = recording();
  const { port } = await gatewayBefore(t, { ingest: app });
  const { status } = await rawHttp(
    port,
    [
      'POST /x HTTP/1.1',
      'Host: a',
      'Connection: close, X-Secret, Host, Content-Length',
      'Connection: x-other',
      'X-Other: 2',
      'Upgrade: h2c',
      'TE: trailers',
      'Keep-Alive: timeout=5',
      'Proxy-Connection: keep-alive',
      'Proxy-Authorization: Basic xyz',
      'X-Secret: 1',
      'correlationId: 7d444840-9dc0-11d1-b245-5ffdce74fad2',
      'Idempotency-Key: one',
      'Idempotency-Key: two',
      'Content-Type: text/plain',
      'Content-Type: application/json',
      'Content-Length: 3',
      '',
      'abc',
    ].join('\r\n'),
  );
  assert.equal(status, 200);
  const [{ rawHeaders, body } = { rawHeaders: [], body: '' }] = requests;
  assert.equal(body, 'abc');
  const names = rawHeaders.filter((_, index) => index % 2 === 0);
  assert.deepEqual(names.map((name) => name.toLowerCase()).sort(), [
    'connection',
    'content-length',
    'content-type',
    'content-type',
    'correlationid',
    'host',
    'idempotency-key',
    'idempotency-key',
  ]);
  assert.deepEqual(valuesOf(rawHeaders, 'connection'), ['keep-alive']);
  assert.deepEqual(valuesOf(rawHeaders, 'idempotency-key'), ['one', 'two']);
});

test('an answer comes as it was sent, but for what is about the connection', async (t) => {
  const { port } = await gatewayBefore(t, {
    ingest: (_request, response) => {
      response.writeHead(418, 'Short And Stout', [
        ...['Content-Type', 'text/plain', 'correlationId', 'abc', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'],
        ...['Connection', 'X-Mine', 'X-Mine', '1', 'Content-Length', '2', 'Date', 'never'],
      ]);
      response.end('ok');
    },
  });
  const socket = connect(port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  assert.deepEqual((await text(socket)).split('\r\n'), [
    'HTTP/1.1 418 Short And Stout',
    'Content-Type: text/plain',
    'correlationId: abc',
    'Set-Cookie: a=1',
    'Set-Cookie: b=2',
    'Content-Length: 2',
    'Date: never',
    'Connection: close',
    '',
    'ok',
  ]);
});

test('connections to the services are used again, and each client’s own is kept as the client wants', async (t) => {
  const { app, sockets } = recording();
  const { url, port } = await gatewayBefore(t, { ingest: app });
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  t.after(() => process.off('warning', onWarning));
  for (let round = 0; round < 30; round++) await (await fetch(`${url}/x`, { method: 'POST', body: 'y' })).text();
  assert.equal(sockets.size, 1);
  assert.deepEqual(warnings, [], 'nothing piles up on a connection');
  // Two requests on one connection of HTTP/1.1; one of 1.0 ends with its answer.
  const socket = connect(port, '127.0.0.1');
  socket.write('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  assert.equal((await text(socket)).match(/recorded/g)?.length, 2);
  const old = connect(port, '127.0.0.1');
  old.write('GET /3 HTTP/1.0\r\n\r\n');
  assert.match(await text(old), /^HTTP\/1.1 200 OK\r\n[\s\S]*Connection: close\r\n[\s\S]*recorded$/);
});

test('an answer in chunks is put together for a client of HTTP/1.0', async (t) => {
  const { port } = await gatewayBefore(t, {
    ingest: (_request, response) => {
      response.write('one ');
      response.end('two');
    },
  });
  const old = connect(port, '127.0.0.1');
  old.write('GET /x HTTP/1.0\r\n\r\n');
  const [head, body] = (await text(old)).split('\r\n\r\n');
  assert.doesNotMatch(head ?? '', /chunked/i);
  assert.equal(body, 'one two');
});

test('HEAD is answered with the headers of GET and no body', async (t) => {
  const { port } = await gatewayBefore(t, {
    query: answering('body'),
    ingest: (_request, response) => response.writeHead(200, { 'Content-Length': 1234 }).end(),
  });
  const socket = connect(port, '127.0.0.1');
  socket.write(`HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET ${QUERY_PATH} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  const [head, ...rest] = (await text(socket)).split('\r\n\r\n');
  assert.match(head ?? '', /^HTTP\/1.1 200 OK\r\nContent-Length: 1234/);
  assert.match(rest.join('\r\n\r\n'), /^HTTP\/1.1 200 OK[\s\S]*body/);
});

test('large bodies stream both ways, with a length and in chunks', async (t) => {
  const SIZE = 24 * 2 ** 20;
  const { url } = await gatewayBefore(t, { ingest: (request, response) => void request.pipe(response) });
  const body = randomBytes(SIZE);
  const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
  for (const headers of [{ 'Content-Length': String(SIZE) }, { 'Transfer-Encoding': 'chunked' }]) {
    const request = startRequest(`${url}/echo`, { method: 'PUT', headers });
    Readable.from(
      (function* () {
        for (let at = 0; at < SIZE; at += 60_000) yield body.subarray(at, at + 60_000);
      })(),
    ).pipe(request);
    const [response] = await once(request, 'response');
    assert.equal(digest(await buffer(response)), digest(body));
  }
});

test('an answer reaches the client while it is being written, and holds up the service that is too fast', async (t) => {
  let written = 0;
  const { url } = await gatewayBefore(t, {
    ingest: async (_request, response) => {
      response.write('first');
      await once(response.req.socket, 'never').catch(() => {});
    },
    query: (_request, response) => {
      const piece = Buffer.alloc(64 * 1024);
      const more = (): void => {
        while (written < 512 * 2 ** 20) {
          written += piece.length;
          if (!response.write(piece)) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    },
  });
  const streamed = startRequest(`${url}/x`).end();
  const [answer] = (await once(streamed, 'response')) as [IncomingMessage];
  const [chunk] = await once(answer, 'data');
  assert.equal(String(chunk), 'first');
  streamed.destroy();

  const slow = startRequest(`${url}${QUERY_PATH}`).end();
  const [stalled] = (await once(slow, 'response')) as [IncomingMessage];
  stalled.pause();
  let before = -1;
  await waitFor(
    'the service to be held up',
    () => {
      const isHeld = before === written;
      before = written;
      return isHeld;
    },
    { intervalMs: 200 },
  );
  assert.ok(written < 64 * 2 ** 20, `${written} bytes went into nobody`);
  slow.destroy();
});

test('a thousand requests at once are all answered, each with its own answer', async (t) => {
  const { url } = await gatewayBefore(t, {
    ingest: async (request, response) => {
      const body = await text(request);
      await delay(50);
      response.end(`answer to ${body}`);
    },
  });
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, async (_, index) => {
      const response = await fetch(`${url}/x`, { method: 'POST', body: String(index) });
      return await response.text();
    }),
  );
  assert.deepEqual(
    answers,
    answers.map((_, index) => `answer to ${index}`),
  );
});

test('more requests than are taken on get 503, and room is made when those before are answered', async (t) => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const { url } = await gatewayBefore(t, {
    limits: { maxInHand: 2 },
    query: async (_request, response) => {
      await gate;
      response.end('done');
    },
  });
  const waiting = [fetch(`${url}${QUERY_PATH}`), fetch(`${url}${QUERY_PATH}`)];
  const refused = await waitFor('a refusal', async () => {
    const response = await fetch(`${url}/x`);
    if (response.status === 503) return response;
    await response.text();
    return false;
  });
  assert.equal(refused.headers.get('retry-after'), '1');
  assert.equal((await bodyOf(refused)).type, 'urn:sluice:problem:overloaded');
  open();
  for (const response of await Promise.all(waiting)) assert.equal(await response.text(), 'done');
  await waitFor('room', async () => (await fetch(`${url}/x`)).status === 200);
});

test('a service that is down costs a 503, and the gateway finds it again when it is back', async (t) => {
  const port = await freePort();
  const { url, lines } = await gatewayBefore(t, { ingestPort: port });
  const correlationId = '7d444840-9dc0-11d1-b245-5ffdce74fad2';
  for (const [method, body] of [
    ['POST', 'x'.repeat(100_000)],
    ['GET', undefined],
  ] as const) {
    const response = await fetch(`${url}/x`, { method, headers: { correlationId }, ...(body && { body }) });
    assert.deepEqual(
      [response.status, ...['content-type', 'retry-after', 'correlationid'].map((name) => response.headers.get(name))],
      [503, 'application/problem+json', '1', correlationId],
    );
    assert.deepEqual(await response.json(), {
      type: 'urn:sluice:problem:unavailable',
      title: 'Unavailable',
      status: 503,
      detail: 'the service ingest cannot be reached; try again later',
    });
  }
  assert.equal(lines.length, 1, 'an outage is told once in a while, not once a request');
  assert.match(lines[0] ?? '', /"level":"warn".*"ingest cannot be reached"/);
  assert.equal((await fetch(`${url}${QUERY_PATH}`)).status, 200, 'the other service is none of its business');
  await using back = createServer(answering('back')).listen(port, '127.0.0.1');
  await once(back, 'listening');
  assert.equal(await (await fetch(`${url}/x`)).text(), 'back');
  back.closeAllConnections();
});

test('a service that breaks off before it answers costs a 502, or the rest of the answer when after', async (t) => {
  const { url, lines } = await gatewayBefore(t, {
    ingest: (request, response) => {
      if (request.url === '/before') request.socket.destroy();
      else if (request.url === '/nonsense') request.socket.end('HTTP/1.1 999999 What\r\n\r\n');
      else {
        response.writeHead(200, { 'Content-Length': 10 });
        response.write('half', () => request.socket.destroy());
      }
    },
  });
  for (const path of ['/before', '/nonsense']) {
    const response = await fetch(`${url}${path}`, { method: 'POST', body: 'x' });
    assert.equal(response.status, 502, path);
    assert.equal(response.headers.get('retry-after'), '1');
    const { type, detail } = await bodyOf(response);
    assert.equal(type, 'urn:sluice:problem:bad-gateway');
    assert.match(String(detail), /ingest broke off .* may have taken effect.* Idempotency-Key/);
  }
  await assert.rejects((await fetch(`${url}/half`)).text());
  assert.ok(!lines.some((line) => line.includes('"level":"error"')), lines.join(''));
  assert.equal(await (await fetch(`${url}${QUERY_PATH}`)).text(), 'query', 'the gateway itself goes on');
});

test('answers that no server may send are not passed on, and end nothing but their request', async (t) => {
  const sent = [
    'HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    'nonsense\r\n\r\n',
  ];
  let answers = 0;
  await using behind = createTcpServer((socket) => {
    socket.on('error', () => {}).once('data', () => socket.end(sent[answers++] ?? ''));
  }).listen(0, '127.0.0.1');
  await once(behind, 'listening');
  const { url } = await gatewayBefore(t, { ingestPort: (behind.address() as AddressInfo).port });
  for (const what of sent) {
    const response = await fetch(`${url}/x`);
    assert.equal(response.status, 502, what);
    await response.text();
  }
  assert.equal(answers, sent.length);
});

test('a service that says nothing is waited for, but not for ever: 504', async (t) => {
  const gone: unknown[] = [];
  const { url } = await gatewayBefore(t, {
    limits: { answerTimeoutMs: 300 },
    query: (request) => void request.socket.once('close', () => gone.push(request)),
    ingest: async (_request, response) => {
      response.writeHead(200, { 'Content-Length': 10 }).write('half');
    },
  });
  const response = await fetch(`${url}${QUERY_PATH}`);
  assert.equal(response.status, 504);
  assert.equal((await bodyOf(response)).type, 'urn:sluice:problem:gateway-timeout');
  assert.equal(gone.length, 1, 'its request is taken back');
  await assert.rejects((await fetch(`${url}/half`)).text(), 'the same in the middle of an answer');
});

test('a machine that takes no connection costs a 503 after the time for one', async (t) => {
  const port = await freePort();
  const listening = `require('node:net').createServer().listen({ port: ${port}, host: '127.0.0.1', backlog: 1 }, () => console.log('up'))`;
  await using behind = startNode({ name: 'behind', args: ['-e', listening] });
  await waitFor('the server', () => behind.output() === 'up\n');
  // Stopped, it accepts none, and the system's queue for it is soon full.
  behind.kill('SIGSTOP');
  const queued = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => {}));
  t.after(() => queued.map((socket) => socket.destroy()));
  await waitFor('a full queue', () => queued.some(({ connecting }) => !connecting));
  const { url } = await gatewayBefore(t, { ingestPort: port, limits: { connectTimeoutMs: 300 } });
  const response = await fetch(`${url}/x`);
  assert.equal(response.status, 503);
  assert.equal((await bodyOf(response)).type, 'urn:sluice:problem:unavailable');
});

test('a client that goes away takes its request with it', async (t) => {
  const events: string[] = [];
  const { url, lines } = await gatewayBefore(t, {
    ingest: (request) => {
      request.resume().on('error', () => events.push('upload aborted'));
      events.push('upload begun');
    },
    query: (request) => {
      events.push('look-up begun');
      request.socket.once('close', () => events.push('look-up aborted'));
    },
  });
  const lookUp = startRequest(`${url}${QUERY_PATH}`).end();
  lookUp.on('error', () => {});
  await waitFor('the look-up', () => events.includes('look-up begun'));
  lookUp.destroy();
  await waitFor('its end', () => events.includes('look-up aborted'));

  const upload = startRequest(`${url}/x`, { method: 'POST', headers: { 'Content-Length': 1_000_000 } });
  upload.on('error', () => {}).write('x'.repeat(100_000));
  await waitFor('the upload', () => events.includes('upload begun'));
  upload.destroy();
  await waitFor('its end', () => events.includes('upload aborted'));
  assert.deepEqual(lines, [], 'which nobody has to be told');
});

test('a client that stands still is cut, and what it held is free again', async (t) => {
  const { url } = await gatewayBefore(t, {
    limits: { clientTimeoutMs: 300, maxInHand: 1 },
    ingest: (_request, response) => void Readable.from(endless()).pipe(response),
  });
  const request = startRequest(`${url}/x`).end();
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  answer.pause().on('error', () => {});
  await waitFor('its place', async () => (await fetch(`${url}${QUERY_PATH}`)).status === 200);
});

function* endless(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(64 * 1024);
}

test('a refusal comes through while the client still sends', async (t) => {
  const { port } = await gatewayBefore(t, {
    ingest: (request, response) => {
      response.writeHead(413, { 'Content-Type': 'application/problem+json' }).end('too large');
      request.resume();
    },
  });
  const size = 8 * 2 ** 20;
  for (let round = 0; round < 20; round++) {
    const framing =
      round % 2 === 0
        ? `Content-Length: ${size}\r\n\r\n`
        : `Transfer-Encoding: chunked\r\n\r\n${size.toString(16)}\r\n`;
    const bytes = Buffer.concat([
      Buffer.from(`POST /x HTTP/1.1\r\nHost: a\r\n${framing}`),
      Buffer.alloc(size),
      Buffer.from(round % 2 === 0 ? '' : '\r\n0\r\n\r\n'),
    ]);
    const { status } = await rawHttp(port, bytes);
    assert.equal(status, 413);
  }
});

test('a client that asks before it sends is told to go on, once, and the service is not asked again', async (t) => {
  const { app, requests } = recording();
  const { port, url } = await gatewayBefore(t, { ingest: app });
  const request = startRequest(`${url}/x`, {
    method: 'POST',
    headers: { Expect: '100-continue', 'Content-Length': 3 },
  });
  let continues = 0;
  request.on('continue', () => {
    continues++;
    request.end('abc');
  });
  request.flushHeaders();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  assert.equal(await text(response), 'recorded');
  assert.equal(continues, 1);
  assert.equal(requests[0]?.body, 'abc');
  assert.deepEqual(valuesOf(requests[0]?.rawHeaders, 'expect'), []);
  const other = await rawHttp(port, 'POST /x HTTP/1.1\r\nHost: a\r\nExpect: magic\r\nContent-Length: 0\r\n\r\n');
  assert.equal(other.status, 417);
});

test('no request is hidden in another: what can be read in two ways is refused or passed on in one', async (t) => {
  const { app, requests } = recording();
  const { port } = await gatewayBefore(t, { ingest: app, query: app });
  const hidden = 'GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n';
  const start = 'POST /x HTTP/1.1\r\nHost: a\r\n';
  const many = (count: number) => Array.from({ length: count }, () => 'a:\r\n').join('');
  const table: readonly (readonly [number, string])[] = [
    [400, `${start}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`],
    [400, `${start}Transfer-Encoding: chunked\r\nContent-Length: ${hidden.length}\r\n\r\n0\r\n\r\n${hidden}`],
    [400, `${start}Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`],
    [400, `${start}Content-Length: +5\r\n\r\n${hidden}`],
    [501, `${start}Transfer-Encoding: identity\r\n\r\n${hidden}`],
    [501, `${start}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`],
    [400, `${start}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${hidden}`],
    [501, `${start}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    [400, `${start}Content-Length : 5\r\n\r\n${hidden}`],
    [400, 'GET /x HTTP/1.1\r\n\r\n'],
    // Beyond 2,000 headers Node forgets which came, the length of the body among them.
    [431, `GET /x HTTP/1.1\r\nHost: a\r\n${many(2_000)}Content-Length: ${hidden.length}\r\n\r\n${hidden}`],
    [431, `GET /x HTTP/1.1\r\nHost: a\r\n${many(200)}\r\n`],
    [405, 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n'],
  ];
  for (const [status, bytes] of table) assert.equal((await rawHttp(port, bytes)).status, status, bytes.slice(0, 200));
  assert.deepEqual(requests, []);
  // A body of a method that commonly has none stays one, and so does one whose length the client wants forgotten.
  for (const framing of [
    `Content-Length: ${hidden.length}\r\n\r\n${hidden}`,
    `Connection: Content-Length\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
    `Transfer-Encoding: chunked\r\n\r\n${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`,
    `Connection: Transfer-Encoding\r\nTransfer-Encoding: Chunked\r\n\r\n${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`,
  ]) {
    for (const method of ['GET', 'DELETE', 'OPTIONS', 'POST']) {
      requests.length = 0;
      assert.equal((await rawHttp(port, `${method} /outer HTTP/1.1\r\nHost: a\r\n${framing}`)).status, 200);
      assert.deepEqual(
        requests.map(({ url, body }) => [url, body]),
        [['/outer', hidden]],
      );
    }
  }
});

test('closing finishes what is in hand', async (t) => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const { url, close } = await gatewayBefore(t, {
    ingest: async (_request, response) => {
      await gate;
      response.end('finished');
    },
  });
  let begun = false;
  const answered = fetch(`${url}/x`).then(async (response) => {
    begun = true;
    return [response.headers.get('connection'), await response.text()];
  });
  await delay(50);
  const closed = close();
  assert.equal(begun, false);
  open();
  assert.deepEqual(await answered, ['close', 'finished']);
  await closed;
  await assert.rejects(fetch(`${url}/x`));
});
