import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SluiceError } from '@sluice/core';
import { createLogger } from '@sluice/runtime';
import { Registry } from 'prom-client';
import { LagGauge } from './lag-gauge.ts';
import { projectionWatch } from './projection-watch.ts';

const error = new SluiceError('unavailable', 'PostgreSQL cannot be reached');

function watched() {
  let nowMs = 0;
  const metrics = new Registry();
  const log = createLogger({ service: 'test', level: 'fatal' });
  const watch = projectionWatch({ log, metrics, lag: new LagGauge(metrics), now: () => nowMs });
  const gauge = async () => (await metrics.getSingleMetric('projection_waiting')?.get())?.values[0]?.value;
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { watch, gauge, pass };
}

test('a wait lasts until something is projected', async () => {
  const { watch, gauge } = watched();
  assert.equal(watch.waitingFor(), undefined);
  watch.waiting({ error, attempt: 0, delayMs: 50 });
  assert.equal(watch.waitingFor(), error);
  assert.equal(await gauge(), 1);
  watch.applied({ stream: 's', projected: 1, rejected: 0, known: 0, seconds: 0.1 });
  assert.equal(watch.waitingFor(), undefined);
  assert.equal(await gauge(), 0);
});

test('what keeps projecting from beginning lasts until it is told to be over, whatever else is projected', () => {
  const { watch, pass } = watched();
  watch.held(error);
  watch.applied({ stream: 'control', projected: 1, rejected: 0, known: 0, seconds: 0.1 });
  pass(1_000_000);
  assert.equal(watch.waitingFor(), error);
  watch.held(undefined);
  assert.equal(watch.waitingFor(), undefined);
});

test('a wait of which nothing more is heard ends: its partition has gone to another member', async () => {
  const { watch, gauge, pass } = watched();
  watch.waiting({ error, attempt: 0, delayMs: 5_000 });
  pass(44_999);
  assert.equal(watch.waitingFor(), error);
  pass(1);
  assert.equal(watch.waitingFor(), undefined);
  assert.equal(await gauge(), 0);
});
