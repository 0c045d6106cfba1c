import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { idempotentCommandId } from '@sluice/core';
import { TIMESTAMP_STREAM } from '@sluice/streams';
import { waitFor } from '@sluice/testing';
import type { Environment } from '../environments/environment.ts';
import { request } from '../pipeline/client.ts';
import { Pipeline } from '../pipeline/pipeline.ts';

/** As many as a store lets wait. */
const MOST_WAITERS = 1_000;

/** What became of commands, for those who wait to know. */
export function commandLookup(environment: () => Environment): void {
  test('who waits is told once the command is projected, and not before; others wait on', async () => {
    await using pipeline = await Pipeline.on(environment());
    const { ingest, query } = await pipeline.started('ingest', 'consumer', 'query');
    const key = randomUUID();
    const id = idempotentCommandId(TIMESTAMP_STREAM, 'default', key);
    const never = request('GET', `${query.url}/api/v1/commands/${randomUUID()}?wait=3s`);
    const waiting = Array.from({ length: 20 }, () => request('GET', `${query.url}/api/v1/commands/${id}?wait=30s`));
    let answered = 0;
    for (const one of waiting) void one.then(() => answered++);
    // None of them is answered while there is nothing to tell: this answer comes after theirs would.
    assert.equal((await request('GET', `${query.url}/api/v1/commands/${id}?wait=500ms`)).status, 404);
    assert.equal(answered, 0);
    const sent = await request('POST', `${ingest.url}/app`, { headers: { 'Idempotency-Key': key } });
    assert.deepEqual([sent.status, sent.json.id], [200, id]);
    for (const { status, json } of await Promise.all(waiting)) {
      assert.deepEqual([status, json.id, json.status, json.stream], [200, id, 'projected', TIMESTAMP_STREAM]);
      assert.equal((json.position as { readonly topic: string }).topic, pipeline.topic);
    }
    assert.equal((await never).status, 404);
  });

  test('more than may wait are told so; the end of the service ends all waits, and soon', async () => {
    await using pipeline = await Pipeline.on(environment());
    const { query } = await pipeline.started('query');
    const wait = () => request('GET', `${query.url}/api/v1/commands/${randomUUID()}?wait=60s`, { timeoutMs: 60_000 });
    const statuses: number[] = [];
    const waiting = Array.from({ length: MOST_WAITERS + 20 }, async () => {
      const { status, headers } = await wait();
      statuses.push(status);
      if (status !== 404) assert.ok(headers.get('retry-after'));
    });
    await waitFor('those who are too many', () => statuses.length >= 20, { timeoutMs: 30_000 });
    assert.deepEqual(new Set(statuses), new Set([429]));
    const timestamp = await request('GET', `${query.url}/api/v1/timestamp/${randomUUID()}`);
    assert.equal(timestamp.status, 404, 'others are served meanwhile');

    assert.deepEqual(await query.stop(8_000), { code: 0, signal: null });
    await Promise.all(waiting);
    assert.deepEqual(
      [statuses.filter((status) => status === 429).length, statuses.filter((status) => status === 503).length],
      [20, MOST_WAITERS],
    );
  });
}
