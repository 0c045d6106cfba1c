import { openKafkaBroker } from '@sluice/broker-kafka';
import { startEmbeddedPostgres } from '@sluice/embedded-postgres';
import { temporaryDirectory } from '@sluice/testing';
import type pg from 'pg';
import { copyRows } from './copied-rows.ts';
import { fillTopic } from './filled-topic.ts';
import { freePort, start } from './processes.ts';
import { firstReached, openWatchedDatabase, rate, reached, startConsumer } from './projecting.ts';
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
  await using broker = await openKafkaBroker({ brokers: [`127.0.0.1:${kafkaPort}`], clientId: 'bench' });
  await fillTopic(broker, TOPIC, timestampCommands(TOPIC, RECORDS));

  const database = await openWatchedDatabase(postgres.url);
  const consumed: number[] = [];
  const copied: number[] = [];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      consumed.push(await project(database, { kafkaPort, databaseUrl: postgres.url, group: `bench-${round}` }));
      copied.push(await copyRows(database, RECORDS));
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

/** @returns rows per second, from the first transaction to the last */
async function project(
  database: pg.Client,
  { kafkaPort, databaseUrl, group }: { kafkaPort: number; databaseUrl: string; group: string },
): Promise<number> {
  await using _consumer = await startConsumer({
    KAFKA_BROKER: `127.0.0.1:${kafkaPort}`,
    DATABASE_URL: databaseUrl,
    KAFKA_GROUP_ID: group,
  });
  const first = await firstReached(database, group, TOPIC);
  return rate(first, await reached(database, group, TOPIC, RECORDS));
}
