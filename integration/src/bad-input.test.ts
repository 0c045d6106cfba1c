import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { temporaryDirectory } from '@sluice/testing';
import { Connection } from './bad-input/connection.ts';
import { Costs, type Targets } from './bad-input/costs.ts';
import { sendEndless } from './bad-input/endless-body.ts';
import { expectRefusal } from './bad-input/expect-refusal.ts';
import { ODDITIES } from './bad-input/oddities.ts';
import { type Memory, ProbedService } from './bad-input/probed-service.ts';
import { json, request } from './bad-input/request.ts';
import { attackersStreams, VICTIMS_ROWS, victimsData } from './bad-input/setup.ts';
import { TABLE } from './bad-input/table.ts';
import { countOf, digestOf, logEnds, storedTables } from './bad-input/traces.ts';
import { embeddedEnvironment, embeddedPubSubEnvironment } from './environments/embedded.ts';
import type { BrokerPlace, OpenEnvironment } from './environments/environment.ts';
import { Pipeline } from './pipeline/pipeline.ts';
import { Stored } from './pipeline/stored.ts';

interface Running {
  readonly targets: Targets;
  readonly broker: BrokerPlace;
  readonly stored: Stored;
  /** What the victim has: by table or query, a digest of its rows. */
  readonly victims: ReadonlyMap<string, string>;
}

async function victimsRows(stored: Stored): Promise<ReadonlyMap<string, string>> {
  const tables = [...(await storedTables(stored))].filter(([table]) => table.endsWith('.accounts'));
  const rows = await Promise.all(VICTIMS_ROWS.map(async (query) => [query, await digestOf(stored, query)] as const));
  return new Map([...tables, ...rows]);
}

/** Until all code is compiled and all pools are filled. */
const WARM_UP_ROUNDS = 3;
const MEMORY_ROUNDS = 10;
/** What may be more ten rounds later: some code is compiled late, and pages are given back late. */
const TOLERANCE = 0.1;
const TOLERANCE_BYTES = 8 * 2 ** 20;
/** Of a body that never ends: the limit, what is swallowed behind it, and what lies in sockets meanwhile. */
const MOST_SENT_BYTES = 128 * 2 ** 20;
/** How many times the CPU of a good request of the same size a bad one may take. */
const MOST = 20;
const CPU_ROUNDS = 5;
const AGAIN_ROUNDS = 7;

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

async function sendAll(targets: Targets): Promise<void> {
  for (const { to, request, answer } of TABLE) {
    const { connection } = targets[to];
    await connection.ask(request, answer);
    if (answer.ends) await connection.ended();
  }
}

describe('on Kafka', () => badInput(embeddedEnvironment, true));
// What bad input costs is ingest's and query's affair: it does not reach a broker.
describe('on Pub/Sub', () => badInput(embeddedPubSubEnvironment, false));

