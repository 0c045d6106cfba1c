import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SluiceError } from '@sluice/core';
import { Counter, Registry } from 'prom-client';
import { testServer } from '../testing/server.ts';
import { operationRoutes } from './operations.ts';
import { readiness } from './readiness.ts';

const ready = { name: 'broker', check: async () => {} };

test('health says alive in the words of all the old systems', async () => {
  await using server = await testServer(operationRoutes({ metrics: new Registry(), dependencies: [] }));
  const health = await fetch(`${server.url}/health`);
  assert.equal(health.status, 200);
  assert.deepEqual(await health.json(), { status: 'UP', Status: 'UP' });
  for (const path of ['/api/health', '/api/healthz']) {
    assert.deepEqual(await (await fetch(server.url + path)).json(), { status: 'healthy' });
  }
});

test('metrics are shown in the text form of Prometheus', async () => {
  const metrics = new Registry();
  new Counter({ name: 'things_total', help: 'Things.', registers: [metrics] }).inc(3);
  await using server = await testServer(operationRoutes({ metrics, dependencies: [] }));
  const response = await fetch(`${server.url}/metrics`);
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  assert.match(await response.text(), /^things_total 3$/m);
});

test('ready is 200 while all can be used, and 503 naming what cannot, and why', async () => {
  await using up = await testServer(operationRoutes({ metrics: new Registry(), dependencies: [ready] }));
  const good = await fetch(`${up.url}/ready`);
  assert.equal(good.status, 200);
  assert.deepEqual(await good.json(), { status: 'ready', dependencies: { broker: 'ready' } });

  const down = {
    name: 'store',
    check: () => Promise.reject(new SluiceError('unavailable', 'PostgreSQL cannot be reached')),
  };
  const odd = { name: 'other', check: () => Promise.reject(new Error('password hunter2')) };
  await using server = await testServer(operationRoutes({ metrics: new Registry(), dependencies: [ready, down, odd] }));
  const bad = await fetch(`${server.url}/ready`);
  assert.equal(bad.status, 503);
  assert.equal(bad.headers.get('retry-after'), '1');
  assert.deepEqual(await bad.json(), {
    type: 'urn:sluice:problem:not-ready',
    title: 'Not ready',
    status: 503,
    detail: 'store: PostgreSQL cannot be reached; other: its check failed',
    dependencies: { broker: 'ready', store: 'PostgreSQL cannot be reached', other: 'its check failed' },
  });
});

test('asking often does not hammer the dependency, asking later looks again', async () => {
  let checks = 0;
  let now = 0;
  const counted = { name: 'broker', check: async () => void checks++ };
  const report = readiness({ dependencies: [counted], holdMs: 1_000, now: () => now });
  await Promise.all(Array.from({ length: 50 }, report));
  now = 999;
  await report();
  assert.equal(checks, 1);
  now = 1_000;
  await report();
  assert.equal(checks, 2);
});

test('that something is missing holds only for a moment', async () => {
  let now = 0;
  let isUp = false;
  const flapping = { name: 'broker', check: () => (isUp ? Promise.resolve() : Promise.reject(new Error('down'))) };
  const report = readiness({ dependencies: [flapping], holdMs: 1_000, holdMissingMs: 100, now: () => now });
  assert.deepEqual(await report(), { broker: 'its check failed' });
  isUp = true;
  now = 99;
  assert.deepEqual(await report(), { broker: 'its check failed' });
  now = 100;
  assert.deepEqual(await report(), { broker: undefined });
  isUp = false;
  now = 1_099;
  assert.deepEqual(await report(), { broker: undefined });
});

test('a check that hangs is reported in bounded time and not started twice; once it ends it counts', async () => {
  let checks = 0;
  let now = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const hanging = {
    name: 'store',
    check: () => {
      checks++;
      return promise;
    },
  };
  const report = readiness({ dependencies: [hanging], timeoutMs: 10, holdMs: 1, now: () => now++ });
  assert.deepEqual(await report(), { store: 'no answer within 10 ms' });
  assert.deepEqual(await report(), { store: 'no answer within 10 ms' });
  assert.equal(checks, 1);
  resolve();
  assert.deepEqual(await report(), { store: undefined });
});
