import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitFor } from '@sluice/testing';
import type { Environment } from '../environments/environment.ts';
import { caughtUp } from '../pipeline/check.ts';
import { request } from '../pipeline/client.ts';
import { KafkaLog } from '../pipeline/kafka-log.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import type { Service } from '../pipeline/service.ts';
import { Stored } from '../pipeline/stored.ts';

/** A topic deleted and made anew under a filled store: going on would skip or double. */
export function otherLog(environment: () => Environment): void {
  for (const when of ['while the consumer runs', 'while the consumer is down'] as const) {
    test(`a topic made anew ${when} is refused, with what to do`, async () => {
      await using pipeline = await Pipeline.on(environment());
      const { ingest, consumer } = await pipeline.started('ingest', 'consumer');
      const stored = new Stored(pipeline.databaseUrl);
      for (let count = 0; count < 30; count++) await request('POST', `${ingest.url}/app`);
      await caughtUp(pipeline);
      const before = await stored.dump();
      await ingest.stop();
      if (when === 'while the consumer is down') await consumer.stop();
      const log = new KafkaLog(pipeline.brokerAddress, pipeline.topic);
      await log.makeAnew();
      const value = JSON.stringify({ event_timestamp: '2024-01-01T00:00:00Z' });
      await log.produce(Array.from({ length: 6 }, (_, partition) => ({ value, partition })));
      if (when === 'while the consumer is down') consumer.launch();
      await refusal(consumer);
      assert.deepEqual((await stored.dump()).rows, before.rows);
      assert.deepEqual(await stored.deadLetters(), []);
    });
  }
}

/** The consumer ends, having said what is wrong and what to do. */
async function refusal(consumer: Service): Promise<void> {
  await waitFor('the consumer to end', () => consumer.child.hasExited(), { timeoutMs: 30_000 });
  assert.equal((await consumer.child.exited).code, 1);
  assert.match(
    consumer.child.output(),
    /is not the log that this store was filled from.*point it at an empty database/,
  );
}