function badInput(open: OpenEnvironment, withCosts: boolean): void {
  const opened = new AsyncDisposableStack();
  after(() => opened.disposeAsync());
  let running: Running;

  before(async () => {
    const folder = opened.use(await temporaryDirectory());
    const environment = opened.use(await open());
    const pipeline = opened.use(await Pipeline.on(environment));
    const services = await Promise.all(
      (['ingest', 'query', 'consumer'] as const).map((name) => pipeline.service(name)),
    );
    const [ingest, query] = await Promise.all(services.map((service) => ProbedService.start(service, folder.path)));
    assert.ok(ingest && query);
    const addresses = { ingest: ingest.url, query: query.url };
    await attackersStreams(addresses);
    await victimsData(addresses, (topic) => pipeline.log(topic));
    const targetOf = (service: ProbedService) => ({ service, connection: opened.use(new Connection(service.url)) });
    const stored = new Stored(pipeline.databaseUrl);
    running = {
      targets: { ingest: targetOf(ingest), query: targetOf(query) },
      broker: environment,
      stored,
      victims: await victimsRows(stored),
    };
  });

  test('the victim has what bad input could reach', () => {
    assert.equal(running.victims.size, VICTIMS_ROWS.length + 1);
    for (const [what, digest] of running.victims) assert.doesNotMatch(digest, /^0 rows/, what);
  });

  test('the cases are many, and each is another', () => {
    assert.ok(TABLE.length >= 250, `${TABLE.length} cases`);
    assert.equal(new Set(TABLE.map(({ name }) => name)).size, TABLE.length);
  });

  test('every refusal names its rule, leaves the connection alive, and nothing behind', async (t) => {
    const { targets, broker, stored } = running;
    const [ends, rows] = [await logEnds(broker), await storedTables(stored)];
    for (const { name, to, request, answer } of TABLE) {
      await t.test(name, async () => {
        const { connection } = targets[to];
        expectRefusal(await connection.ask(request, answer), answer);
        if (answer.ends) await connection.ended();
        else assert.ok(await connection.lives(), 'the connection must bring the next answer');
      });
    }
    await t.test('the log has nothing of it', async () => assert.deepEqual(await logEnds(broker), ends));
    await t.test('the store has nothing of it', async () => assert.deepEqual(await storedTables(stored), rows));
  });

  test('what only looks bad is taken, and does no more than it says', async (t) => {
    const { targets, broker } = running;
    for (const oddity of ODDITIES) {
      await t.test(oddity.name, async () => {
        const before = countOf(await logEnds(broker));
        const { status, body } = await targets.ingest.connection.ask(oddity.request);
        assert.equal(status, oddity.status, body.slice(0, 500));
        if (oddity.answer) assert.match(body, oddity.answer);
        assert.equal(countOf(await logEnds(broker)) - before, oddity.records ?? 1, 'records in the log');
        const [, id] = /^\{(?:"status":\d+,.*)?"id":"([0-9a-f-]{36})"/.exec(body) ?? [];
        if (id === undefined || oddity.answer) return;
        const outcome = await targets.query.connection.ask(request(`GET /api/v1/commands/${id}?wait=15s`));
        assert.equal(outcome.status, 200, outcome.body);
        assert.equal(JSON.parse(outcome.body).status, oddity.outcome ?? 'projected', outcome.body);
      });
    }
  });

  if (withCosts) costs();
  test('after all of it the victim has what it had, and both services serve', async () => {
    const { targets, stored, victims } = running;
    assert.deepEqual(await victimsRows(stored), victims);
    const taken = await targets.ingest.connection.ask(json('POST /api/v1/streams/Victim/Orders', { n: 1 }));
    assert.equal(taken.status, 202);
    const { id } = JSON.parse(taken.body) as { readonly id: string };
    const found = await targets.query.connection.ask(request(`GET /api/v1/commands/${id}?wait=15s`));
    assert.equal(JSON.parse(found.body).status, 'projected');
  });

  function costs(): void {
    test('nothing of bad input is kept in memory: ten rounds leave what one did', async (t) => {
      const { targets } = running;
      const memory = async () => ({
        ingest: await targets.ingest.service.memory(),
        query: await targets.query.service.memory(),
      });
      for (let round = 0; round < WARM_UP_ROUNDS; round++) await sendAll(targets);
      await sendAll(targets);
      const afterOne = await memory();
      for (let round = 0; round < MEMORY_ROUNDS; round++) await sendAll(targets);
      const afterAll = await memory();
      for (const name of ['ingest', 'query'] as const) {
        for (const kind of ['heapBytes', 'externalBytes', 'rssBytes'] as const satisfies readonly (keyof Memory)[]) {
          const [one, all] = [afterOne[name][kind], afterAll[name][kind]];
          t.diagnostic(`${name}: ${kind} ${mib(one)} after one round, ${mib(all)} ten rounds later`);
          assert.ok(all <= one * (1 + TOLERANCE) + TOLERANCE_BYTES, `${name}: ${kind} ${mib(one)} became ${mib(all)}`);
        }
      }
    });

    test('a body that never ends is answered, cut off, and not kept', async (t) => {
      const { ingest } = running.targets;
      const before = await ingest.service.memory();
      for (const head of ['POST /api/v1/streams/Mallory/Bag', 'POST /api/activities', 'POST /app']) {
        await t.test(head, async () => {
          const { answer, sentBytes } = await sendEndless(ingest.service.url, head, 2 * MOST_SENT_BYTES);
          assert.match(answer, /^HTTP\/1\.1 413 /);
          assert.ok(sentBytes < MOST_SENT_BYTES, `${sentBytes} bytes were taken`);
        });
      }
      const after = await ingest.service.memory();
      assert.ok(after.rssBytes <= before.rssBytes * (1 + TOLERANCE) + TOLERANCE_BYTES, mib(after.rssBytes));
    });

    test('no bad input costs more than 20 times the CPU of a good request of its kind and size', async (t) => {
      const costs = new Costs(running.targets);
      for (let round = 0; round < CPU_ROUNDS; round++) await costs.round();
      const ratios = costs.all().map((cost) => ({ ...cost, ratio: cost.micros / cost.goodMicros }));
      for (const { bad, ratio, micros, goodMicros } of ratios.toSorted((a, b) => b.ratio - a.ratio).slice(0, 5)) {
        t.diagnostic(`${ratio.toFixed(1)} times: ${bad.name} (${Math.round(micros)} of ${Math.round(goodMicros)} µs)`);
      }
      for (const { bad, ratio } of ratios) {
        if (ratio <= MOST) continue;
        // Once more and often, before it is believed: other processes use the same cores and caches.
        await t.test(bad.name, async () => {
          const { micros, goodMicros } = await costs.again(bad, AGAIN_ROUNDS);
          assert.ok(
            micros <= MOST * goodMicros,
            `${Math.round(micros)} µs, where a good request takes ${Math.round(goodMicros)}`,
          );
        });
      }
    });
  }
}
