import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DataDirectory } from './data-directory.ts';
import { partsOn } from './part.ts';
import { PART_NAMES, type PartName } from './settings.ts';

const DIRECTORY: Omit<DataDirectory, typeof Symbol.dispose> = {
  path: '/data',
  kafka: '/data/kafka',
  pubsub: '/data/pubsub',
  postgres: '/data/postgres',
  logs: '/data/logs',
  compileCache: '/data/compile-cache',
  processesFile: '/data/processes.json',
};
const PORTS = new Map(PART_NAMES.filter((name) => name !== 'pubsub').map((name, index) => [name, 7000 + index]));
/** With Pub/Sub instead of Kafka. */
const PUBSUB_PORTS = new Map(PART_NAMES.filter((name) => name !== 'kafka').map((name, index) => [name, 7000 + index]));

const partOf = (
  name: string,
  environment: Readonly<Record<string, string>>,
  ports: ReadonlyMap<PartName, number> = PORTS,
) => partsOn(ports, { ...DIRECTORY, [Symbol.dispose]: () => {} }, environment).find((part) => part.name === name);

test('the gateway listens where the services do, and is told where this machine reaches them', () => {
  for (const [HOST, at] of [
    ['', '127.0.0.1'],
    ['0.0.0.0', '127.0.0.1'],
    ['::1', '[::1]'],
    ['10.0.0.7', '10.0.0.7'],
  ] as const) {
    const gateway = partOf('gateway', { HOST, KAFKA_HOST: '10.9.9.9' });
    assert.equal(gateway?.address, `http://${at}:7005`);
    assert.equal(gateway.readyUrl, `http://${at}:7005/health`);
    assert.deepEqual(gateway.env, {
      INGEST_URL: `http://${at}:7002`,
      QUERY_URL: `http://${at}:7004`,
      SERVER_PORT: '7005',
    });
  }
});

test('only who uses the broker and the store is told of them', () => {
  const wiring = { KAFKA_BROKER: '127.0.0.1:7000', DATABASE_URL: 'postgres://sluice:sluice@127.0.0.1:7001/sluice' };
  for (const name of ['ingest', 'consumer', 'query']) {
    const { SERVER_PORT, ...env } = partOf(name, {})?.env ?? {};
    assert.deepEqual(env, wiring, `${name} on ${SERVER_PORT}`);
  }
});

test('with Pub/Sub, ingest and consumer are told of its emulator, which keeps its data beside the others', () => {
  const { SERVER_PORT: _, ...env } = partOf('consumer', { PUBSUB_HOST: '::1' }, PUBSUB_PORTS)?.env ?? {};
  assert.deepEqual(env, {
    PUBSUB_EMULATOR_HOST: '[::1]:7000',
    DATABASE_URL: 'postgres://sluice:sluice@127.0.0.1:7001/sluice',
  });
  const pubsub = partOf('pubsub', {}, PUBSUB_PORTS);
  assert.equal(pubsub?.address, '127.0.0.1:7000');
  assert.deepEqual(pubsub.env, { PUBSUB_PORT: '7000', PUBSUB_DATA_DIR: '/data/pubsub' });
});
