import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startNode } from './child-process.ts';
import { waitFor } from './wait-for.ts';

const script = (source: string): string[] => ['--eval', source];

test('a child is asked to end, and tells how it did', async () => {
  await using child = startNode({
    name: 'polite',
    args: script(
      `process.on('SIGTERM', () => process.exit(7)); setInterval(() => {}, 1e6); console.log(process.env.A)`,
    ),
    env: { A: 'given' },
  });
  await waitFor('its first words', () => child.output().includes('given'));
  assert.deepEqual(await child.stop(), { code: 7, signal: null });
  assert.equal(child.hasExited(), true);
});

test('a child that does not end in time is killed, and the error has its output', async () => {
  await using child = startNode({
    name: 'stubborn',
    args: script(`process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6); console.log('never')`),
  });
  await waitFor('its first words', () => child.output().includes('never'));
  await assert.rejects(child.stop(50), /stubborn did not end within 50 ms of SIGTERM\. It wrote:\nnever/);
  assert.equal((await child.exited).signal, 'SIGKILL');
});

test('the environment of the test is not the child’s', async () => {
  process.env.SLUICE_TEST_LEAK = 'leaked';
  await using child = startNode({
    name: 'clean',
    args: script(`console.log('[' + process.env.SLUICE_TEST_LEAK + ']')`),
  });
  await child.exited;
  delete process.env.SLUICE_TEST_LEAK;
  assert.equal(child.output(), '[undefined]\n');
});
