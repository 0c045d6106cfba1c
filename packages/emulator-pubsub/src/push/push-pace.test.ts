import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_WINDOW, PushPace } from './push-pace.ts';

const failOnce = (pace: PushPace): number | undefined => pace.failed(pace.round);

test('the window starts with one request and doubles with each round of successes, up to its bound', () => {
  const pace = new PushPace();
  const windows = Array.from({ length: 9 }, () => {
    const { window } = pace;
    for (let i = 0; i < window; i++) pace.succeeded();
    return window;
  });
  assert.deepEqual(windows, [1, 2, 4, 8, 16, 32, 64, MAX_WINDOW, MAX_WINDOW]);
});

test('a failure halves the window, down to one request', () => {
  const pace = new PushPace();
  for (let i = 0; i < 9; i++) pace.succeeded();
  const windows = Array.from({ length: 5 }, () => {
    failOnce(pace);
    return pace.window;
  });
  assert.deepEqual(windows, [5, 2, 1, 1, 1]);
});

test('the pause doubles from 100 ms to 60 s and halves with each success', () => {
  const pace = new PushPace();
  const pauses = Array.from({ length: 12 }, () => failOnce(pace));
  assert.deepEqual(pauses, [100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000]);
  pace.succeeded();
  pace.succeeded();
  assert.equal(failOnce(pace), 30_000);
  for (let i = 0; i < 10; i++) pace.succeeded();
  assert.equal(failOnce(pace), 100);
});

test('requests that fail together are one failure', () => {
  const pace = new PushPace();
  for (let i = 0; i < 63; i++) pace.succeeded();
  const { round } = pace;
  assert.equal(pace.failed(round), 100);
  assert.equal(pace.failed(round), undefined);
  assert.equal(pace.window, 32);
  assert.equal(failOnce(pace), 200);
});
