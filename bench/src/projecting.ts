import { waitFor } from '@sluice/testing';
import pg from 'pg';
import { freePort, type Running, start } from './processes.ts';

/** How far a group has projected a topic, and when, by PostgreSQL's clock. */
export interface Reached {
  readonly records: number;
  readonly atSeconds: number;
}

/** In records per second. */
export const rate = (from: Reached, to: Reached): number =>
  (to.records - from.records) / (to.atSeconds - from.atSeconds);

/** Connects to a database in which {@link reached} waits for what consumers project. */
export async function openWatchedDatabase(url: string): Promise<pg.Client> {
  const database = new pg.Client({ connectionString: url });
  await database.connect();
  await database.query(REACHED);
  return database;
}

/** Starts the consumer service as a new group, with its own settings beside the servers'. */
export async function startConsumer(env: Readonly<Record<string, string>>): Promise<Running> {
  return start('services/consumer/src/main.ts', { SERVER_PORT: String(await freePort()), ...env });
}

/** Resolves at the group's first transaction of the topic; it may take a while to start and join. */
export async function firstReached(database: pg.Client, group: string, topic: string): Promise<Reached> {
  return await waitFor('the first transaction', () => reached(database, group, topic, 1), { timeoutMs: 60_000 });
}

/**
 * Waits in the database until so many of a topic's records are projected. Asking again and again from here would take a
 * tenth of the two cores from what is measured.
 */
const REACHED = `
create function pg_temp.reached(wanted integer, consumer text, of_topic text, out records integer, out at_seconds float8)
language plpgsql as $$
begin
  for tries in 1..24000 loop
    select coalesce(sum(next_offset), 0)::int, extract(epoch from clock_timestamp()) into records, at_seconds
      from sluice.positions where consumer_group = consumer and topic = of_topic;
    exit when records >= wanted;
    perform pg_sleep(0.005);
  end loop;
end $$`;

/** Resolves when the group has projected so many of the topic's records. @throws where it has not after two minutes */
export async function reached(database: pg.Client, group: string, topic: string, wanted: number): Promise<Reached> {
  const { rows } = await database.query('select * from pg_temp.reached($1, $2, $3)', [wanted, group, topic]);
  const { records, at_seconds: atSeconds } = rows[0];
  if (records < wanted) throw new Error(`waited two minutes in vain for ${wanted} records, ${records} are projected`);
  return { records, atSeconds };
}
