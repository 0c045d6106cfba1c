import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Environment, readSettings, SettingsError } from '@sluice/runtime';
import { brokerConfig, groupName, sessionTimeoutMs, topicName, topicPartitions } from './broker-settings.ts';
import { storeConfig } from './store-settings.ts';

const urlOf = (environment: Environment) => readSettings(storeConfig, environment).url;

test('the store is the embedded one unless told otherwise', () => {
  assert.equal(urlOf({}), 'postgres://sluice:sluice@127.0.0.1:5433/sluice');
});

test('the old variables name a store, in the form of Java too', () => {
  const environment = {
    DB_URL: 'jdbc:postgresql://postgres:5432/postgres',
    DB_USERNAME: 'me',
    DB_PASSWORD: 'p@ss/w:rd%41',
  };
  assert.equal(urlOf(environment), 'postgresql://me:p%40ss%2Fw%3Ard%2541@postgres:5432/postgres');
  assert.equal(
    urlOf({ DB_URL: 'postgres://a:b@db/x?sslmode=require', DB_USERNAME: '', DB_PASSWORD: '' }),
    'postgres://a:b@db/x?sslmode=require',
  );
  assert.equal(urlOf({ DB_PASSWORD: 'other' }), 'postgres://sluice:other@127.0.0.1:5433/sluice');
});

test('a Unix socket is named as every client of PostgreSQL reads it, with a user too', () => {
  for (const [environment, expected] of [
    [{ DATABASE_URL: 'postgresql:///db?host=/tmp' }, ['', '']],
    [{ DATABASE_URL: 'postgres://me:secret@/db?sslmode=disable&host=/tmp' }, ['me', 'secret']],
    [{ DB_URL: 'postgresql:///db?host=/tmp', DB_USERNAME: 'me', DB_PASSWORD: 'secret' }, ['me', 'secret']],
  ] as const) {
    const { pathname, searchParams, username, password } = new URL(urlOf(environment));
    assert.deepEqual([pathname, searchParams.get('host'), username, password], ['/db', '/tmp', ...expected]);
  }
  assert.throws(() => urlOf({ DATABASE_URL: 'postgresql:///db?host=' }), SettingsError);
});

test('DATABASE_URL comes before all of them', () => {
  const DATABASE_URL = 'postgresql://one@first/x';
  assert.equal(urlOf({ DATABASE_URL, DB_URL: 'jdbc:postgresql://second/x', DB_USERNAME: 'two' }), DATABASE_URL);
});

test('faults of the store are told together, without a password', () => {
  for (const text of [
    'nonsense',
    'mysql://db/x',
    'postgres://db',
    'postgres:///x',
    'jdbc:mysql://db/x',
    'me:hunter2@db/x',
    'postgres://me:%zzhunter2@db/x',
    'postgres://sluice:hunter2/db',
    'hunter2',
  ]) {
    assert.throws(
      () => readSettings(storeConfig, { DATABASE_URL: text, DB_URL: text }),
      (error) => {
        assert.ok(error instanceof SettingsError);
        assert.deepEqual(
          error.faults.map(({ variable }) => variable),
          ['DATABASE_URL', 'DB_URL'],
        );
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      },
      text,
    );
  }
});

test('the broker is Kafka, at a list of addresses', () => {
  assert.deepEqual(readSettings(brokerConfig, {}), { kind: 'kafka', brokers: ['127.0.0.1:9092'] });
  assert.deepEqual(readSettings(brokerConfig, { KAFKA_BROKER: 'kafka:29092, [::1]:9092' }).brokers, [
    'kafka:29092',
    '[::1]:9092',
  ]);
  for (const text of ['kafka', 'kafka:0', 'kafka:65536', ':9092', 'a:1,', 'http://a:1', 'a:1 b:2']) {
    assert.throws(() => readSettings(brokerConfig, { KAFKA_BROKER: text }), SettingsError, text);
  }
  assert.throws(
    () => readSettings(brokerConfig, { KAFKA_BROKER: 'user:hunter2@host' }),
    (error) => error instanceof SettingsError && !error.message.includes('hunter2'),
  );
  assert.throws(
    () => readSettings(brokerConfig, { BROKER: 'carrier-pigeon' }),
    /BROKER must be kafka, got "carrier-pi/,
  );
});

test('topics, groups and partitions follow the rules of Kafka', () => {
  const topic = topicName('TOPIC', 'fallback');
  assert.equal(readSettings(topic, { TOPIC: 'timestamp.command.v1' }), 'timestamp.command.v1');
  for (const text of ['.', '..', 'a b', 'ä', 'a/b', 'x'.repeat(250)]) {
    assert.throws(() => readSettings(topic, { TOPIC: text }), SettingsError, text);
  }
  assert.equal(
    readSettings(groupName('GROUP', 'x'), { GROUP: 'timestamp-consumer-service:2' }),
    'timestamp-consumer-service:2',
  );
  assert.throws(() => readSettings(groupName('GROUP', 'x'), { GROUP: 'a b' }), SettingsError);
  assert.equal(readSettings(topicPartitions, {}), 6);
  assert.throws(() => readSettings(topicPartitions, { TOPIC_PARTITIONS: '0' }), SettingsError);
  assert.equal(readSettings(sessionTimeoutMs, {}), 10_000);
  assert.throws(() => readSettings(sessionTimeoutMs, { KAFKA_SESSION_TIMEOUT_MS: '1' }), SettingsError);
});
