import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { Environment } from '../environments/environment.ts';
import { caughtUp } from '../pipeline/check.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import { Stored } from '../pipeline/stored.ts';

const GOOD = 20;
const GARBAGE = [
  Buffer.from([0x00, 0xff, 0xfe, 0x80]),
  Buffer.from('{"event_timestamp":'),
  Buffer.from('[]'),
  Buffer.from('{"event_timestamp":"2024-02-30T00:00:00Z"}'),
  Buffer.from('{"event_timestamp":"2024-01-01T00:00:00Z","event_timestamp":"2025-01-01T00:00:00Z"}'),
];

/** Records of producers that know nothing of Sluice. */
export function foreignProducer(environment: () => Environment): void {
  test('a stock client’s bare records are projected, and only the garbage between them is dead-lettered', async () => {
    await using pipeline = await Pipeline.on(environment());
    const { consumer } = await pipeline.started('ingest', 'consumer');
    const stored = new Stored(pipeline.databaseUrl);

    const good = Array.from({ length: GOOD }, (_, index) => ({
      command_id: randomUUID(),
      event_timestamp: new Date(index * 1_000).toISOString(),
    }));
    // All in one partition and of one key, so that good ones lie before, between and behind.
    const values = good.flatMap((value, index) => {
      const garbage = index % 4 === 1 ? GARBAGE[(index - 1) / 4] : undefined;
      return [Buffer.from(JSON.stringify(value)), ...(garbage ? [garbage] : [])];
    });
    await pipeline.log().produce(values.map((value) => ({ value, partition: 0, key: 'k' })));
    await caughtUp(pipeline);

    const expected = good.map(({ command_id, event_timestamp }) => [command_id, event_timestamp.replace('Z', '000Z')]);
    assert.deepEqual(await stored.timestamps(), new Map(expected as [string, string][]));
    const deadLetters = await stored.deadLetters();
    assert.deepEqual(
      deadLetters.map(({ value }) => value),
      GARBAGE,
    );
    assert.equal(await consumer.metric('dead_lettered_total'), GARBAGE.length);
    assert.equal(await consumer.metric('projected_total', 'timestamp.command'), GOOD);
  });
}
