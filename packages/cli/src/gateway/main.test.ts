import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { readSettings, SettingsError } from '@sluice/runtime';
import { startNode, waitFor } from '@sluice/testing';
import { config } from './config.ts';

const gateway = (env: Readonly<Record<string, string>>) =>
  startNode({ name: 'gateway', args: [join(import.meta.dirname, 'main.ts')], env: { SERVER_PORT: '0', ...env } });

test('as a process it says where it listens, and SIGTERM lets it finish what is in hand', async () => {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  await using behind = createServer(async (_request, response) => {
    arrive();
    await gate;
    response.end('finished');
  }).listen(0, '127.0.0.1');
  await once(behind, 'listening');
  const url = `http://127.0.0.1:${(behind.address() as AddressInfo).port}`;
  await using child = gateway({ INGEST_URL: url, QUERY_URL: url });
  const [, address] = await waitFor('its address', () =>
    /listening at (http:\/\/127\.0\.0\.1:\d+)/.exec(child.output()),
  );
  const answered = fetch(`${address}/x`).then((response) => response.text());
  await arrived;
  child.kill('SIGTERM');
  await waitFor('its word', () => child.output().includes('shutting down'));
  open();
  assert.equal(await answered, 'finished');
  assert.deepEqual(await child.exited, { code: 0, signal: null });
  behind.closeAllConnections();
});

test('wrong settings are told all at once, with 78', async () => {
  await using child = gateway({
    SERVER_PORT: 'x',
    INGEST_URL: 'ftp://a',
    QUERY_URL: 'http://me:secret@b',
    HOST: '0.0.0.0',
  });
  assert.deepEqual(await child.exited, { code: 78, signal: null });
  for (const name of ['SERVER_PORT', 'INGEST_URL', 'QUERY_URL', 'HOST']) {
    assert.match(child.output(), new RegExp(`${name} must `));
  }
  assert.doesNotMatch(child.output(), /secret/);
});

test('a service is named by its host and port alone', () => {
  const read = (INGEST_URL: string) => readSettings(config, { INGEST_URL }).ingest;
  assert.deepEqual(read(''), { host: '127.0.0.1', port: 7080 });
  assert.deepEqual(read('http://ingest:80'), { host: 'ingest', port: 80 });
  assert.deepEqual(read('http://[::1]:7080/'), { host: '::1', port: 7080 });
  for (const text of [
    'ingest:7080',
    'https://a',
    'http://a/path',
    'http://a?x',
    'http://a#x',
    'http://u@a',
    'http://',
  ]) {
    assert.throws(() => read(text), SettingsError, text);
  }
});
