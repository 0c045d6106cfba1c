import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { seededRandom, waitFor } from '@sluice/testing';
import type { Environment } from '../environments/environment.ts';
import { caughtUp, requireExactly } from '../pipeline/check.ts';
import { Load } from '../pipeline/load.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import type { ServiceName } from '../pipeline/service.ts';

const HITS = [1, 2, 3];

/** Every place where a service can be killed by name, at its first hits: each moment between two steps, not a random one. */
export function crashPoints(environment: () => Environment): void {
  const random = seededRandom();

  for (const name of ['ingest', 'consumer'] as const) {
    const points = pointsOf(name);
    test(`${name} killed at ${points.join(', ')}, TEST_SEED=${random.seed}`, async (t) => {
      assert.ok(points.length > 0);
      await using pipeline = await Pipeline.on(environment());
      const services = await pipeline.started('ingest', 'consumer');
      const victim = services[name];
      await using load = new Load({ targets: [services.ingest.url], random });
      for (const point of points) {
        for (const hit of HITS) {
          await t.test(`${point}:${hit}`, async () => {
            await victim.stop();
            victim.launch({ CRASH_AT: `${point}:${hit}` });
            load.start();
            const { child } = victim;
            await waitFor('the crash', () => child.hasExited());
            assert.deepEqual(await child.exited, { code: null, signal: 'SIGKILL' }, child.output());
            await victim.start();
            await load.stop();
            await load.settle();
            await caughtUp(pipeline);
            await requireExactly(pipeline, load.ledger);
          });
        }
      }
    });
  }
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
