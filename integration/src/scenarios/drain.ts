import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@sluice/testing';
import type { Environment } from '../environments/environment.ts';
import { caughtUp, requireExactly } from '../pipeline/check.ts';
import { request } from '../pipeline/client.ts';
import { Load } from '../pipeline/load.ts';
import { Pipeline } from '../pipeline/pipeline.ts';

const WITHIN_MS = 10_000;
const CLEAN = { code: 0, signal: null };

/** SIGTERM while there is work. */
export function drain(environment: () => Environment): void {
  const random = seededRandom();

  test(`SIGTERM under load ends every service with 0 and loses nothing, TEST_SEED=${random.seed}`, async () => {
    await using pipeline = await Pipeline.on(environment());
    const { ingest, consumer, query } = await pipeline.started('ingest', 'consumer', 'query');
    await using load = new Load({ targets: [ingest.url], random, senders: 32 });
    let asking = true;
    const reader = (async () => {
      while (asking) {
        const { status } = await request('GET', `${query.url}/health`).catch(() => ({ status: 0 }));
        if (status === 0) return;
      }
    })();
    load.start();
    await load.acknowledges(500);
    assert.deepEqual(await consumer.stop(WITHIN_MS), CLEAN);
    await load.acknowledges(200);
    assert.deepEqual(await query.stop(WITHIN_MS), CLEAN);
    assert.deepEqual(await ingest.stop(WITHIN_MS), CLEAN);
    await load.fails(1);
    asking = false;
    await reader;
    await Promise.all([ingest.start(), consumer.start()]);
    await load.stop();
    await load.settle();
    await caughtUp(pipeline);
    await requireExactly(pipeline, load.ledger);
  });
}
