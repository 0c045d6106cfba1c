import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLogger } from '@sluice/runtime';
import { freePort, startNode, waitFor } from '@sluice/testing';
import { Registry } from 'prom-client';
import { testIngest } from '../testing/ingest.ts';
import { type Conduct, type PushReceiver, pushReceiver } from '../testing/push-receiver.ts';
import { payloadMeter } from './payload-metrics.ts';
import { type OldMetrics, type PushgatewayOptions, pushToGateway } from './pushgateway.ts';

const VALID = '/metrics/job/valid_payload_schema/instance/here%3A7080';
const INVALID = '/metrics/job/invalid_payload_schema/instance/here%3A7080';
const BASE = '/metrics/job/base_endpoint/instance/here%3A7080';
/** So long that a test never waits for it. */
const NEVER_MS = 2 ** 30;
const ACTIVITIES = JSON.stringify({ activities: [] });

interface Pushing extends AsyncDisposable {
  readonly oldMetrics: OldMetrics;
  /** What the log says of the gateway. */
  told(): readonly string[];
}

function pushing(url: URL, options: Partial<PushgatewayOptions> = {}): Pushing {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line).msg);
  const log = createLogger({ service: 'ingest', level: 'info', destination: { write } });
  const oldMetrics = pushToGateway({ url, instance: 'here:7080', log, everyMs: 20, ...options });
  return { oldMetrics, told: () => lines, [Symbol.asyncDispose]: () => oldMetrics[Symbol.asyncDispose]() };
}

const lastOf = ({ pushes }: PushReceiver, path: string) => pushes.findLast((push) => push.path === path);
const sampleOf = (receiver: PushReceiver, path: string, name: string) =>
  lastOf(receiver, path)?.samples.get(name)?.value;

test('figures go to the gateway under the old names, in its format, again and again', async () => {
  await using receiver = await pushReceiver();
  await using pushed = pushing(receiver.url, { now: () => 1_700_000_000_500 });
  const { oldMetrics } = pushed;
  const meter = oldMetrics.counting(payloadMeter(new Registry()));
  await waitFor('pushes without a visit', () => lastOf(receiver, INVALID));
  assert.equal(lastOf(receiver, BASE), undefined);

  meter.valid('a');
  meter.valid('b');
  meter.invalid('a', 'malformed-json');
  oldMetrics.visited();
  await waitFor('a push of the visit', () => lastOf(receiver, BASE));
  const before = receiver.pushes.length;
  await waitFor('further pushes', () => receiver.pushes.length >= before + 6);

  assert.deepEqual(receiver.faults, []);
  assert.deepEqual(new Set(receiver.pushes.map(({ method }) => method)), new Set(['PUT']));
  assert.deepEqual(new Set(receiver.pushes.map(({ path }) => path)), new Set([VALID, INVALID, BASE]));
  for (const { headers } of receiver.pushes) {
    assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  }
  const shown = (path: string) =>
    [...(lastOf(receiver, path)?.samples ?? [])].map(([name, { type, value }]) => [name, type, value]);
  assert.deepEqual(shown(VALID), [
    ['valid_payload_count_total', 'counter', 2],
    ['valid_payload_count_created', 'gauge', 1_700_000_000.5],
  ]);
  assert.deepEqual(shown(INVALID), [
    ['invalid_payload_count_total', 'counter', 1],
    ['invalid_payload_count_created', 'gauge', 1_700_000_000.5],
  ]);
  assert.deepEqual(shown(BASE), [['job_last_success_unixtime', 'gauge', 1_700_000_000.5]]);
  assert.deepEqual(pushed.told(), []);
});

