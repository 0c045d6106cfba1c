import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { LagGauge } from './lag-gauge.ts';

const at = (partition: number, nextOffset: number) => ({
  topic: 't',
  partition,
  nextOffset,
  lastOffset: nextOffset - 1,
  lastDigest: '',
});
const ends = (partition: number, startOffset: number, endOffset: number) => ({
  topic: 't',
  partition,
  startOffset,
  endOffset,
});

async function lags(registry: Registry): Promise<Record<string, number>> {
  const metric = await registry.getSingleMetric('consumer_lag_records')?.get();
  return Object.fromEntries(metric?.values.map(({ labels, value }) => [String(labels.partition), value]) ?? []);
}

test('the lag is what lies between the furthest position seen and the end of the log', async () => {
  const registry = new Registry();
  const lag = new LagGauge(registry);
  lag.progressed({ topic: 't', partition: 0, nextOffset: 4, endOffset: 10 });
  assert.deepEqual(await lags(registry), { 0: 6 });
  // Partition 1 belongs to another member, 2 was not begun and lost its first records, 0 went on meanwhile.
  lag.compared([ends(0, 0, 12), ends(1, 0, 9), ends(2, 3, 8)], [at(0, 3), at(1, 7)]);
  assert.deepEqual(await lags(registry), { 0: 8, 1: 2, 2: 5 });
  // The store does not answer: what was known holds, and the log goes on.
  lag.compared([ends(0, 0, 12), ends(1, 0, 20), ends(2, 3, 8)], []);
  assert.deepEqual(await lags(registry), { 0: 8, 1: 13, 2: 5 });
});
