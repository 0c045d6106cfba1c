import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort, startNode, waitFor } from '@sluice/testing';

const start = (env: Readonly<Record<string, string>>) =>
  startNode({ name: 'consumer', args: [join(import.meta.dirname, 'main.ts')], env });

test('settings with faults: all are told, and the exit code says so', async () => {
  await using consumer = start({
    KAFKA_BROKER: 'nowhere',
    KAFKA_CONSUMER_TOPIC: '..',
    KAFKA_GROUP_ID: 'my group',
    DATABASE_URL: 'nonsense',
    CRASH_AT: 'soon',
  });
  assert.equal((await consumer.exited).code, 78);
  for (const name of ['KAFKA_BROKER', 'KAFKA_CONSUMER_TOPIC', 'KAFKA_GROUP_ID', 'DATABASE_URL', 'CRASH_AT']) {
    assert.match(consumer.output(), new RegExp(`^  ${name} must .*, got "`, 'm'));
  }
});

test('without broker and store it comes up, says what is missing, and ends when asked', async () => {
  const [port, brokerPort, storePort] = [await freePort(), await freePort(), await freePort()];
  await using consumer = start({
    SERVER_PORT: String(port),
    KAFKA_BROKER: `127.0.0.1:${brokerPort}`,
    DATABASE_URL: `postgres://sluice:sluice@127.0.0.1:${storePort}/sluice`,
  });
  const url = `http://127.0.0.1:${port}`;
  await waitFor('the consumer', async () => (await fetch(`${url}/health`)).ok);
  const ready = await fetch(`${url}/ready`);
  assert.equal(ready.status, 503);
  const { detail } = (await ready.json()) as { readonly detail: string };
  assert.match(detail, /broker: .*store: /);
  assert.deepEqual(await consumer.stop(10_000), { code: 0, signal: null });
});
