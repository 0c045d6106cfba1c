import { temporaryDirectory, waitFor } from '@sluice/testing';
import { postsPerSecond } from './load.ts';
import { freePort, ready, start } from './processes.ts';
import { interleaved, median, type Section } from './ratio.ts';

const ROUNDS = 5;
const SECONDS = 4;
const CONNECTIONS = 64;

/** `POST /app` on ingest with the emulator behind it, held against a bare `node:http` server. */
export async function ingestSection(): Promise<Section> {
  await using data = await temporaryDirectory();
  const [kafkaPort, ingestPort, barePort] = [await freePort(), await freePort(), await freePort()];
  await using _bare = start('bench/src/bare-server.ts', { PORT: String(barePort) });
  await using emulator = start('packages/emulator-kafka/src/main.ts', {
    KAFKA_PORT: String(kafkaPort),
    SLUICE_DATA_DIR: data.path,
  });
  await using ingest = start('services/ingest/src/main.ts', {
    SERVER_PORT: String(ingestPort),
    KAFKA_BROKER: `127.0.0.1:${kafkaPort}`,
  });
  const bareUrl = `http://127.0.0.1:${barePort}/app`;
  const ingestUrl = `http://127.0.0.1:${ingestPort}`;
  await waitFor('the bare server', async () => (await fetch(bareUrl, { method: 'POST' })).ok);
  await ready(ingestUrl);

  const load = (url: string, seconds: number) => postsPerSecond({ url, connections: CONNECTIONS, seconds });
  await load(bareUrl, 2);
  await load(`${ingestUrl}/app`, 2);
  const figures = await interleaved(ROUNDS, {
    bare: () => load(bareUrl, SECONDS),
    ingest: () => load(`${ingestUrl}/app`, SECONDS),
  });
  return {
    ratios: [
      {
        name: 'ingest / bare node:http',
        measured: median(figures.ingest),
        limit: median(figures.bare),
        unit: 'requests/s',
        atLeast: 0.35,
      },
    ],
    bounds: [],
    notes: [
      `median of ${ROUNDS} interleaved rounds of ${SECONDS} s`,
      `resident afterwards: ingest ${Math.round(await ingest.residentMiB())} MiB, emulator ${Math.round(await emulator.residentMiB())} MiB`,
    ],
  };
}
