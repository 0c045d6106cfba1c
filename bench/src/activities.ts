import { openKafkaBroker } from '@sluice/broker-kafka';
import { startEmbeddedPostgres } from '@sluice/embedded-postgres';
import { temporaryDirectory } from '@sluice/testing';
import type pg from 'pg';
import { copyRows, makeRows } from './copied-rows.ts';
import { fillTopic } from './filled-topic.ts';
import { freePort, start } from './processes.ts';
import { firstReached, openWatchedDatabase, rate, reached, startConsumer } from './projecting.ts';
import { median, type Ratio, type Section } from './ratio.ts';
import { tableTransactions } from './records.ts';

/** Two thirds of them insert a row, so that the tables grow to 100,000 rows. */
const TRANSACTIONS = 150_000;
const ROUNDS = 3;
/** What is copied is what the consumer's own figure copies, so that both are held against the same. */
const COPIED_ROWS = 200_000;

/** By topic. */
const CLIENTS: Readonly<Record<string, readonly string[]>> = {
  'activities.of-one': ['Bob'],
  'activities.of-several': ['Bob', 'Patrick', 'Sandy', 'Squidward', 'Gary', 'Pearl', 'Larry', 'Karen'],
};

interface Servers {
  readonly kafkaPort: number;
  readonly databaseUrl: string;
}

/** The consumer service on topics filled with table transactions, held against PostgreSQL copying rows from table to table. */
export async function activitiesSection(): Promise<Section> {
  await using data = await temporaryDirectory();
  const kafkaPort = await freePort();
  await using postgres = await startEmbeddedPostgres({ dataDirectory: `${data.path}/postgres`, port: 0 });
  await using _emulator = start('packages/emulator-kafka/src/main.ts', {
    KAFKA_PORT: String(kafkaPort),
    SLUICE_DATA_DIR: data.path,
  });
  const servers = { kafkaPort, databaseUrl: postgres.url };
  await using broker = await openKafkaBroker({ brokers: [`127.0.0.1:${kafkaPort}`], clientId: 'bench' });
  for (const [topic, clients] of Object.entries(CLIENTS)) {
    await fillTopic(broker, topic, tableTransactions(topic, clients, TRANSACTIONS));
  }

  const database = await openWatchedDatabase(postgres.url);
  const copied: number[] = [];
  const projected = new Map(Object.keys(CLIENTS).map((topic) => [topic, [] as Progress[]]));
  try {
    for (let round = 0; round < ROUNDS; round++) {
      for (const [topic, progress] of projected) {
        progress.push(await project(database, servers, topic, `bench-${topic}-${round}`));
        await makeRows(database, COPIED_ROWS);
        copied.push(await copyRows(database, COPIED_ROWS));
      }
    }
  } finally {
    await database.end();
  }
  return {
    ratios: [...projected].map(([topic, progress]) => ratioOf(CLIENTS[topic]?.length ?? 0, progress, copied)),
    bounds: [],
    notes: [
      `median of ${ROUNDS} interleaved rounds; the consumer's start and join are not counted`,
      ...[...projected].map(([topic, progress]) => growthOf(CLIENTS[topic]?.length ?? 0, progress)),
    ],
  };
}

function ratioOf(clients: number, progress: readonly Progress[], copied: readonly number[]): Ratio {
  return {
    name: `transactions of ${clients} client${clients === 1 ? '' : 's'} / insert … select`,
    measured: median(progress.map(({ perSecond }) => perSecond)),
    limit: median(copied),
    unit: 'transactions and rows/s',
    atLeast: 0.02,
  };
}

function growthOf(clients: number, progress: readonly Progress[]): string {
  const at = (part: 'firstThird' | 'lastThird'): number => Math.round(median(progress.map((one) => one[part])));
  return `of ${clients} client${clients === 1 ? '' : 's'}: ${at('firstThird')}/s while the tables are small, ${at('lastThird')}/s at up to 100,000 rows`;
}

/** In transactions per second. */
interface Progress {
  readonly perSecond: number;
  readonly firstThird: number;
  readonly lastThird: number;
}

/** Has a new consumer decide all of a topic's transactions on tables that are not there yet. */
async function project(
  database: pg.Client,
  { kafkaPort, databaseUrl }: Servers,
  topic: string,
  group: string,
): Promise<Progress> {
  await using _consumer = await startConsumer({
    KAFKA_BROKER: `127.0.0.1:${kafkaPort}`,
    DATABASE_URL: databaseUrl,
    KAFKA_GROUP_ID: group,
    TOPIC_ID: topic,
  });
  const first = await firstReached(database, group, topic);
  const early = await reached(database, group, topic, TRANSACTIONS / 3);
  const late = await reached(database, group, topic, (TRANSACTIONS * 2) / 3);
  const last = await reached(database, group, topic, TRANSACTIONS);
  const { rows } = await database.query('select outcome, count(*)::int from sluice.decisions group by outcome');
  if (rows.length !== 1 || rows[0].outcome !== 'applied' || rows[0].count !== TRANSACTIONS) {
    throw new Error(`${TRANSACTIONS} transactions must be applied, but ${JSON.stringify(rows)}`);
  }
  await database.query('truncate sluice.decisions');
  for (const client of CLIENTS[topic] ?? []) await database.query(`drop schema "sluice_${client}" cascade`);
  return { perSecond: rate(first, last), firstThird: rate(first, early), lastThird: rate(late, last) };
}
