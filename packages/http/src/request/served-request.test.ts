import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '@sluice/testing';
import { json } from '../reply.ts';
import type { Route } from '../route.ts';
import { testServer } from '../testing/server.ts';

const GET = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

/** A route that waits until its client is gone, or for ever. */
function waiting() {
  const signals: AbortSignal[] = [];
  const route: Route = {
    method: 'GET',
    path: '/wait',
    handle: async ({ signal }) => {
      signals.push(signal);
      await delay(60_000, undefined, { signal });
      return json(200, {});
    },
  };
  return { route, signals };
}

test('the signal aborts where the client goes away, which is no failure of the service', async () => {
  const { route, signals } = waiting();
  await using server = await testServer([route]);
  const socket = connect(server.port, '127.0.0.1');
  socket.write(GET('/wait'));
  await waitFor('the request', () => signals.length === 1);
  assert.equal(signals[0]?.aborted, false);
  socket.destroy();
  await waitFor('the signal', () => signals[0]?.aborted === true);
  await waitFor('the figure', async () =>
    /http_requests_total\{method="GET",route="\/wait",status="499"\} 1/.test(await server.metrics.metrics()),
  );
  assert.deepEqual(server.lines, []);
});

test('the signal of a request behind another on its connection aborts as well', async () => {
  const { route, signals } = waiting();
  await using server = await testServer([route]);
  const socket = connect(server.port, '127.0.0.1');
  socket.write(GET('/wait') + GET('/wait') + GET('/wait'));
  await waitFor('the requests', () => signals.length === 3);
  socket.destroy();
  await waitFor('the signals', () => signals.every(({ aborted }) => aborted));
});

test('the signal of a request that was answered never aborts, and leaves nothing on its connection', async () => {
  const signals: AbortSignal[] = [];
  const warnings: Error[] = [];
  const warned = (warning: Error): void => void warnings.push(warning);
  process.on('warning', warned);
  const quick: Route = {
    method: 'GET',
    path: '/quick',
    handle: ({ signal }) => {
      signals.push(signal);
      return json(200, {});
    },
  };
  await using server = await testServer([quick]);
  const socket = connect(server.port, '127.0.0.1');
  for (let round = 0; round < 30; round++) {
    socket.write(GET('/quick'));
    await once(socket, 'data');
  }
  socket.destroy();
  // By the answer on a new connection, the server, which is this process, has heard of the end of the old one.
  await fetch(`${server.url}/none`);
  process.off('warning', warned);
  assert.equal(signals.length, 30);
  assert.ok(signals.every(({ aborted }) => !aborted));
  assert.deepEqual(warnings, []);
});
