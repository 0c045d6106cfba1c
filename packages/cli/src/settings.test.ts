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
  assert.deepEqual(started({}), ['kafka', 'postgres', 'ingest', 'consumer', 'query']);
  assert.deepEqual(started({ KAFKA_BROKER: 'kafka:9092' }), ['postgres', 'ingest', 'consumer', 'query']);
  assert.deepEqual(started({ DATABASE_URL: 'postgres://db/x' }), ['kafka', 'ingest', 'consumer', 'query']);
  assert.deepEqual(started({ DB_URL: 'jdbc:postgresql://db/x', KAFKA_BROKER: 'k:1' }), ['ingest', 'consumer', 'query']);
});
