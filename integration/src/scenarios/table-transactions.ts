import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { seenTables, TableModel } from '@sluice/contract-tests';
import type { NewRecord, Publisher } from '@sluice/core';
import { openProbe, type Probe } from '@sluice/store-postgres/testing';
import { readActivities, tableTransactionCommand } from '@sluice/streams';
import { type Random, seededRandom, waitFor } from '@sluice/testing';
import type { Environment } from '../environments/environment.ts';
import { openBrokerAt } from '../environments/open-broker.ts';
import { caughtUp } from '../pipeline/check.ts';
import { request } from '../pipeline/client.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import { randomTransaction, type TransactionPayload } from '../pipeline/random-transactions.ts';
import type { Service } from '../pipeline/service.ts';
import { Stored } from '../pipeline/stored.ts';

const CLIENTS = ['Bob', 'Patrick', 'Mr_Krabs'];
const CHUNK = 25;

export interface TableTransactionsOptions {
  /** Default 1,000. */
  readonly transactions?: number;
  /** Where the consumer is killed by name, each in a round of its own; empty for a kill from outside. */
  readonly points?: readonly string[];
}

const POINTS = ['', 'consumer.afterFetch', 'consumer.insideTransaction', 'consumer.afterCommit'];

/** Old clients' table transactions, and what becomes of them where the consumer is killed among them. */
export function tableTransactions(
  environment: () => Environment,
  { transactions = 1_000, points = POINTS }: TableTransactionsOptions = {},
): void {
  test('a refused transaction leaves nothing, not even a table, and says why; the next is applied', async () => {
    await using pipeline = await Pipeline.on(environment());
    const { ingest, query } = await pipeline.started('ingest', 'consumer', 'query');
    const stored = new Stored(pipeline.databaseUrl);
    const insert = { operation: 'insert', table: 'fresh', col_names: ['a'], col_types: ['INTEGER'], col_values: [1] };
    const remove = { ...insert, operation: 'delete', table: 'missing', value_to_delete: { ...insert } };
    const outcomeOf = async (activities: readonly object[]) => {
      const { status, json } = await request('POST', `${ingest.url}/api/activities`, { json: { activities } });
      assert.equal(status, 200);
      assert.equal(json.message, 'Valid Schema');
      const outcome = await request('GET', `${query.url}/api/v1/commands/${json.id}?wait=30s`);
      assert.equal(outcome.status, 200, JSON.stringify(outcome.json));
      return outcome.json;
    };
    const tables = async () =>
      await stored.query<{ name: string }>(
        `select n.nspname || '.' || c.relname as name from pg_namespace n left join pg_class c on c.relnamespace = n.oid
        where n.nspname ~ '^sluice_'`,
      );

    const refused = await outcomeOf([insert, remove]);
    assert.equal(refused.status, 'rejected');
    assert.match(JSON.stringify(refused), /Table \\"missing\\" does not exist/);
    assert.deepEqual(await tables(), []);

    assert.equal((await outcomeOf([insert, { ...insert, col_names: ['b'] }])).status, 'projected');
    assert.deepEqual(await tables(), [{ name: 'sluice_default.fresh' }]);
    const rows = await stored.query('select a, b from sluice_default.fresh order by a nulls last');
    assert.deepEqual(rows, [
      { a: '1', b: null },
      { a: null, b: '1' },
    ]);

    const missingColumn = { ...remove, table: 'fresh', value_to_delete: { ...insert, col_names: ['c'] } };
    const again = await outcomeOf([{ ...insert, table: 'other' }, { ...insert, col_names: ['c'] }, remove]);
    assert.equal(again.status, 'rejected');
    assert.match(
      JSON.stringify(await outcomeOf([missingColumn])),
      /Column \\"c\\" does not exist in table \\"fresh\\"/,
    );
    assert.deepEqual(await tables(), [{ name: 'sluice_default.fresh' }]);
    assert.deepEqual(await stored.query('select * from sluice_default.fresh order by a nulls last'), rows);
  });

  const random = seededRandom();
  test(`kill -9 in the middle of ${transactions} transactions, TEST_SEED=${random.seed}`, async (t) => {
    await using pipeline = await Pipeline.on(environment());
    const { activitiesTopic: topic, brokerKind, brokerAddress, databaseUrl, group } = pipeline;
    const place = { brokerKind, brokerAddress, databaseUrl, topic, group };
    // The ingest makes the topic, and is not needed any more then.
    const { ingest } = await pipeline.started('ingest');
    await ingest.stop();
    const consumer = await pipeline.service('consumer');
    await using broker = await openBrokerAt(place);
    const sent = transactionsOf(random, topic, transactions);

    for (const round of roundsOf(sent, points, random)) {
      const how = await killedAmong(round, { consumer, publisher: broker.publisher, databaseUrl, random });
      t.diagnostic(how);
    }
    await consumer.start();
    await caughtUp(place);
    await using probe = await openProbe({ url: databaseUrl }, 'keep');
    const models = await requireModel(probe, sent);

    // A new group would get nothing of what was published before.
    if (pipeline.environment.forgets) return;
    await t.test('a new group decides nothing again', async () => {
      const before = await probe.store.reader.outcomes(sent.map(({ commandId }) => commandId));
      assert.deepEqual(await consumer.stop(), { code: 0, signal: null });
      await consumer.start({ KAFKA_GROUP_ID: `${group}-2` });
      await caughtUp(place, `${group}-2`);
      assert.deepEqual(await requireModel(probe, sent), models);
      assert.deepEqual(await probe.store.reader.outcomes(sent.map(({ commandId }) => commandId)), before);
      const counted = async (name: string) => await consumer.metric(name, 'database.activities.v1');
      await waitFor('all to be counted', async () => (await counted('duplicates_total')) === sent.length);
      assert.equal(await counted('projected_total'), 0);
      assert.equal(await counted('rejected_total'), 0);
      assert.deepEqual(await consumer.stop(), { code: 0, signal: null });
    });
  });
}