test('what came since the last push is pushed at the end', async () => {
  await using receiver = await pushReceiver();
  await using pushed = pushing(receiver.url, { everyMs: NEVER_MS });
  const { oldMetrics } = pushed;
  oldMetrics.counting(payloadMeter(new Registry())).valid('a');
  assert.equal(receiver.pushes.length, 0);
  await oldMetrics[Symbol.asyncDispose]();
  assert.equal(sampleOf(receiver, VALID, 'valid_payload_count_total'), 1);
  assert.equal(sampleOf(receiver, INVALID, 'invalid_payload_count_total'), 0);
});

test('a gateway behind a path and a password is asked there, with it', async () => {
  await using receiver = await pushReceiver();
  const url = new URL('/behind/', receiver.url);
  Object.assign(url, { username: 'me', password: 'p@ss:word' });
  await using pushed = pushing(url, { everyMs: NEVER_MS });
  await pushed[Symbol.asyncDispose]();
  const [push] = receiver.pushes;
  assert.equal(push?.path, `/behind${VALID}`);
  assert.equal(push?.headers.authorization, `Basic ${Buffer.from('me:p@ss:word').toString('base64')}`);
});

test('counting for the gateway counts for /metrics as well, whatever the gateway does', async () => {
  await using receiver = await pushReceiver();
  receiver.conduct = 'refuse';
  await using pushed = pushing(receiver.url);
  await using ingest = await testIngest({ oldMetrics: pushed.oldMetrics });
  const post = (body: string) =>
    fetch(`${ingest.url}/api/activities`, { method: 'POST', body, headers: { 'Content-Type': 'application/json' } });
  assert.equal((await post(ACTIVITIES)).status, 200);
  assert.equal((await post('[]')).status, 400);
  await fetch(ingest.url);
  const metrics = await ingest.metrics.metrics();
  assert.match(metrics, /^valid_payloads_total\{stream="database.activities.v1"\} 1$/m);
  assert.match(metrics, /^invalid_payloads_total\{stream="database.activities.v1",reason="schema-violation"\} 1$/m);
  receiver.conduct = 'take';
  await waitFor('what was counted meanwhile', () => lastOf(receiver, BASE));
  assert.equal(sampleOf(receiver, VALID, 'valid_payload_count_total'), 1);
  assert.equal(sampleOf(receiver, INVALID, 'invalid_payload_count_total'), 1);
});

for (const conduct of ['hang', 'trickle', 'refuse', 'down'] as const satisfies readonly (Conduct | 'down')[]) {
  test(`no request waits for a gateway that does this: ${conduct}`, async () => {
    await using receiver = await pushReceiver();
    if (conduct === 'down') await receiver[Symbol.asyncDispose]();
    else receiver.conduct = conduct;
    const timeoutMs = 60_000;
    await using pushed = pushing(receiver.url, { timeoutMs });
    await using ingest = await testIngest({ oldMetrics: pushed.oldMetrics });
    if (conduct !== 'down') await waitFor('a push', () => receiver.pushes.length > 0);
    const startedAt = performance.now();
    for (let count = 0; count < 50; count++) {
      assert.equal((await fetch(ingest.url)).status, 200);
      const headers = { 'Content-Type': 'application/json' };
      const init = { method: 'POST', body: ACTIVITIES, headers };
      assert.equal((await fetch(`${ingest.url}/api/activities`, init)).status, 200);
    }
    assert.ok(performance.now() - startedAt < timeoutMs / 4);
    // One push at a time: those that are due meanwhile are left out.
    if (conduct === 'hang') assert.deepEqual([receiver.open(), receiver.pushes.length], [1, 1]);
    const endedAt = performance.now();
    await pushed[Symbol.asyncDispose]();
    assert.ok(performance.now() - endedAt < 10_000, 'the last push is given up soon');
  });
}

test('a push that gets no answer, or no end of it, is given up, and the next is tried', async () => {
  for (const conduct of ['hang', 'trickle'] as const) {
    await using receiver = await pushReceiver();
    receiver.conduct = conduct;
    await using _pushed = pushing(receiver.url, { timeoutMs: 100 });
    await waitFor('three pushes', () => receiver.pushes.length >= 3);
    await waitFor('none to be left open', () => receiver.open() <= 1);
  }
});

