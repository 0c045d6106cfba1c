import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { seededRandom, waitFor } from '@sluice/testing';
import type { Environment } from '../environments/environment.ts';
import { caughtUp, requireExactly } from '../pipeline/check.ts';
import { Load } from '../pipeline/load.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import type { Service, ServiceName } from '../pipeline/service.ts';

const HITS = [1, 2, 3];

/** Every place where a service can be killed by name, at its first hits: each moment between two steps, not a random one. */
export function crashPoints(environment: () => Environment, hits: readonly number[] = HITS): void {
  const random = seededRandom();

  // Most of the time goes by with waiting for the broker to give a dead consumer up.
  describe('crash points', { concurrency: true }, () => {
    for (const name of ['ingest', 'consumer'] as const) {
      const points = pointsOf(name);
      test(`${name} killed at ${points.join(', ')}, TEST_SEED=${random.seed}`, async () => {
        assert.ok(points.length > 0);
        await using pipeline = await Pipeline.on(environment());
        const services = await pipeline.started('ingest', 'consumer');
        await using load = new Load({ targets: [services.ingest.url], random });
        await services[name].stop();
        for (const point of points) {
          load.start();
          for (const hit of hits) await crash(services[name], `${point}:${hit}`);
          await services[name].start();
          await load.acknowledges(1);
          await load.stop();
          await load.settle();
          await caughtUp(pipeline);
          await requireExactly(pipeline, load.ledger);
          await services[name].stop();
        }
      });
    }
  });
}

async function crash(service: Service, at: string): Promise<void> {
  service.launch({ CRASH_AT: at });
  const { child } = service;
  await waitFor(`the crash at ${at}`, () => child.hasExited(), { timeoutMs: 60_000 });
  assert.deepEqual(await child.exited, { code: null, signal: 'SIGKILL' }, `${at}: ${child.output().slice(-2_000)}`);
}

/** Read from the source, so that none is forgotten. */
function pointsOf(service: ServiceName): readonly string[] {
  const folder = join(import.meta.dirname, '../../../services', service, 'src');
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .map((path) => readFileSync(join(folder, path), 'utf8'));
  return [
    ...new Set(sources.flatMap((source) => [...source.matchAll(/crash\('([\w.]+)'\)/g)].map(([, name]) => name ?? ''))),
  ];
}
