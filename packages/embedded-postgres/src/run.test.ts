import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runToEnd } from './run.ts';

const here = { account: null, doorway: { path: '/', descriptor: null, [Symbol.asyncDispose]: async () => {} } };

describe('running a program to its end', () => {
  test('tells what it said last where it fails', async () => {
    await assert.rejects(runToEnd('/bin/sh', ['-c', 'echo some words; echo the last >&2; exit 3'], here), {
      code: 'start-failed',
      message: /sh failed: it ended with code 3.*the last/s,
    });
    await assert.rejects(runToEnd('/nowhere/initdb', [], here), {
      code: 'start-failed',
      message: /initdb failed.*ENOENT/,
    });
  });

  test('gives it its input and nothing of the caller’s environment', async () => {
    process.env.PGDATA = '/elsewhere';
    try {
      await runToEnd('/bin/sh', ['-c', 'read word; test "$word" = hello && test -z "$PGDATA"'], {
        ...here,
        input: 'hello\n',
      });
    } finally {
      delete process.env.PGDATA;
    }
  });

  test('is cut short by the signal', { timeout: 30_000 }, async () => {
    const aborter = new AbortController();
    const running = runToEnd('/bin/sleep', ['600'], { ...here, signal: aborter.signal });
    aborter.abort();
    await assert.rejects(running, { code: 'aborted' });
  });
});
