import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort, startNode, waitFor } from '@sluice/testing';

const start = (env: Readonly<Record<string, string>>) =>
  startNode({ name: 'ingest', args: [join(import.meta.dirname, 'main.ts')], env });

test('settings with faults: all are told, and the exit code says so', async () => {
  await using ingest = start({
    HOST: '0.0.0.0',
    SERVER_PORT: '99999',
    LOG_LEVEL: 'chatty',
    KAFKA_BROKER: 'nowhere',
    KAFKA_PUBLISH_TOPIC: 'a b',
    TOPIC_ID: 'c d',
    DATABASE_URL: 'mysql://me:hunter2@db/x',
    TOPIC_PARTITIONS: 'six',
    AUTH: 'maybe',
  });
  assert.equal((await ingest.exited).code, 78);
  const told = ingest.output();
  for (const fault of [
    'SERVER_PORT must be a whole number from 0 to 65535, got "99999"',
    'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, got "chatty"',
    'KAFKA_BROKER must be addresses like host:port, separated by commas, got "nowhere"',
    'KAFKA_PUBLISH_TOPIC must be 1 to 249 letters, digits, dots, underscores or hyphens, other than "." and "..", got "a b"',
    'TOPIC_ID must be 1 to 249 letters, digits, dots, underscores or hyphens, other than "." and "..", got "c d"',
    'DATABASE_URL must be a URL like postgres://user:password@host:5432/database, got "mysql://***@db/x"',
    'TOPIC_PARTITIONS must be a whole number from 1 to 10000, got "six"',
    'AUTH must be none or absent: there is no authentication yet, got "maybe"',
  ]) {
    assert.ok(told.includes(fault), fault);
  }
});

test('a broker that is not known is told with what else is wrong, and what only a broker asks for is not looked at', async () => {
  await using ingest = start({ BROKER: 'pigeon', SERVER_PORT: '99999', KAFKA_BROKER: 'nowhere', PROJECT_ID: 'a/b' });
  assert.equal((await ingest.exited).code, 78);
  const told = ingest.output();
  assert.ok(told.includes('BROKER must be one of kafka, pubsub, got "pigeon"'), told);
  assert.ok(told.includes('SERVER_PORT must be'), told);
  assert.doesNotMatch(told, /KAFKA_BROKER|PROJECT_ID/);
});

test('open to the network without a word about authentication, it refuses to start', async () => {
  await using ingest = start({ HOST: '0.0.0.0', SERVER_PORT: '0' });
  assert.equal((await ingest.exited).code, 78);
  assert.match(ingest.output(), /HOST must be a loopback address, unless AUTH=none .*got "0\.0\.0\.0"/);
});

test('without a broker or a store it comes up, refuses with 503, says why, and ends when asked', async () => {
  const [port, brokerPort, storePort] = [await freePort(), await freePort(), await freePort()];
  await using ingest = start({
    SERVER_PORT: String(port),
    KAFKA_BROKER: `127.0.0.1:${brokerPort}`,
    DATABASE_URL: `postgres://127.0.0.1:${storePort}/sluice`,
  });
  const url = `http://127.0.0.1:${port}`;
  await waitFor('ingest', async () => (await fetch(`${url}/health`)).ok);
  const response = await fetch(`${url}/app`, { method: 'POST' });
  assert.equal(response.status, 503);
  assert.equal(response.headers.get('retry-after'), '1');
  assert.equal(((await response.json()) as Record<string, string>).Message, 'failed to publish message');
  const ready = await fetch(`${url}/ready`);
  assert.equal(ready.status, 503);
  assert.match(await ready.text(), /"dependencies":\{"broker":".+","registry":".+"\}/);
  assert.deepEqual(await ingest.stop(10_000), { code: 0, signal: null });
  assert.match(ingest.output(), /"msg":"stopped"/);
});

test('a store that is not set up rightly is tried again, until somebody has done so', async () => {
  // An ErrorResponse of PostgreSQL's protocol, as it is given where the database does not exist.
  const fields = Buffer.from('SFATAL\0VFATAL\0C3D000\0Mdatabase "sluice" does not exist\0\0');
  const refusal = Buffer.alloc(5 + fields.length, 'E');
  refusal.writeInt32BE(4 + fields.length, 1);
  fields.copy(refusal, 5);
  let tries = 0;
  const server = createServer((socket) => {
    tries++;
    socket.on('error', () => {});
    socket.once('data', () => socket.end(refusal));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  try {
    await using ingest = start({
      SERVER_PORT: '0',
      KAFKA_BROKER: `127.0.0.1:${await freePort()}`,
      DATABASE_URL: `postgres://127.0.0.1:${address.port}/sluice`,
    });
    await waitFor('another try', () => tries >= 3);
    assert.match(ingest.output(), /waiting for the store: the database does not exist/);
    assert.deepEqual(await ingest.stop(10_000), { code: 0, signal: null });
  } finally {
    server.close();
  }
});
