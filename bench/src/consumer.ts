import { openKafkaBroker } from '@sluice/broker-kafka';
import { startEmbeddedPostgres } from '@sluice/embedded-postgres';
import { temporaryDirectory, waitFor } from '@sluice/testing';
import pg from 'pg';
import { freePort, start } from './processes.ts';
import { median, type Section } from './ratio.ts';
import { timestampCommands } from './records.ts';

const RECORDS = 200_000;
const ROUNDS = 5;
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
  await database.query(PROJECTED);
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
  const first = await waitFor('the first transaction', () => projected(database, group, 1), { timeoutMs: 60_000 });
  const last = await projected(database, group, RECORDS);
  const { rows } = await database.query('select count(*)::int as count from sluice.timestamp_records');
  if (rows[0].count !== RECORDS) throw new Error(`${rows[0].count} rows instead of ${RECORDS}`);
  return (last.records - first.records) / (last.atSeconds - first.atSeconds);
}

/**
 * Waits in the database until so many records are projected. Asking again and again from here would take a tenth of the two
 * cores from what is measured.
 */
const PROJECTED = `
create function pg_temp.projected(wanted integer, consumer text, out records integer, out at_seconds float8)
language plpgsql as $$
begin
  for tries in 1..12000 loop
    select coalesce(sum(next_offset), 0)::int, extract(epoch from clock_timestamp()) into records, at_seconds
      from sluice.positions where consumer_group = consumer;
    exit when records >= wanted;
    perform pg_sleep(0.005);
  end loop;
end $$`;

async function projected(
  database: pg.Client,
  group: string,
  wanted: number,
): Promise<{ readonly records: number; readonly atSeconds: number }> {
  const { rows } = await database.query('select * from pg_temp.projected($1, $2)', [wanted, group]);
  const { records, at_seconds: atSeconds } = rows[0];
  if (records < wanted) throw new Error(`waited a minute in vain for ${wanted} records, ${records} are projected`);
  return { records, atSeconds };
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
