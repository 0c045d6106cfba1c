import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '@sluice/testing';
import type { Environment } from '../environments/environment.ts';
import { caughtUp, requireExactly } from '../pipeline/check.ts';
import { Load } from '../pipeline/load.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import type { Service } from '../pipeline/service.ts';

const PARTS = ['ingest', 'consumer', 'broker', 'database'] as const;

/** `ROUNDS` is how often something is killed; every part and all of them together take their turns. */
export function killRounds(environment: () => Environment, defaultRounds: number): void {
  const rounds = Number(process.env.ROUNDS ?? defaultRounds);
  const random = seededRandom();

  test(`kill -9 under load, ${rounds} rounds, TEST_SEED=${random.seed}`, {
    timeout: 60_000 + rounds * 60_000,
  }, async (t) => {
    await using pipeline = await Pipeline.on(environment());
    const { ingest, consumer } = await pipeline.started('ingest', 'consumer');
    await using load = new Load({ targets: [ingest.url], random });
    const turns: (readonly (typeof PARTS)[number][])[] = [];
    for (let round = 1; round <= rounds; round++) {
      if (turns.length === 0) turns.push(...shuffled([...PARTS.map((part) => [part]), PARTS], random));
      const victims = turns.pop() ?? [];
      t.diagnostic(`round ${round}: ${victims.join(', ')}`);
      load.start();
      await load.acknowledges(random.below(400) + 20);
      await delay(random.below(50));
      await Promise.all(victims.map((part) => serverOf(part, environment(), ingest, consumer).kill()));
      if (victims.includes('ingest') || victims.includes('broker')) await load.fails(random.below(20) + 1);
      else await load.acknowledges(random.below(200));
      await Promise.all(victims.map((part) => serverOf(part, environment(), ingest, consumer).start()));
      await load.acknowledges(random.below(200) + 1);
      await load.stop();
      await load.settle();
      await caughtUp(pipeline);
      await requireExactly(pipeline, load.ledger);
    }
    t.diagnostic(`${load.ledger.acknowledged} acknowledged, ${load.ledger.failures} failed requests`);
    for (const service of [ingest, consumer]) assert.deepEqual(await service.stop(), { code: 0, signal: null });
  });
}

interface Killable {
  kill(): Promise<void>;
  start(): Promise<void>;
}

function serverOf(
  part: (typeof PARTS)[number],
  { broker, database }: Environment,
  ingest: Service,
  consumer: Service,
): Killable {
  switch (part) {
    case 'ingest':
      return ingest;
    case 'consumer':
      return consumer;
    case 'broker':
      return broker;
    case 'database':
      return database;
    default:
      return part satisfies never;
  }
}

function shuffled<T>(items: readonly T[], random: { below(limit: number): number }): T[] {
  const rest = [...items];
  return items.map(() => rest.splice(random.below(rest.length), 1)[0] as T);
}