test('an outage costs one line in the log, and its end another', async () => {
  await using receiver = await pushReceiver();
  const down = 'the Pushgateway does not take metrics';
  const back = 'the Pushgateway is there again';
  await using pushed = pushing(receiver.url);
  const more = async (pushes: number): Promise<void> => {
    const wanted = receiver.pushes.length + pushes;
    await waitFor('more pushes', () => receiver.pushes.length >= wanted);
  };
  await more(4);
  assert.deepEqual(pushed.told(), []);
  for (let outage = 1; outage <= 2; outage++) {
    receiver.conduct = 'refuse';
    await more(5);
    receiver.conduct = 'take';
    await more(5);
    await waitFor('the line', () => pushed.told().length === 2 * outage);
  }
  assert.deepEqual(pushed.told(), [down, back, down, back]);
  await pushed[Symbol.asyncDispose]();
  assert.equal(pushed.told().length, 4);
});

test('a push that the end cuts short is no outage', async () => {
  await using receiver = await pushReceiver();
  receiver.conduct = 'hang';
  await using pushed = pushing(receiver.url, { timeoutMs: 60_000 });
  await waitFor('a push under way', () => receiver.open() === 1 && receiver.pushes.length === 1);
  receiver.conduct = 'take';
  await pushed[Symbol.asyncDispose]();
  assert.deepEqual(pushed.told(), []);
  assert.equal(sampleOf(receiver, INVALID, 'invalid_payload_count_total'), 0);
});

test('the service pushes what it counted before it ends, under its host and port', async () => {
  await using receiver = await pushReceiver();
  const [port, brokerPort, storePort] = [await freePort(), await freePort(), await freePort()];
  await using ingest = startNode({
    name: 'ingest',
    args: [join(import.meta.dirname, '../main.ts')],
    env: {
      SERVER_PORT: String(port),
      KAFKA_BROKER: `127.0.0.1:${brokerPort}`,
      DATABASE_URL: `postgres://127.0.0.1:${storePort}/sluice`,
      PUSHGATEWAY_PROMETHEUS_HOST: receiver.url.host,
      PUSHGATEWAY_INTERVAL_MS: '3600000',
    },
  });
  const url = `http://127.0.0.1:${port}`;
  await waitFor('ingest', async () => (await fetch(`${url}/health`)).ok);
  await fetch(url);
  const headers = { 'Content-Type': 'application/json' };
  for (const body of ['{', '[]', '{}']) await fetch(`${url}/api/activities`, { method: 'POST', body, headers });
  assert.deepEqual(await ingest.stop(), { code: 0, signal: null });
  const instance = `/instance/${encodeURIComponent(`${hostname()}:${port}`)}`;
  const refused = sampleOf(receiver, `/metrics/job/invalid_payload_schema${instance}`, 'invalid_payload_count_total');
  assert.equal(refused, 3);
  assert.equal(sampleOf(receiver, `/metrics/job/valid_payload_schema${instance}`, 'valid_payload_count_total'), 0);
  const visitedAt = sampleOf(receiver, `/metrics/job/base_endpoint${instance}`, 'job_last_success_unixtime') ?? 0;
  assert.ok(Math.abs(visitedAt - Date.now() / 1_000) < 60);
});

test('an address that is none is told at the start', async () => {
  for (const given of ['ftp://localhost:9091', 'http://', 'localhost:99999', 'localhost:9091/?x=1']) {
    await using ingest = startNode({
      name: 'ingest',
      args: [join(import.meta.dirname, '../main.ts')],
      env: { PUSHGATEWAY_PROMETHEUS_HOST: given },
    });
    assert.equal((await ingest.exited).code, 78);
    assert.match(ingest.output(), /PUSHGATEWAY_PROMETHEUS_HOST must be an address like localhost:9091, or a URL/);
  }
});
