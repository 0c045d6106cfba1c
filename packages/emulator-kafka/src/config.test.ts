import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { ConfigError } from '@sluice/emulator-process';
import { readConfig } from './config.ts';

test('nothing set: loopback, the usual port, data below .sluice', () => {
  assert.deepEqual(readConfig({}), {
    host: '127.0.0.1',
    port: 9092,
    advertisedHost: '127.0.0.1',
    advertisedPort: undefined,
    directory: resolve('.sluice/kafka'),
  });
});

test('the data directory has a variable of its own', () => {
  assert.equal(readConfig({ SLUICE_DATA_DIR: '/data' }).directory, '/data/kafka');
  assert.equal(readConfig({ SLUICE_DATA_DIR: '/data', KAFKA_DATA_DIR: '/logs' }).directory, '/logs');
});

test('all faults are told at once, each with the variable, the rule and the value', () => {
  const environment = { KAFKA_HOST: '0.0.0.0', KAFKA_PORT: '99999', KAFKA_ADVERTISED_PORT: 'x' };
  assert.throws(
    () => readConfig(environment),
    (error) =>
      error instanceof ConfigError &&
      /^KAFKA_ADVERTISED_HOST must be .* 0\.0\.0\.0, got nothing$/m.test(error.message) &&
      /^KAFKA_PORT must be a port from 0 to 65535, got "99999"$/m.test(error.message) &&
      /^KAFKA_ADVERTISED_PORT must be a port from 0 to 65535, got "x"$/m.test(error.message),
  );
});

test('a wildcard may be listened on where clients get an address', () => {
  const { host, advertisedHost } = readConfig({ KAFKA_HOST: '0.0.0.0', KAFKA_ADVERTISED_HOST: 'kafka' });
  assert.deepEqual([host, advertisedHost], ['0.0.0.0', 'kafka']);
});
