import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSettings, SettingsError } from '@sluice/runtime';
import { partsToStart, startSettings } from './settings.ts';

test('all faults are told at once', () => {
  assert.throws(
    () => readSettings(startSettings, { INGEST_PORT: 'x', POSTGRES_PORT: '70000', LOG_LEVEL: 'loud' }),
    (error) =>
      error instanceof SettingsError &&
      /^POSTGRES_PORT must .*"70000"\nINGEST_PORT must .*"x"\nLOG_LEVEL must .*"loud"$/.test(error.message),
  );
});

test('a port that two parts want is told beside all other faults', () => {
  assert.throws(
    () =>
      readSettings(startSettings, { INGEST_PORT: 'x', QUERY_PORT: '9092', GATEWAY_PORT: '5433', LOG_LEVEL: 'loud' }),
    (error) => {
      assert.ok(error instanceof SettingsError);
      assert.deepEqual(error.message.split('\n'), [
        'INGEST_PORT must be a whole number from 0 to 65535, got "x"',
        'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, got "loud"',
        'QUERY_PORT must differ from KAFKA_PORT, got 9092 for both',
        'GATEWAY_PORT must differ from POSTGRES_PORT, got 5433 for both',
      ]);
      return true;
    },
  );
});

test('two parts cannot have one port, but both may take any', () => {
  assert.throws(
    () => readSettings(startSettings, { QUERY_PORT: '7080' }),
    /^SettingsError: QUERY_PORT must differ from INGEST_PORT, got 7080 for both$/,
  );
  readSettings(startSettings, { QUERY_PORT: '0', INGEST_PORT: '0' });
  // Its own server is not started then, so its port is nobody's.
  readSettings(startSettings, { KAFKA_PORT: '7080', KAFKA_BROKER: 'kafka:9092' });
});

test('a server of the user’s own takes the place of the part', () => {
  const started = (environment: Record<string, string>) => partsToStart(readSettings(startSettings, environment));
  const services = ['ingest', 'consumer', 'query', 'gateway'];
  assert.deepEqual(started({}), ['kafka', 'postgres', ...services]);
  assert.deepEqual(started({ KAFKA_BROKER: 'kafka:9092' }), ['postgres', ...services]);
  assert.deepEqual(started({ DATABASE_URL: 'postgres://db/x' }), ['kafka', ...services]);
  assert.deepEqual(started({ DB_URL: 'jdbc:postgresql://db/x', KAFKA_BROKER: 'k:1' }), services);
  const pubsub = { BROKER: 'pubsub', KAFKA_BROKER: 'k:1' };
  assert.deepEqual(started(pubsub), ['pubsub', 'postgres', ...services]);
  assert.deepEqual(started({ ...pubsub, PUBSUB_EMULATOR_HOST: 'p:1' }), ['postgres', ...services]);
  assert.deepEqual(started({ ...pubsub, GOOGLE_APPLICATION_CREDENTIALS: 'key.json' }), ['postgres', ...services]);
  // Of the broker that is started, and of no other.
  assert.throws(
    () => readSettings(startSettings, { ...pubsub, QUERY_PORT: '8085' }),
    /QUERY_PORT must differ from PUBSUB/,
  );
  readSettings(startSettings, { ...pubsub, QUERY_PORT: '9092' });
  readSettings(startSettings, { QUERY_PORT: '8085' });
});
