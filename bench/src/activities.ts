import { openKafkaBroker } from '@sluice/broker-kafka';
import { startEmbeddedPostgres } from '@sluice/embedded-postgres';
import { temporaryDirectory, waitFor } from '@sluice/testing';
import pg from 'pg';
import { freePort, start } from './processes.ts';
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
  for (const [topic, clients] of Object.entries(CLIENTS)) await fillTopic(`127.0.0.1:${kafkaPort}`, topic, clients);

  const database = new pg.Client({ connectionString: postgres.url });
  await database.connect();
  await database.query(DECIDED);
  const copied: number[] = [];
  const projected = new Map(Object.keys(CLIENTS).map((topic) => [topic, [] as Progress[]]));
  try {
    for (let round = 0; round < ROUNDS; round++) {
      for (const [topic, progress] of projected) {
        progress.push(await project(database, servers, topic, `bench-${topic}-${round}`));
        copied.push(await copyRows(database));
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

async function fillTopic(bootstrap: string, topic: string, clients: readonly string[]): Promise<void> {
  await using broker = await openKafkaBroker({ brokers: [bootstrap], clientId: 'bench' });
  await waitFor('the broker', async () => {
    await broker.admin.ensureTopics([{ name: topic, partitions: 6 }]);
    return true;
  });
  let batch = [];
  for (const record of tableTransactions(topic, clients, TRANSACTIONS)) {
    batch.push(record);
    if (batch.length === 1_000) {
      const failed = (await broker.publisher.publish(batch)).find((result) => result.kind === 'failed');
      if (failed?.kind === 'failed') throw failed.error;
      batch = [];
    }
  }
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
  await using _consumer = start('services/consumer/src/main.ts', {
    SERVER_PORT: String(await freePort()),
    KAFKA_BROKER: `127.0.0.1:${kafkaPort}`,
    DATABASE_URL: databaseUrl,
    KAFKA_GROUP_ID: group,
    TOPIC_ID: topic,
  });
  const first = await waitFor('the first transaction', () => decided(database, group, topic, 1), { timeoutMs: 60_000 });
  const early = await decided(database, group, topic, TRANSACTIONS / 3);
  const late = await decided(database, group, topic, (TRANSACTIONS * 2) / 3);
  const last = await decided(database, group, topic, TRANSACTIONS);
  const { rows } = await database.query('select outcome, count(*)::int from sluice.decisions group by outcome');
  if (rows.length !== 1 || rows[0].outcome !== 'applied' || rows[0].count !== TRANSACTIONS) {
    throw new Error(`${TRANSACTIONS} transactions must be applied, but ${JSON.stringify(rows)}`);
  }
  await database.query('truncate sluice.decisions');
  for (const client of CLIENTS[topic] ?? []) await database.query(`drop schema "sluice_${client}" cascade`);
  return { perSecond: rate(first, last), firstThird: rate(first, early), lastThird: rate(late, last) };
}

interface Reached {
  readonly records: number;
  readonly atSeconds: number;
}

const rate = (from: Reached, to: Reached): number => (to.records - from.records) / (to.atSeconds - from.atSeconds);

/** Waits in the database, since asking again and again from here would take from what is measured. */
const DECIDED = `
create function pg_temp.decided(wanted integer, consumer text, of_topic text, out records integer, out at_seconds float8)
language plpgsql as $$
begin
  for tries in 1..24000 loop
    select coalesce(sum(next_offset), 0)::int, extract(epoch from clock_timestamp()) into records, at_seconds
      from sluice.positions where consumer_group = consumer and topic = of_topic;
    exit when records >= wanted;
    perform pg_sleep(0.005);
  end loop;
end $$`;

async function decided(database: pg.Client, group: string, topic: string, wanted: number): Promise<Reached> {
  const { rows } = await database.query('select * from pg_temp.decided($1, $2, $3)', [wanted, group, topic]);
  const { records, at_seconds: atSeconds } = rows[0];
  if (records < wanted)
    throw new Error(`waited two minutes in vain for ${wanted} transactions, ${records} are decided`);
  return { records, atSeconds };
}

/** @returns rows per second */
async function copyRows(database: pg.Client): Promise<number> {
  await database.query(`insert into sluice.timestamp_records
    (id, event_timestamp, created_at, client, topic, partition, record_offset)
    select gen_random_uuid(), now(), now(), 'Bob', 'timestamp.command.v1', n % 6, n from generate_series(1, ${COPIED_ROWS}) n`);
  await database.query('create table sluice.copy (like sluice.timestamp_records including all)');
  const startedAt = performance.now();
  await database.query('insert into sluice.copy select * from sluice.timestamp_records');
  const seconds = (performance.now() - startedAt) / 1000;
  await database.query('drop table sluice.copy');
  await database.query('truncate sluice.timestamp_records');
  return COPIED_ROWS / seconds;
}
