import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { ConfigError } from '@sluice/emulator-process';
import { readConfig } from './config.ts';

test('nothing set: loopback, the usual port, data below .sluice', () => {
  assert.deepEqual(readConfig({}), { host: '127.0.0.1', port: 8085, directory: resolve('.sluice/pubsub') });
});

test('the data directory has a variable of its own', () => {
  assert.equal(readConfig({ SLUICE_DATA_DIR: '/data' }).directory, '/data/pubsub');
  assert.equal(readConfig({ SLUICE_DATA_DIR: '/data', PUBSUB_DATA_DIR: '/logs' }).directory, '/logs');
});

test('all faults are told at once, each with the variable, the rule and the value', () => {
  assert.throws(
    () => readConfig({ PUBSUB_HOST: 'a b', PUBSUB_PORT: '99999' }),
    (error) =>
      error instanceof ConfigError &&
      /^PUBSUB_PORT must be a port from 0 to 65535, got "99999"$/m.test(error.message) &&
      /^PUBSUB_HOST must be an address or a host name, got "a b"$/m.test(error.message),
  );
});
