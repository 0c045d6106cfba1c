import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { SluiceError } from '@sluice/core';
import { waitFor } from '@sluice/testing';
import { json } from './reply.ts';
import type { Route } from './route.ts';
import { testServer } from './testing/server.ts';

/** A route that answers when it is told to. */
function gated() {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  let entered = 0;
  const route: Route = {
    method: 'GET',
    path: '/slow',
    handle: async () => {
      entered++;
      await opened;
      return json(200, { done: true });
    },
  };
  return { route, open, entered: () => entered };
}

const quick: Route = { method: 'GET', path: '/quick', handle: () => json(200, {}) };

test('closing finishes requests in hand, tells them not to come back, and accepts no more', async () => {
  const { route, open, entered } = gated();
  const server = await testServer([route]);
  const agent = new Agent({ keepAlive: true });
  const [response] = [once(get(`${server.url}/slow`, { agent }), 'response')];
  await waitFor('the request', () => entered() === 1);
  const closed = server[Symbol.asyncDispose]();
  await assert.rejects(fetch(`${server.url}/slow`), /fetch failed/);
  open();
  const [message] = await response;
  assert.equal(message.statusCode, 200);
  assert.equal(message.headers.connection, 'close');
  assert.equal(await text(message), '{"done":true}');
  await closed;
  agent.destroy();
});

test('closing waits neither for idle connections nor for those that never spoke', { timeout: 20_000 }, async () => {
  const limits = { drainMs: 60_000, headersTimeoutMs: 60_000, requestTimeoutMs: 60_000 };
  const server = await testServer([quick], { limits });
  const agent = new Agent({ keepAlive: true });
  const [response] = await once(get(`${server.url}/quick`, { agent }), 'response');
  await text(response);
  const silent = connect(server.port, '127.0.0.1');
  await once(silent, 'connect');
  await fetch(`${server.url}/quick`);
  await server[Symbol.asyncDispose]();
  agent.destroy();
  silent.destroy();
});

test('requests that are not finished in time are cut off', async () => {
  const { route, entered } = gated();
  const server = await testServer([route], { limits: { drainMs: 20 } });
  const answer = fetch(`${server.url}/slow`);
  answer.catch(() => {});
  await waitFor('the request', () => entered() === 1);
  await server[Symbol.asyncDispose]();
  await assert.rejects(answer);
  assert.equal(server.lines.at(-1)?.drainMs, 20);
});

test('a request that is on its way when the server closes is still served', async () => {
  const server = await testServer([quick]);
  const socket = connect(server.port, '127.0.0.1');
  socket.write('GET /quick HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(socket, 'data');
  const closed = server[Symbol.asyncDispose]();
  socket.write('GET /quick HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.match(await text(socket), /^HTTP\/1\.1 200 OK.*Connection: close.*\{\}$/s);
  await closed;
});

test('a request half sent when the server closes is still served, and the connection ends with it', async () => {
  const { route, open, entered } = gated();
  const server = await testServer([route, quick]);
  const slow = fetch(`${server.url}/slow`);
  const socket = connect(server.port, '127.0.0.1');
  socket.write('GET /quick HTTP/1.1\r\nHost: x\r\n');
  await waitFor('the other request', () => entered() === 1);
  // The server is this process: by the answer to a request sent later, it has read the half one.
  await fetch(`${server.url}/quick`);
  const closed = server[Symbol.asyncDispose]();
  socket.write('\r\n');
  assert.match(await text(socket), /^HTTP\/1\.1 200 OK.*Connection: close.*\{\}$/s);
  open();
  assert.equal((await slow).status, 200);
  await closed;
});

test('a taken port is told with the variable that changes it', async () => {
  await using server = await testServer([quick]);
  const { listen } = await import('./server.ts');
  const { createLogger } = await import('@sluice/runtime');
  const log = createLogger({ service: 'test', level: 'fatal' });
  await assert.rejects(
    listen(() => {}, { address: { host: '127.0.0.1', port: server.port }, log }),
    (error) => {
      assert.ok(error instanceof SluiceError);
      assert.match(error.message, new RegExp(`cannot listen at 127.0.0.1:${server.port}: .*SERVER_PORT`));
      return true;
    },
  );
});
