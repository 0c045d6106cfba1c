import type { Client } from 'pg';

/** Fills the table of timestamps, where nothing else does, with rows like those that a consumer writes. */
export async function makeRows(database: Client, count: number): Promise<void> {
  await database.query(`insert into sluice.timestamp_records
    (id, event_timestamp, created_at, client, topic, partition, record_offset)
    select gen_random_uuid(), now(), now(), 'Bob', 'timestamp.command.v1', n % 6, n from generate_series(1, ${count}) n`);
}

/**
 * Has PostgreSQL copy the timestamps to a table of the same make, then empties the table for the next round.
 * @returns rows per second
 * @throws where there are not as many rows as expected
 */
export async function copyRows(database: Client, expected: number): Promise<number> {
  await database.query('create table sluice.copy (like sluice.timestamp_records including all)');
  const startedAt = performance.now();
  const { rowCount } = await database.query('insert into sluice.copy select * from sluice.timestamp_records');
  const seconds = (performance.now() - startedAt) / 1000;
  if (rowCount !== expected) throw new Error(`${rowCount} rows instead of ${expected}`);
  await database.query('drop table sluice.copy');
  await database.query('truncate sluice.timestamp_records');
  return expected / seconds;
}
