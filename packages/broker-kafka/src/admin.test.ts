import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { it } from 'node:test';
import { startKafkaEmulator } from '@sluice/emulator-kafka';
import { Kafka, logLevel } from 'kafkajs';
import { openKafkaBroker } from './index.ts';

/** kafkajs' `ConfigResourceTypes.TOPIC`, which ES modules cannot import. */
const TOPIC = 2;

it('makes topics that keep everything for ever', async () => {
  await using emulator = await startKafkaEmulator();
  await using broker = await openKafkaBroker({ brokers: [emulator.address] });
  await broker.admin.ensureTopics([{ name: 'kept', partitions: 6 }]);
  const other = new Kafka({ brokers: [emulator.address], logLevel: logLevel.NOTHING }).admin();
  await other.connect();
  const { resources } = await other.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: TOPIC, name: 'kept', configNames: ['retention.ms', 'cleanup.policy'] }],
  });
  await other.disconnect();
  const entries = resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]) ?? [];
  assert.deepEqual(Object.fromEntries(entries), { 'retention.ms': '-1', 'cleanup.policy': 'delete' });
});

it('asks only for topics that are missing, since the user may lack the right to make any', async (t) => {
  await using emulator = await startKafkaEmulator();
  await using broker = await openKafkaBroker({ brokers: [emulator.address] });
  type Asking = { createTopics(request: { readonly topics: readonly { readonly topic: string }[] }): unknown };
  const { prototype }: { readonly prototype: Asking } = createRequire(import.meta.url)('kafkajs/src/broker/index.js');
  const { mock } = t.mock.method(prototype, 'createTopics');
  const asked = () => mock.calls.map((call) => call.arguments[0].topics.map(({ topic }) => topic));
  const [a, b] = ['a', 'b'].map((name) => ({ name, partitions: 1 }));
  assert.ok(a && b);
  await broker.admin.ensureTopics([a]);
  await broker.admin.ensureTopics([a]);
  assert.deepEqual(asked(), [['a']]);
  await broker.admin.ensureTopics([a, b]);
  assert.deepEqual(asked(), [['a'], ['b']]);
});
