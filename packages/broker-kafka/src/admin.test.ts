import assert from 'node:assert/strict';
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