interface Sent {
  readonly commandId: string;
  readonly client: string;
  readonly payload: TransactionPayload;
  readonly record: NewRecord;
}

/** Each with an id of its own, but for a few that come again, with their id or with another's. */
function transactionsOf(random: Random, topic: string, count: number): readonly Sent[] {
  const sent: Sent[] = [];
  for (let index = 0; index < count; index++) {
    const client = random.pick(CLIENTS);
    const payload = randomTransaction(random);
    const earlier = random.next() < 0.03 ? sent[random.below(sent.length)] : undefined;
    const commandId = earlier?.client === client ? earlier.commandId : randomUUID();
    const value = Buffer.from(JSON.stringify(payload));
    const command = { topic, commandId, client, value, acceptedAtMs: index, correlationId: randomUUID() };
    sent.push({ commandId, client, payload, record: tableTransactionCommand(command) });
  }
  return sent;
}

interface Round {
  readonly records: readonly NewRecord[];
  /** A crash point and its hit; empty for a kill from outside. */
  readonly at: string;
}

function roundsOf(sent: readonly Sent[], points: readonly string[], random: Random): readonly Round[] {
  const size = Math.ceil(sent.length / points.length);
  return points.map((point, index) => ({
    records: sent.slice(index * size, (index + 1) * size).map(({ record }) => record),
    at: point && `${point}:${1 + random.below(5)}`,
  }));
}

interface Killing {
  readonly consumer: Service;
  readonly publisher: Publisher;
  readonly databaseUrl: string;
  readonly random: Random;
}

/** Publishes the round's records while the consumer projects them, and has it killed. Resolves to how that came. */
async function killedAmong(
  { records, at }: Round,
  { consumer, publisher, databaseUrl, random }: Killing,
): Promise<string> {
  const stored = new Stored(databaseUrl);
  consumer.launch(at === '' ? {} : { CRASH_AT: at });
  const { child } = consumer;
  let how = `killed at ${at}`;
  const killAfter = at === '' ? random.below(records.length) : records.length - 1;
  for (let from = 0; from < records.length; from += CHUNK) {
    const chunk = records.slice(from, from + CHUNK);
    const decided = child.hasExited() ? 0 : await decisions(stored);
    const results = await publisher.publish(chunk);
    assert.ok(results.every(({ kind }) => kind === 'published'));
    if (child.hasExited()) continue;
    if (from + CHUNK > killAfter) {
      await delay(random.below(20));
      if (!child.hasExited()) how = 'killed from outside';
      child.kill('SIGKILL');
      await child.exited;
      continue;
    }
    // A few at a time, so that there are many transactions to be killed in.
    await waitFor('some to be decided', async () => child.hasExited() || (await decisions(stored)) > decided, {
      timeoutMs: 60_000,
    });
  }
  assert.deepEqual(await child.exited, { code: null, signal: 'SIGKILL' }, child.output().slice(-2_000));
  return how;
}

async function decisions(stored: Stored): Promise<number> {
  // Until the first consumer made it, there is no such table.
  const found = await stored
    .query<{ count: number }>('select count(*)::int as count from sluice.decisions')
    .catch(() => []);
  return found[0]?.count ?? 0;
}

/** The tables and the outcomes are those of one transaction after the other. Resolves to the tables. */
async function requireModel(probe: Probe, sent: readonly Sent[]): Promise<readonly unknown[]> {
  const models = new Map(CLIENTS.map((client) => [client, new TableModel()]));
  const expected = new Map<string, string>();
  for (const { commandId, client, payload } of sent) {
    if (expected.has(commandId)) continue;
    const read = readActivities(JSON.parse(JSON.stringify(payload)));
    assert.ok(read.kind === 'activities', JSON.stringify(payload));
    const isApplied = models.get(client)?.apply({ client, activities: read.activities });
    expected.set(commandId, isApplied ? 'projected' : 'rejected');
  }
  const outcomes = await probe.store.reader.outcomes([...expected.keys()]);
  assert.deepEqual(new Map(outcomes.map(({ id, status }) => [id, status])), expected);
  // What is tried must be of both kinds often, or it says nothing.
  const applied = [...expected.values()].filter((status) => status === 'projected').length;
  assert.ok(applied > expected.size / 5 && applied < (expected.size * 4) / 5, `${applied} of ${expected.size} applied`);
  const seen: unknown[] = [];
  for (const [client, model] of models) {
    const tables = seenTables(await probe.clientTables(client));
    assert.deepEqual(tables, model.seen(), client);
    seen.push(tables);
  }
  return seen;
}
