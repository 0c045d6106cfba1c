import { startEmbeddedPostgres } from '@sluice/embedded-postgres';
import { temporaryDirectory, waitFor } from '@sluice/testing';
import { type Load, postsPerSecond } from './load.ts';
import { freePort, ready, start } from './processes.ts';
import { interleaved, median, type Section } from './ratio.ts';

const ROUNDS = 5;
const SECONDS = 4;
const CONNECTIONS = 64;

const EVENT = { fruit: 'pineapple', weight_g: 905, ripe: true, origin: { country: 'GH', farm: 'Aburi 12' } };
const SCHEMA = {
  type: 'object',
  required: ['fruit', 'weight_g'],
  properties: {
    fruit: { type: 'string', enum: ['apple', 'banana', 'cherry', 'grape', 'kiwi', 'mango', 'pear', 'pineapple'] },
    weight_g: { type: 'integer', minimum: 1, maximum: 10_000 },
    ripe: { type: 'boolean' },
    origin: { type: 'object', properties: { country: { type: 'string', pattern: '^[A-Z]{2}$' } } },
  },
};
const STREAM = '/api/v1/streams/Bench/Fruits';
const BATCH_LINES = 1_000;
/** A batch takes as long as dozens of single events; more at once would wait for each other. */
const BATCH_CONNECTIONS = 4;

/** Ingest with the emulator behind it, held against a bare `node:http` server. */
export async function ingestSection(): Promise<Section> {
  await using data = await temporaryDirectory();
  const [kafkaPort, ingestPort, barePort] = [await freePort(), await freePort(), await freePort()];
  await using _bare = start('bench/src/bare-server.ts', { PORT: String(barePort) });
  await using postgres = await startEmbeddedPostgres({ dataDirectory: `${data.path}/postgres`, port: 0 });
  const servers = { KAFKA_BROKER: `127.0.0.1:${kafkaPort}`, DATABASE_URL: postgres.url };
  await using emulator = start('packages/emulator-kafka/src/main.ts', {
    KAFKA_PORT: String(kafkaPort),
    SLUICE_DATA_DIR: data.path,
  });
  await using ingest = start('services/ingest/src/main.ts', { SERVER_PORT: String(ingestPort), ...servers });
  const bareUrl = `http://127.0.0.1:${barePort}/app`;
  const ingestUrl = `http://127.0.0.1:${ingestPort}`;
  await waitFor('the bare server', async () => (await fetch(bareUrl, { method: 'POST' })).ok);
  await ready(ingestUrl);
  await registerStream(ingestUrl, servers);

  const json = JSON.stringify(EVENT);
  const jsonType = { 'Content-Type': 'application/json' };
  const linesType = { 'Content-Type': 'application/x-ndjson' };
  const contestants = {
    bare: { url: bareUrl },
    app: { url: `${ingestUrl}/app` },
    bareJson: { url: bareUrl, headers: jsonType, body: json },
    stream: { url: `${ingestUrl}${STREAM}`, headers: jsonType, body: json },
    batch: {
      url: `${ingestUrl}${STREAM}`,
      headers: linesType,
      body: `${json}\n`.repeat(BATCH_LINES),
      connections: BATCH_CONNECTIONS,
    },
  };
  const load = (one: Partial<Load> & { readonly url: string }, seconds: number) =>
    postsPerSecond({ connections: CONNECTIONS, seconds, ...one });
  for (const one of Object.values(contestants)) await load(one, 2);
  const figures = await interleaved(ROUNDS, {
    bare: () => load(contestants.bare, SECONDS),
    app: () => load(contestants.app, SECONDS),
    bareJson: () => load(contestants.bareJson, SECONDS),
    stream: () => load(contestants.stream, SECONDS),
    batch: async () => BATCH_LINES * (await load(contestants.batch, SECONDS)),
  });
  return {
    ratios: [
      {
        name: 'POST /app / bare node:http',
        measured: median(figures.app),
        limit: median(figures.bare),
        unit: 'requests/s',
        atLeast: 0.35,
      },
      {
        name: `POST ${STREAM} / bare node:http, the same body`,
        measured: median(figures.stream),
        limit: median(figures.bareJson),
        unit: 'requests/s',
        atLeast: 0.3,
      },
      {
        name: `events in NDJSON of ${BATCH_LINES} / bare node:http`,
        measured: median(figures.batch),
        limit: median(figures.bare),
        unit: 'events/s',
        atLeast: 1.5,
      },
    ],
    bounds: [],
    notes: [
      `median of ${ROUNDS} interleaved rounds of ${SECONDS} s`,
      `an event has ${json.length} bytes`,
      `resident afterwards: ingest ${Math.round(await ingest.residentMiB())} MiB, emulator ${Math.round(await emulator.residentMiB())} MiB`,
    ],
  };
}

/** A registration waits for its projection; after it the consumer would only take the cores from what is measured. */
async function registerStream(ingestUrl: string, servers: Readonly<Record<string, string>>): Promise<void> {
  const port = await freePort();
  await using _consumer = start('services/consumer/src/main.ts', { SERVER_PORT: String(port), ...servers });
  await ready(`http://127.0.0.1:${port}`);
  const response = await fetch(`${ingestUrl}${STREAM}`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ schema: SCHEMA }),
  });
  if (response.status !== 201) throw new Error(`the registration was answered ${response.status}`);
}
