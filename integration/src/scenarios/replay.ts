import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startNode } from '@sluice/testing';
import { brokerSettings, type Environment } from '../environments/environment.ts';
import { caughtUp } from '../pipeline/check.ts';
import { request } from '../pipeline/client.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import { Stored } from '../pipeline/stored.ts';

const PARALLEL = 20;
const MAIN = join(import.meta.dirname, '../../../packages/cli/src/main.ts');
const CLEAN = { code: 0, signal: null };

/** Recovery from disaster: the store is lost, the log is not. */
export function replay(environment: () => Environment): void {
  test('1,001 records are looked up, truncated, and restored by a new group with every column as before', async () => {
    await restored(environment(), async (pipeline, consumer) => {
      assert.deepEqual(await consumer.stop(), CLEAN);
      const group = `${pipeline.group}-2`;
      await consumer.start({ KAFKA_GROUP_ID: group });
      return group;
    });
  });
}

/** The same on a broker that brings a group back to what it has read. */
export function seekBack(environment: () => Environment): void {
  test('1,001 records are looked up, truncated, and restored by a seek to the beginning under a running consumer', async () => {
    await restored(environment(), async (pipeline) => {
      const env = {
        ...brokerSettings(pipeline),
        KAFKA_CONSUMER_TOPIC: pipeline.topic,
        TOPIC_ID: pipeline.activitiesTopic,
        KAFKA_GROUP_ID: pipeline.group,
      };
      await using seeking = startNode({ name: 'seek', args: [MAIN, 'pubsub', 'seek', '--to', 'beginning'], env });
      assert.deepEqual(await seeking.exited, CLEAN, seeking.output());
      return pipeline.group;
    });
  });
}

type Services = Awaited<ReturnType<typeof start>>;

/** @param recover has the lost rows projected again, by the group that it resolves to */
async function restored(
  environment: Environment,
  recover: (pipeline: Pipeline, consumer: Services['consumer']) => Promise<string>,
): Promise<void> {
  await using pipeline = await Pipeline.on(environment);
  const { ingest, consumer, query } = await start(pipeline);
  const stored = new Stored(pipeline.databaseUrl);

  const explicit = await request('POST', `${ingest.url}/api/v1/timestamp/2006-01-02T15:04:05Z`);
  const ids = [String(explicit.json.id)];
  await inParallel(1000, async () => {
    const { status, json } = await request('POST', `${ingest.url}/app`);
    assert.equal(status, 200);
    ids.push(String(json.id));
  });
  assert.equal(new Set(ids).size, 1001);
  await caughtUp(pipeline);
  const found = await lookUpAll(query.url, ids);
  const before = await stored.dump();
  assert.equal(before.rows.length, 1001);

  await stored.query('truncate sluice.timestamp_records');
  assert.equal((await request('GET', `${query.url}/api/v1/timestamp/${ids[0]}`)).status, 404);
  const group = await recover(pipeline, consumer);
  await caughtUp(pipeline, group);

  const after = await stored.dump();
  assert.deepEqual(after.rows, before.rows);
  assert.equal(after.sha256, before.sha256);
  assert.deepEqual(await lookUpAll(query.url, ids), found);
}

const start = (pipeline: Pipeline) => pipeline.started('ingest', 'consumer', 'query');

async function lookUpAll(url: string, ids: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
  const found = new Map<string, unknown>();
  const rest = [...ids].sort();
  await inParallel(rest.length, async (index) => {
    const id = rest[index] ?? '';
    const { status, json } = await request('GET', `${url}/api/v1/timestamp/${id}`);
    assert.equal(status, 200, id);
    found.set(id, json);
  });
  return new Map(rest.map((id) => [id, found.get(id)]));
}

async function inParallel(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}
