import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Environment, readSettings, SettingsError } from '@sluice/runtime';
import { temporaryDirectory } from '@sluice/testing';
import { brokerConfig } from './broker-settings.ts';
import { sessionTimeoutMs, topicPartitions } from './kafka-settings.ts';
import { groupName, groupNames, topicName } from './names.ts';
import { maxOutstandingMessages } from './pubsub-settings.ts';
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
  assert.deepEqual(readSettings(brokerConfig, { BROKER: 'Kafka', KAFKA_BROKER: 'kafka:29092, [::1]:9092' }), {
    kind: 'kafka',
    brokers: ['kafka:29092', '[::1]:9092'],
  });
  for (const text of ['kafka', 'kafka:0', 'kafka:65536', ':9092', 'a:1,', 'http://a:1', 'a:1 b:2']) {
    assert.throws(() => readSettings(brokerConfig, { KAFKA_BROKER: text }), SettingsError, text);
  }
  assert.throws(
    () => readSettings(brokerConfig, { KAFKA_BROKER: 'user:hunter2@host' }),
    (error) => error instanceof SettingsError && !error.message.includes('hunter2'),
  );
  assert.throws(
    () => readSettings(brokerConfig, { BROKER: 'carrier-pigeon' }),
    /^SettingsError: BROKER must be one of kafka, pubsub, got "carrier-pigeon"$/,
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

const EMULATED = { BROKER: 'pubsub', PUBSUB_EMULATOR_HOST: 'localhost:8085' };

test('Pub/Sub is an emulator, or Google itself with a project', async () => {
  assert.deepEqual(readSettings(brokerConfig, EMULATED), {
    kind: 'pubsub',
    projectId: 'sluice',
    emulatorHost: 'localhost:8085',
  });
  await using folder = await temporaryDirectory();
  const key = join(folder.path, 'key.json');
  await writeFile(key, '{}');
  const google = { BROKER: 'pubsub', PROJECT_ID: 'example.com:my-project-1', GOOGLE_APPLICATION_CREDENTIALS: key };
  assert.deepEqual(readSettings(brokerConfig, google), { kind: 'pubsub', projectId: 'example.com:my-project-1' });
  assert.throws(
    () => readSettings(brokerConfig, { BROKER: 'pubsub' }),
    /^SettingsError: PROJECT_ID must be the id of a Google Cloud project, or PUBSUB_EMULATOR_HOST the address of an emulator, got nothing$/,
  );
  const wrong = { PROJECT_ID: 'a/b', PUBSUB_EMULATOR_HOST: 'here', GOOGLE_APPLICATION_CREDENTIALS: folder.path };
  assert.throws(
    () => readSettings(brokerConfig, { BROKER: 'pubsub', ...wrong }),
    (error) => {
      assert.ok(error instanceof SettingsError);
      assert.deepEqual(
        error.faults.map(({ variable }) => variable),
        ['PROJECT_ID', 'PUBSUB_EMULATOR_HOST', 'GOOGLE_APPLICATION_CREDENTIALS'],
      );
      return true;
    },
  );
  assert.throws(
    () => readSettings(brokerConfig, { ...google, GOOGLE_APPLICATION_CREDENTIALS: `${key}.not` }),
    /GOOGLE_APPLICATION_CREDENTIALS must be the path of a file that can be read/,
  );
});

test('what only another broker asks for is not looked at', () => {
  const ofKafka = { KAFKA_BROKER: 'nonsense', TOPIC_PARTITIONS: '0', KAFKA_SESSION_TIMEOUT_MS: '1' };
  readSettings(brokerConfig, { ...EMULATED, ...ofKafka });
  assert.equal(readSettings(topicPartitions, { ...EMULATED, ...ofKafka }), 6);
  assert.equal(readSettings(sessionTimeoutMs, { ...EMULATED, ...ofKafka }), 10_000);
  const ofPubSub = { PROJECT_ID: '/', PUBSUB_EMULATOR_HOST: '/', SUBSCRIPTION_ID: '/' };
  const noMessages = { PUBSUB_MAX_OUTSTANDING_MESSAGES: '0' };
  assert.equal(readSettings(maxOutstandingMessages, noMessages), 10_000);
  assert.throws(() => readSettings(maxOutstandingMessages, { ...EMULATED, ...noMessages }), SettingsError);
  readSettings(brokerConfig, ofPubSub);
  readSettings(groupNames(TOPICS), ofPubSub);
});

test('topics and groups follow the rules of Pub/Sub', () => {
  const topic = (text: string) => readSettings(topicName('TOPIC', 'fallback'), { ...EMULATED, TOPIC: text });
  for (const text of ['abc', 'a'.repeat(255), 'db-transaction_topic.v1~+%25']) assert.equal(topic(text), text);
  for (const text of ['ab', 'a'.repeat(256), '1ab', 'goog-x', 'a b', 'a/b', 'äbc', '.abc']) {
    assert.throws(() => topic(text), /^SettingsError: TOPIC must be 3 to 255 letters/, text);
  }
  const group = (text: string) => readSettings(groupName('GROUP', 'x'), { ...EMULATED, GROUP: text });
  for (const text of ['g', 'a'.repeat(127), 'timestamp-consumer-service-2']) assert.equal(group(text), text);
  for (const text of ['a'.repeat(128), '2g', 'google', 'a:b']) {
    assert.throws(() => group(text), /^SettingsError: GROUP must be 1 to 127 letters/, text);
  }
});

const TOPICS = { timestamps: 'times', activityEvents: 'events', activities: 'activities', control: 'control' };

test('a group reads the topics by their names; its subscription to each must fit', () => {
  const renamed = { KAFKA_CONSUMER_TOPIC: 'one', TOPIC_ID: 'two', KAFKA_GROUP_ID: 'g' };
  const { topics, group } = readSettings(groupNames(TOPICS), { ...EMULATED, ...renamed });
  assert.deepEqual([topics, group], [{ ...TOPICS, timestamps: 'one', activities: 'two' }, 'g']);
  const long = { ...EMULATED, TOPIC_ID: 'a'.repeat(200), KAFKA_GROUP_ID: 'g'.repeat(54) };
  readSettings(groupNames(TOPICS), long);
  assert.throws(
    () => readSettings(groupNames(TOPICS), { ...long, KAFKA_GROUP_ID: 'g'.repeat(55) }),
    /^SettingsError: KAFKA_GROUP_ID must be so short that it and "a+…?".* no more than 255 characters, got "g+/,
  );
  readSettings(groupNames(TOPICS), { TOPIC_ID: 'a'.repeat(200), KAFKA_GROUP_ID: 'g'.repeat(55) });
});

test('SUBSCRIPTION_ID is the default group’s subscription of table transactions, and nothing else', () => {
  const named = { ...EMULATED, SUBSCRIPTION_ID: 'db-sub', TOPIC_ID: 'db-transaction-topic' };
  const { group, subscriptionId } = readSettings(groupNames(TOPICS), named);
  assert.equal(subscriptionId(group, 'db-transaction-topic'), 'db-sub');
  assert.equal(subscriptionId(group, 'times'), undefined);
  assert.equal(subscriptionId('another', 'db-transaction-topic'), undefined);
  assert.throws(
    () => readSettings(groupNames(TOPICS), { ...named, SUBSCRIPTION_ID: 'x' }),
    /SUBSCRIPTION_ID must be 3/,
  );
});
