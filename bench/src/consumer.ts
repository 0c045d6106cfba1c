import { openKafkaBroker } from '@sluice/broker-kafka';
import { startEmbeddedPostgres } from '@sluice/embedded-postgres';
import { temporaryDirectory, waitFor } from '@sluice/testing';
import pg from 'pg';
import { freePort, start } from './processes.ts';
import { median, type Section } from './ratio.ts';
import { timestampCommands } from './records.ts';

const RECORDS = 200_000;
const ROUNDS = 3;
const TOPIC = 'timestamp.command.v1';

/** The consumer service on a filled topic, held against PostgreSQL copying the same rows from table to table. */
export async function consumerSection(): Promise<Section> {
  await using data = await temporaryDirectory();
  const kafkaPort = await freePort();
  await using postgres = await startEmbeddedPostgres({ dataDirectory: `${data.path}/postgres`, port: 0 });
  await using _emulator = start('packages/emulator-kafka/src/main.ts', {
    KAFKA_PORT: String(kafkaPort),
    SLUICE_DATA_DIR: data.path,
  });
  await fillTopic(`127.0.0.1:${kafkaPort}`);

  const database = new pg.Client({ connectionString: postgres.url });
  await database.connect();
  const consumed: number[] = [];
  const copied: number[] = [];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      consumed.push(await project(database, { kafkaPort, databaseUrl: postgres.url, group: `bench-${round}` }));
      copied.push(await copyRows(database));
    }
  } finally {
    await database.end();
  }
  return {
    ratios: [
      {
        name: 'consumer / insert … select',
        measured: median(consumed),
        limit: median(copied),
        unit: 'rows/s',
        atLeast: 0.55,
      },
    ],
    bounds: [],
    notes: [`median of ${ROUNDS} interleaved rounds; the consumer's start and join are not counted`],
  };
}

async function fillTopic(bootstrap: string): Promise<void> {
  await using broker = await openKafkaBroker({ brokers: [bootstrap], clientId: 'bench' });
  await waitFor('the broker', async () => {
    await broker.admin.ensureTopics([{ name: TOPIC, partitions: 6 }]);
    return true;
  });
  let batch = [];
  for (const record of timestampCommands(TOPIC, RECORDS)) {
    batch.push(record);
    if (batch.length === 1_000) {
      const failed = (await broker.publisher.publish(batch)).find((result) => result.kind === 'failed');
      if (failed?.kind === 'failed') throw failed.error;
      batch = [];
    }
  }
}

/** @returns rows per second, from the first transaction to the last */
async function project(
  database: pg.Client,
  { kafkaPort, databaseUrl, group }: { kafkaPort: number; databaseUrl: string; group: string },
): Promise<number> {
  await using _consumer = start('services/consumer/src/main.ts', {
    SERVER_PORT: String(await freePort()),
    KAFKA_BROKER: `127.0.0.1:${kafkaPort}`,
    DATABASE_URL: databaseUrl,
    KAFKA_GROUP_ID: group,
  });
  const progress = async (): Promise<number> => {
    const { rows } = await database.query(
      'select coalesce(sum(next_offset), 0)::int as done from sluice.positions where consumer_group = $1',
      [group],
    );
    return rows[0].done;
  };
  const first = await waitFor('the first transaction', progress, { timeoutMs: 60_000, intervalMs: 5 });
  const startedAt = performance.now();
  await waitFor('the last transaction', async () => (await progress()) === RECORDS, {
    timeoutMs: 120_000,
    intervalMs: 10,
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const { rows } = await database.query('select count(*)::int as count from sluice.timestamp_records');
  if (rows[0].count !== RECORDS) throw new Error(`${rows[0].count} rows instead of ${RECORDS}`);
  return (RECORDS - first) / seconds;
}

/** Copies the rows, then empties the table for the next round. @returns rows per second */
async function copyRows(database: pg.Client): Promise<number> {
  await database.query('drop table if exists sluice.copy');
  await database.query('create table sluice.copy (like sluice.timestamp_records including all)');
  const startedAt = performance.now();
  await database.query('insert into sluice.copy select * from sluice.timestamp_records');
  const seconds = (performance.now() - startedAt) / 1000;
  await database.query('drop table sluice.copy');
  await database.query('truncate sluice.timestamp_records');
  return RECORDS / seconds;
}
