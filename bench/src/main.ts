import { activitiesSection } from './activities.ts';
import { activityQuerySection } from './activity-query.ts';
import { consumerSection } from './consumer.ts';
import { emulatorSection } from './emulator.ts';
import { ingestSection } from './ingest.ts';
import { latencySection } from './latency.ts';
import { pubSubConsumerSection } from './pubsub-consumer.ts';
import { pubSubEmulatorSection } from './pubsub-emulator.ts';
import type { Section } from './ratio.ts';
import { print } from './report.ts';
import { startSection } from './start.ts';

const SECTIONS: Readonly<Record<string, { title: string; run: () => Promise<Section> }>> = {
  ingest: { title: 'Ingest: broker-confirmed; single events on 64 connections, and batches', run: ingestSection },
  consumer: { title: 'Consumer: 200,000 records from the topic to rows', run: consumerSection },
  activities: { title: 'Activities: 150,000 table transactions from the topic to tables', run: activitiesSection },
  emulator: {
    title: 'Kafka emulator: kafkajs, batches of 500 x 100 bytes, 4 partitions, idempotent, acks=all',
    run: emulatorSection,
  },
  'pubsub-emulator': {
    title: 'Pub/Sub emulator: stock client, messages of 200 bytes in batches',
    run: pubSubEmulatorSection,
  },
  'pubsub-consumer': { title: 'Consumer through Pub/Sub: 100,000 messages to rows', run: pubSubConsumerSection },
  latency: { title: 'From 200 to queryable, at 500 requests a second', run: latencySection },
  'activity-query': {
    title: 'GET /api/events: pages of 20 over 1,000,000 rows, while 100 events a second come in',
    run: activityQuerySection,
  },
  start: { title: 'npm start, warm', run: startSection },
};

const named = process.argv.slice(2);
const unknown = named.filter((name) => !(name in SECTIONS));
if (unknown.length > 0) {
  console.error(`bench: no section ${unknown.join(', ')}; there are ${Object.keys(SECTIONS).join(', ')}`);
  process.exit(64);
}

let allHold = true;
for (const [name, { title, run }] of Object.entries(SECTIONS)) {
  if (named.length > 0 && !named.includes(name)) continue;
  allHold = print(title, await run()) && allHold;
}
process.exitCode = allHold ? 0 : 1;
