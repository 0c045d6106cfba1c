import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort, startNode, waitFor } from '@sluice/testing';

const start = (env: Readonly<Record<string, string>>) =>
  startNode({ name: 'query', args: [join(import.meta.dirname, 'main.ts')], env });

test('settings with faults: all are told without a password, and the exit code says so', async () => {
  await using query = start({ SERVER_PORT: 'x', DATABASE_URL: 'mysql://me:hunter2@db/x', DB_URL: 'jdbc:oracle:thin' });
  assert.equal((await query.exited).code, 78);
  assert.match(query.output(), /SERVER_PORT must be /);
  assert.match(query.output(), /DATABASE_URL must be .*, got "mysql:\/\/\*\*\*@db\/x"/);
  assert.match(query.output(), /DB_URL must be /);
  assert.doesNotMatch(query.output(), /hunter2/);
});

test('without a store it comes up, answers 503, says why, and ends when asked', async () => {
  const [port, storePort] = [await freePort(), await freePort()];
  await using query = start({
    SERVER_PORT: String(port),
    DB_URL: `jdbc:postgresql://127.0.0.1:${storePort}/sluice`,
    DB_USERNAME: 'sluice',
    DB_PASSWORD: 'hunter2',
  });
  const url = `http://127.0.0.1:${port}`;
  await waitFor('query', async () => (await fetch(`${url}/health`)).ok);
  const response = await fetch(`${url}/api/v1/timestamp/edd34e6c-63de-46e5-9edd-60b1a1e22892`);
  assert.equal(response.status, 503);
  assert.equal(response.headers.get('retry-after'), '1');
  const ready = await fetch(`${url}/ready`);
  assert.equal(ready.status, 503);
  assert.match(await ready.text(), /"dependencies":\{"store":"/);
  assert.deepEqual(await query.stop(10_000), { code: 0, signal: null });
  assert.doesNotMatch(query.output(), /hunter2/);
});
