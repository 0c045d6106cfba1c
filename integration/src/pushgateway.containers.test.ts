import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { waitFor } from '@sluice/testing';
import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers';
import { embeddedEnvironment } from './environments/embedded.ts';
import { request } from './pipeline/client.ts';
import { Pipeline } from './pipeline/pipeline.ts';

const IMAGE = 'prom/pushgateway:latest';
const PORT = 9091;
const EVERY_MS = 200;
const OUTAGE = '"msg":"the Pushgateway does not take metrics"';
const RETURN = '"msg":"the Pushgateway is there again"';

test('a real Pushgateway shows the old figures under the old names; without it, requests are as fast', async () => {
  await using container = await started();
  await using environment = await embeddedEnvironment();
  await using pipeline = await Pipeline.on(environment);
  const ingest = await pipeline.service('ingest');
  const address = () => `${container.getHost()}:${container.getMappedPort(PORT)}`;
  await ingest.start({ PUSHGATEWAY_PROMETHEUS_HOST: address(), PUSHGATEWAY_INTERVAL_MS: String(EVERY_MS) });
  const instance = `${hostname()}:${new URL(ingest.url).port}`;
  const post = async (json: unknown) => (await request('POST', `${ingest.url}/api/activities`, { json })).status;
  const shows = async (wanted: Readonly<Record<string, number>>): Promise<void> => {
    await waitFor(`the gateway to show ${JSON.stringify(wanted)}`, async () => {
      const samples = await shown(address(), instance);
      for (const [name, value] of Object.entries(wanted)) assert.equal(samples.get(name), value, name);
      return true;
    });
  };

  const startedAt = Date.now() / 1_000;
  for (const status of [await post({ activities: [] }), await post({ activities: [] })]) assert.equal(status, 200);
  assert.equal(await post({}), 400);
  assert.equal((await request('GET', ingest.url)).status, 200);
  await shows({
    'valid_payload_schema valid_payload_count_total': 2,
    'invalid_payload_schema invalid_payload_count_total': 1,
  });
  const samples = await shown(address(), instance);
  const visitedAt = samples.get('base_endpoint job_last_success_unixtime') ?? 0;
  assert.ok(visitedAt >= startedAt - 1 && visitedAt <= Date.now() / 1_000 + 1, `visited at ${visitedAt}`);
  for (const name of [
    'valid_payload_schema valid_payload_count_created',
    'invalid_payload_schema invalid_payload_count_created',
  ]) {
    const createdAt = samples.get(name) ?? 0;
    assert.ok(createdAt > startedAt - 120 && createdAt <= visitedAt, `${name} is ${createdAt}`);
  }
  // The gateway's own word on each group: nothing pushed was refused.
  for (const job of ['valid_payload_schema', 'invalid_payload_schema', 'base_endpoint']) {
    assert.equal(samples.get(`${job} push_failure_time_seconds`), 0, job);
  }

  await container.stop();
  const timesTold = (line: string) => ingest.child.output().split(line).length - 1;
  await waitFor('the outage to be told', () => timesTold(OUTAGE) > 0);
  const withoutAt = performance.now();
  for (let count = 0; count < 100; count++) assert.equal(await post({ activities: [] }), 200);
  assert.ok(performance.now() - withoutAt < 15_000, 'a hundred requests without the gateway');
  assert.deepEqual(await ingest.stop(), { code: 0, signal: null });
  assert.deepEqual([timesTold(OUTAGE), timesTold(RETURN)], [1, 0]);
});

test('the last figures are at a real Pushgateway when the service has ended', async () => {
  await using container = await started();
  await using environment = await embeddedEnvironment();
  await using pipeline = await Pipeline.on(environment);
  const ingest = await pipeline.service('ingest');
  const address = `${container.getHost()}:${container.getMappedPort(PORT)}`;
  await ingest.start({ PUSHGATEWAY_PROMETHEUS_HOST: `http://${address}/`, PUSHGATEWAY_INTERVAL_MS: '3600000' });
  assert.equal((await request('POST', `${ingest.url}/api/activities`, { json: [] })).status, 400);
  assert.deepEqual(await ingest.stop(), { code: 0, signal: null });
  const samples = await shown(address, `${hostname()}:${new URL(ingest.url).port}`);
  assert.equal(samples.get('invalid_payload_schema invalid_payload_count_total'), 1);
  assert.equal(samples.get('valid_payload_schema valid_payload_count_total'), 0);
});

async function started(): Promise<StartedTestContainer & AsyncDisposable> {
  try {
    return await new GenericContainer(IMAGE)
      .withExposedPorts(PORT)
      .withWaitStrategy(Wait.forHttp('/-/ready', PORT))
      .start();
  } catch (error) {
    throw new Error(`the Pushgateway's image ${IMAGE} must be there or to be had, and start`, { cause: error });
  }
}

/** What the gateway gives to Prometheus of an instance, by job and name. */
async function shown(address: string, instance: string): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`http://${address}/metrics`)).text();
  const samples = text.matchAll(/^(\w+)\{([^}]*)\} (\S+)$/gm);
  const found = new Map<string, number>();
  for (const [, name = '', labels = '', value] of samples) {
    const [, job = ''] = /job="([^"]*)"/.exec(labels) ?? [];
    if (labels.includes(`instance="${instance}"`)) found.set(`${job} ${name}`, Number(value));
  }
  return found;
}
