import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { startEmbeddedPostgres } from '@sluice/embedded-postgres';
import { temporaryDirectory } from '@sluice/testing';
import { freePort, ready, start } from './processes.ts';
import { percentile, type Section } from './ratio.ts';

const RATE = 500;
const WARM_UP_SECONDS = 5;
const SECONDS = 20;
/** Every so many posts one is looked up until it is there; looking up all would measure the looking. */
const SAMPLE_EVERY = 5;

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** How long after ingest's 200 the query service knows the command, while posts arrive at a fixed rate. */
export async function latencySection(): Promise<Section> {
  await using data = await temporaryDirectory();
  const [kafkaPort, ingestPort, consumerPort, queryPort] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  const kafka = { KAFKA_BROKER: `127.0.0.1:${kafkaPort}` };
  await using postgres = await startEmbeddedPostgres({ dataDirectory: `${data.path}/postgres`, port: 0 });
  const store = { DATABASE_URL: postgres.url };
  await using _emulator = start('packages/emulator-kafka/src/main.ts', {
    KAFKA_PORT: String(kafkaPort),
    SLUICE_DATA_DIR: data.path,
  });
  await using _ingest = start('services/ingest/src/main.ts', {
    SERVER_PORT: String(ingestPort),
    ...kafka,
    ...store,
  });
  await using _consumer = start('services/consumer/src/main.ts', {
    SERVER_PORT: String(consumerPort),
    ...kafka,
    ...store,
  });
  await using _query = start('services/query/src/main.ts', { SERVER_PORT: String(queryPort), ...store });
  await Promise.all([ingestPort, consumerPort, queryPort].map((port) => ready(`http://127.0.0.1:${port}`)));

  const samples = await sampleAtRate(ingestPort, queryPort);
  agent.destroy();
  return {
    ratios: [],
    bounds: [
      { name: '200 to queryable, p50', measured: percentile(samples, 50), unit: 'ms', atMost: 15 },
      { name: '200 to queryable, p99', measured: percentile(samples, 99), unit: 'ms', atMost: 100 },
    ],
    notes: [`${RATE} posts/s for ${SECONDS} s, ${samples.length} of them looked up until found`],
  };
}

/** Posts on a fixed schedule, whether or not earlier posts were answered (no coordinated omission). */
async function sampleAtRate(ingestPort: number, queryPort: number): Promise<number[]> {
  const samples: number[] = [];
  const inFlight = new Set<Promise<void>>();
  const startedAt = performance.now();
  const total = RATE * (WARM_UP_SECONDS + SECONDS);
  for (let index = 0; index < total; index++) {
    const dueMs = startedAt + (index * 1000) / RATE - performance.now();
    if (dueMs > 1) await delay(dueMs);
    const isSample = index >= RATE * WARM_UP_SECONDS && index % SAMPLE_EVERY === 0;
    const one = postAndFind(ingestPort, isSample ? queryPort : null).then((ms) => {
      if (ms !== null) samples.push(ms);
    });
    inFlight.add(one);
    void one.finally(() => inFlight.delete(one));
  }
  await Promise.all(inFlight);
  return samples;
}

/** @returns ms from the answer of ingest to the first 200 of query */
async function postAndFind(ingestPort: number, queryPort: number | null): Promise<number | null> {
  const posted = await send('POST', ingestPort, '/app');
  if (posted.status !== 200) throw new Error(`POST /app answered ${posted.status}: ${posted.body}`);
  if (queryPort === null) return null;
  const answeredAt = performance.now();
  const path = `/api/v1/timestamp/${JSON.parse(posted.body).id}`;
  for (;;) {
    const found = await send('GET', queryPort, path);
    if (found.status === 200) return performance.now() - answeredAt;
    if (found.status !== 404 || performance.now() - answeredAt > 10_000)
      throw new Error(`GET ${path} answered ${found.status}`);
    await delay(1);
  }
}

function send(method: string, port: number, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, agent }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}
