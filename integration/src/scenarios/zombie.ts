import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom, waitFor } from '@sluice/testing';
import type { Environment } from '../environments/environment.ts';
import { caughtUp, requireExactly } from '../pipeline/check.ts';
import { KafkaLog } from '../pipeline/kafka-log.ts';
import { Load } from '../pipeline/load.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import { Stored } from '../pipeline/stored.ts';

/** A consumer that comes back after its partitions were given to another. */
export function zombie(environment: () => Environment): void {
  const random = seededRandom();

  test(`a consumer stopped past its session and woken again changes nothing, TEST_SEED=${random.seed}`, async () => {
    await using pipeline = await Pipeline.on(environment());
    const ingests = [await pipeline.service('ingest'), await pipeline.service('ingest')];
    const consumers = [await pipeline.service('consumer'), await pipeline.service('consumer')] as const;
    await Promise.all([...ingests, ...consumers].map((service) => service.start()));
    await using load = new Load({ targets: ingests.map(({ url }) => url), random });
    const log = new KafkaLog(pipeline.brokerAddress, pipeline.topic);
    const stored = new Stored(pipeline.databaseUrl);
    load.start();
    await load.acknowledges(200);
    await waitFor('both to have work', async () => {
      const counts = await Promise.all(consumers.map((consumer) => consumer.metric('projected_total')));
      return counts.every((count) => count > 0);
    });

    consumers[0].child.kill('SIGSTOP');
    const stoppedAt = await log.ends();
    await waitFor(
      'the other one to have all partitions',
      async () => {
        const positions = await stored.positions(pipeline.group, pipeline.topic);
        return [...stoppedAt].every(([partition, end]) => (positions.get(partition) ?? 0) > end);
      },
      { timeoutMs: 60_000, intervalMs: 100 },
    );
    consumers[0].child.kill('SIGCONT');
    await load.acknowledges(300);
    await waitFor(
      'both to have work again',
      async () => {
        const [first, second] = await Promise.all(consumers.map((consumer) => consumer.metric('projected_total')));
        await load.acknowledges(50);
        const [firstNow, secondNow] = await Promise.all(
          consumers.map((consumer) => consumer.metric('projected_total')),
        );
        return Number(firstNow) > Number(first) && Number(secondNow) > Number(second);
      },
      { timeoutMs: 60_000 },
    );
    await load.stop();
    await load.settle();
    await caughtUp(pipeline);
    await requireExactly(pipeline, load.ledger);
    for (const consumer of consumers) assert.deepEqual(await consumer.stop(), { code: 0, signal: null });
  });
}
