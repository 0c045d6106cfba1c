import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { availablePorts } from './ports.ts';

const LOOPBACK = () => '127.0.0.1';
const ANY = { kafka: 0, pubsub: 0, postgres: 0, ingest: 0, consumer: 0, query: 0, gateway: 0 };

test('all taken ports are named at once, each with who needs it and the variable that changes it', async () => {
  await using first = createServer().listen(0, '127.0.0.1');
  await using second = createServer().listen(0, '127.0.0.1');
  await Promise.all([once(first, 'listening'), once(second, 'listening')]);
  const [one, two] = [first, second].map((server) => (server.address() as AddressInfo).port);
  await assert.rejects(
    availablePorts(['kafka', 'ingest', 'gateway'], { ...ANY, kafka: one ?? 0, gateway: two ?? 0 }, LOOPBACK),
    (error: Error) => {
      assert.deepEqual(error.message.split('\n'), [
        `port ${one} is taken by another program: kafka needs it, or set KAFKA_PORT to another`,
        `port ${two} is taken by another program: gateway needs it, or set GATEWAY_PORT to another`,
      ]);
      return true;
    },
  );
});

test('any free port is a different one for each, and free', async () => {
  const ports = await availablePorts(['kafka', 'postgres', 'ingest'], ANY, LOOPBACK);
  assert.deepEqual([...ports.keys()], ['kafka', 'postgres', 'ingest']);
  assert.equal(new Set(ports.values()).size, 3);
  for (const port of ports.values()) {
    await using server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
  }
});
