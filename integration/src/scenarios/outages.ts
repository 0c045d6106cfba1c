import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom, waitFor } from '@sluice/testing';
import type { Environment } from '../environments/environment.ts';
import { caughtUp, requireExactly } from '../pipeline/check.ts';
import { request } from '../pipeline/client.ts';
import { Load } from '../pipeline/load.ts';
import { Pipeline } from '../pipeline/pipeline.ts';

/** How long a request may take to be refused while the broker is down: well below what a load balancer waits. */
const REFUSED_WITHIN_MS = 15_000;
/** How many requests come in at once while the broker is down. */
const BURST = 1_000;
/** How much an ingest may grow meanwhile. */
const GROWTH_BYTES = 100 * 2 ** 20;

/** `OUTAGE_MS` is how long a server is away at the least, beside what a scenario waits for. */
export function outages(environment: () => Environment): void {
  const outageMs = Number(process.env.OUTAGE_MS ?? 500);
  const random = seededRandom();

  test(`PostgreSQL is away under load, TEST_SEED=${random.seed}`, async () => {
    await using pipeline = await Pipeline.on(environment());
    const { ingest, consumer } = await pipeline.started('ingest', 'consumer');
    const { database, brokerKind } = environment();
    const knowsLag = brokerKind === 'kafka';
    await using load = new Load({ targets: [ingest.url], random });
    load.start();
    await load.acknowledges(200);
    await database.kill();
    const stoppedAt = performance.now();
    try {
      await waitFor('the consumer to say that the store is away', async () => {
        const { status, json } = await request('GET', `${consumer.url}/ready`);
        return status === 503 && /store: /.test(String(json.detail));
      });
      // Nothing of it reaches those who send.
      await load.acknowledges(300);
      if (knowsLag) await waitFor('lag', async () => (await consumer.metric('consumer_lag_records')) > 0);
      await delay(Math.max(0, outageMs - (performance.now() - stoppedAt)));
    } finally {
      await database.start();
    }
    await load.acknowledges(100);
    await load.stop();
    assert.equal(load.ledger.failures, 0);
    await consumer.ready();
    await caughtUp(pipeline);
    await requireExactly(pipeline, load.ledger);
    if (knowsLag) await waitFor('no lag', async () => (await consumer.metric('consumer_lag_records')) === 0);
    else assert.doesNotMatch((await consumer.get('/metrics')).body, /^consumer_lag_records/m, 'no lag is made up');
    assert.equal(consumer.child.hasExited(), false);
  });

  test(`the broker is away under load, TEST_SEED=${random.seed}`, async (t) => {
    await using pipeline = await Pipeline.on(environment());
    const { ingest, consumer } = await pipeline.started('ingest', 'consumer');
    const { broker } = environment();
    await using load = new Load({ targets: [ingest.url], random, senders: 32 });
    load.start();
    await load.acknowledges(2_000);
    const memoryBefore = await ingest.metric('process_resident_memory_bytes');
    let memoryMost = 0;
    await broker.kill();
    const stoppedAt = performance.now();
    try {
      // All answers are 503, and none takes long, however many wait.
      const burst = Promise.all(Array.from({ length: BURST }, () => requireRefusal(ingest.url)));
      const watch = sampled(() => ingest.metric('process_resident_memory_bytes'));
      await burst;
      memoryMost = await watch.stop();
      await delay(Math.max(0, outageMs - (performance.now() - stoppedAt)));
      await waitFor('ingest to say that the broker is away', async () => {
        const { status, json } = await request('GET', `${ingest.url}/ready`);
        return status === 503 && /broker: /.test(String(json.detail));
      });
    } finally {
      await broker.start();
    }
    await load.acknowledges(1_000);
    await load.stop();
    t.diagnostic(
      `RSS ${Math.round(memoryBefore / 2 ** 20)} MiB before, ${Math.round(memoryMost / 2 ** 20)} MiB at most`,
    );
    assert.ok(memoryMost - memoryBefore < GROWTH_BYTES, `grew from ${memoryBefore} to ${memoryMost} bytes`);
    await load.settle();
    await Promise.all([ingest.ready(), consumer.ready()]);
    await caughtUp(pipeline);
    await requireExactly(pipeline, load.ledger);
  });
}

async function requireRefusal(url: string): Promise<void> {
  const { status, headers, json } = await request('POST', `${url}/app`, { timeoutMs: REFUSED_WITHIN_MS });
  assert.equal(status, 503);
  assert.match(headers.get('retry-after') ?? '', /^\d+$/);
  assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.equal(json.Message, 'failed to publish message');
}

/** Looks at a figure again and again; `stop` resolves to the highest that was seen. */
function sampled(look: () => Promise<number>): { stop(): Promise<number> } {
  let isWatching = true;
  const highest = (async () => {
    let most = 0;
    while (isWatching) {
      most = Math.max(most, await look());
      await delay(50);
    }
    return most;
  })();
  return {
    stop() {
      isWatching = false;
      return highest;
    },
  };
}
