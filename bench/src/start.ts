import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { temporaryDirectory, waitFor } from '@sluice/testing';
import { freePort } from './processes.ts';
import { median, type Section } from './ratio.ts';

const ROUNDS = 3;

/** `npm start` on a data folder that exists, until all three services are ready; and the emulator alone. */
export async function startSection(): Promise<Section> {
  await using data = await temporaryDirectory();
  await startOnce(data.path);
  const warm: number[] = [];
  for (let round = 0; round < ROUNDS; round++) warm.push(await startOnce(data.path));
  return {
    ratios: [],
    bounds: [{ name: 'npm start until ready', measured: median(warm), unit: 's', atMost: 4 }],
    notes: [`median of ${ROUNDS} warm starts`],
  };
}

async function startOnce(dataDirectory: string): Promise<number> {
  const names = ['INGEST_PORT', 'CONSUMER_PORT', 'QUERY_PORT', 'KAFKA_PORT', 'POSTGRES_PORT', 'GATEWAY_PORT'];
  const ports = await Promise.all(names.map(freePort));
  const startedAt = performance.now();
  const child = spawn('npm', ['start'], {
    cwd: join(import.meta.dirname, '../..'),
    env: {
      ...process.env,
      SLUICE_DATA_DIR: dataDirectory,
      ...Object.fromEntries(names.map((name, index) => [name, String(ports[index])])),
    },
    stdio: 'ignore',
  });
  try {
    const isReady = (port: number | undefined) => fetch(`http://127.0.0.1:${port}/ready`).then(({ ok }) => ok);
    await waitFor(
      'all services to be ready',
      async () => (await Promise.all(ports.slice(0, 3).map(isReady))).every(Boolean),
      { timeoutMs: 60_000, intervalMs: 10 },
    );
    return (performance.now() - startedAt) / 1000;
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
}
