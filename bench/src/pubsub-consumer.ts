import { openPubSubBroker } from '@sluice/broker-pubsub';
import { startEmbeddedPostgres } from '@sluice/embedded-postgres';
import { temporaryDirectory, waitFor } from '@sluice/testing';
import pg from 'pg';
import { fillTopic } from './filled-topic.ts';
import { freePort, listens, start } from './processes.ts';
import { startConsumer } from './projecting.ts';
import { MAX_MESSAGES, pubSubClient, pull } from './pubsub-client.ts';
import { median, type Section } from './ratio.ts';
import { timestampCommands } from './records.ts';

const RECORDS = 100_000;
const ROUNDS = 5;
const TOPIC = 'timestamp.command.v1';
const MOST_PULL_MS = 60_000;

/** The consumer service on a filled topic of Pub/Sub, held against the stock client that acknowledges and keeps nothing. */
export async function pubSubConsumerSection(): Promise<Section> {
  await using data = await temporaryDirectory();
  const port = String(await freePort());
  await using postgres = await startEmbeddedPostgres({ dataDirectory: `${data.path}/postgres`, port: 0 });
  await using _emulator = start('packages/emulator-pubsub/src/main.ts', {
    PUBSUB_PORT: port,
    SLUICE_DATA_DIR: data.path,
  });
  const address = `127.0.0.1:${port}`;
  await waitFor('the emulator', () => listens(address));
  await using broker = await openPubSubBroker({ projectId: 'sluice', emulatorHost: address, clientId: 'bench' });
  await fillTopic(broker, TOPIC, timestampCommands(TOPIC, RECORDS));
  const database = new pg.Client({ connectionString: postgres.url });
  await database.connect();
  const consumed: number[] = [];
  const pulled: number[] = [];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      consumed.push(await project(database, address, postgres.url, `bench-${round}`));
      pulled.push(await pullAll(address, `bench-pull-${round}`));
    }
  } finally {
    await database.end();
  }
  return {
    ratios: [
      {
        name: 'consumer through Pub/Sub / pull with ack, nothing stored',
        measured: median(consumed),
        limit: median(pulled),
        unit: 'messages/s',
        atLeast: 0.6,
      },
    ],
    bounds: [],
    notes: [
      `median of ${ROUNDS} interleaved rounds of ${RECORDS.toLocaleString('en-US')} messages; the start is not counted`,
      `maxMessages ${MAX_MESSAGES} on both sides`,
    ],
  };
}

/** @returns rows per second, from the first transaction to the last */
async function project(database: pg.Client, address: string, databaseUrl: string, group: string): Promise<number> {
  const serverPort = String(await freePort());
  await using _consumer = await startConsumer({
    SERVER_PORT: serverPort,
    BROKER: 'pubsub',
    PUBSUB_EMULATOR_HOST: address,
    PUBSUB_MAX_OUTSTANDING_MESSAGES: String(MAX_MESSAGES),
    DATABASE_URL: databaseUrl,
    KAFKA_GROUP_ID: group,
  });
  const reached = async (wanted: number) =>
    await waitFor(
      `${wanted} rows`,
      async () => {
        const records = await projected(`http://127.0.0.1:${serverPort}/metrics`);
        return records >= wanted ? { records, atMs: performance.now() } : undefined;
      },
      { timeoutMs: 120_000, intervalMs: 20 },
    );
  const first = await reached(1);
  const last = await reached(RECORDS);
  const { rows } = await database.query('select count(*)::int as count from sluice.timestamp_records');
  if (rows[0].count !== RECORDS) throw new Error(`${rows[0].count} rows instead of ${RECORDS}`);
  await database.query('truncate sluice.timestamp_records');
  return (last.records - first.records) / ((last.atMs - first.atMs) / 1000);
}

/** How many the consumer says that it has projected. */
async function projected(url: string): Promise<number> {
  const text = await (await fetch(url)).text();
  return Number(new RegExp(`^projected_total\\{stream="${TOPIC}"[^}]*\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}

async function pullAll(address: string, subscription: string): Promise<number> {
  const pubsub = pubSubClient(address);
  const [made] = await pubsub.topic(TOPIC).createSubscription(subscription, { ackDeadlineSeconds: 60 });
  await made.seek(new Date(0));
  const perSecond = await pull(pubsub, subscription, RECORDS, MOST_PULL_MS);
  await made.delete();
  await pubsub.close();
  return perSecond;
}
