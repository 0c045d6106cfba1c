import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom, waitFor } from '@sluice/testing';
import type { Environment } from '../environments/environment.ts';
import { caughtUp, requireExactly } from '../pipeline/check.ts';
import { request } from '../pipeline/client.ts';
import { Load } from '../pipeline/load.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import { postUntilAccepted, Senders } from '../pipeline/senders.ts';
import { Stored } from '../pipeline/stored.ts';

const SENDERS = 4;
const CLEAN = { code: 0, signal: null };

/** Several of each service, over several streams at once, while consumers come and go. */
export function sideBySide(environment: () => Environment): void {
  const random = seededRandom();

  test(`two ingests and two consumers, a third joining and one leaving, lose, double and reorder nothing, TEST_SEED=${random.seed}`, async (t) => {
    await using pipeline = await Pipeline.on(environment());
    const ingests = [await pipeline.service('ingest'), await pipeline.service('ingest')];
    const consumers = [await pipeline.service('consumer'), await pipeline.service('consumer')] as const;
    const third = await pipeline.service('consumer');
    await Promise.all([...ingests, ...consumers].map((service) => service.start()));
    const stored = new Stored(pipeline.databaseUrl);
    const at = (path: string) => () => `${random.pick(ingests).url}${path}`;

    // As old clients name themselves, and unlike those of other pipelines on this broker.
    const client = `Bob${pipeline.group.slice(-8)}`;
    const registered = await request('POST', `${ingests[0]?.url}/${client}/Fruits/register_event`, {
      json: { event_schema: { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } } },
    });
    assert.equal(registered.status, 200, JSON.stringify(registered.json));
    await pipeline.watch(`${client}.Fruits`);

    await using load = new Load({ targets: ingests.map(({ url }) => url), random, senders: SENDERS });
    load.start();
    const turns = new Map<number, number>();
    await using transactions = new Senders(SENDERS, async (sender, turn) => {
      await postUntilAccepted(at('/api/activities'), `${client}-${sender}-${turn}`, turnOf(sender, turn));
      turns.set(sender, turn);
    });
    const events = new Map<string, string>();
    await using eventSenders = new Senders(SENDERS, async (sender, turn) => {
      const path = at(`/api/v1/streams/${client}/Fruits`);
      const n = sender * 1_000_000 + turn;
      events.set(await postUntilAccepted(path, `${client}-${n}`, { n }), `{"n": ${n}}`);
    });
    const some = () => Promise.all([load.acknowledges(100), transactions.does(40), eventSenders.does(40)]);
    const works = (service: (typeof consumers)[number]) =>
      waitFor('each to have work', async () => (await service.metric('projected_total')) > 0, { timeoutMs: 60_000 });

    await some();
    await Promise.all(consumers.map(works));
    await third.start();
    await Promise.all([some(), works(third)]);
    assert.deepEqual(await consumers[0].stop(), CLEAN);
    await some();

    await Promise.all([load.stop(), transactions.stop(), eventSenders.stop()]);
    await load.settle();
    for (const topic of [pipeline.topic, pipeline.activitiesTopic, `${client}.Fruits`]) {
      const { brokerKind, brokerAddress, databaseUrl, group } = pipeline;
      await caughtUp({ brokerKind, brokerAddress, databaseUrl, group, topic });
    }
    t.diagnostic(`${load.ledger.acknowledged} timestamps, ${sum(turns)} transactions, ${events.size} events`);
    await requireExactly(pipeline, load.ledger);
    await requireTurns(stored, turns);
    const found = await stored.query<{ id: string; data: string }>(
      'select id, data::text from sluice.events where client = $1 order by id',
      [client],
    );
    assert.deepEqual(new Map(found.map(({ id, data }) => [id, data])), new Map([...events].sort()));
    for (const service of [consumers[1], third, ...ingests]) assert.deepEqual(await service.stop(), CLEAN);
  });
}

/**
 * Puts a turn where the one before it was, and notes it. Out of order, the one before is not there to be deleted, so that
 * two are left; done twice, it is noted twice.
 */
function turnOf(sender: number, turn: number) {
  const row = (value: number) => ({
    col_names: ['sender', 'turn'],
    col_types: ['INTEGER', 'INTEGER'],
    col_values: [sender, value],
  });
  const insert = (table: string) => ({ operation: 'insert', table, ...row(turn) });
  const before = { operation: 'delete', table: 'latest', value_to_delete: row(turn - 1) };
  return { activities: [insert('turns'), ...(turn === 1 ? [] : [before]), insert('latest')] };
}

async function requireTurns(stored: Stored, turns: ReadonlyMap<number, number>): Promise<void> {
  const of = async (table: string) =>
    await stored.query<{ sender: number; turn: number }>(
      `select sender::int, turn::int from sluice_default.${table} order by sender, turn`,
    );
  const inOrder = [...turns].sort(([a], [b]) => a - b);
  assert.deepEqual(
    await of('latest'),
    inOrder.map(([sender, turn]) => ({ sender, turn })),
  );
  assert.deepEqual(
    await of('turns'),
    inOrder.flatMap(([sender, last]) => Array.from({ length: last }, (_, index) => ({ sender, turn: index + 1 }))),
  );
}

const sum = (turns: ReadonlyMap<number, number>): number => [...turns.values()].reduce((a, b) => a + b, 0);
