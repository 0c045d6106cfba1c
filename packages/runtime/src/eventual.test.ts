import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SluiceError } from '@sluice/core';
import { eventually } from './eventual.ts';
import { createLogger } from './logger.ts';

const log = createLogger({ service: 'test', level: 'fatal' });
const backoff = { baseMs: 1, maxMs: 1 };
const down = new SluiceError('unavailable', 'PostgreSQL cannot be reached');

/** Opens after so many refusals, and tells when it was closed. */
function opener(refusals: number, refusal: Error = down) {
  let closed = 0;
  let attempts = 0;
  const value = { name: 'store', [Symbol.asyncDispose]: async () => void closed++ };
  const open = async () => {
    if (attempts++ < refusals) throw refusal;
    return value;
  };
  return { open, value, attempts: () => attempts, closed: () => closed };
}

test('it is tried for until it is there, and closed in the end', async () => {
  const { open, value, attempts, closed } = opener(3);
  const { signal } = new AbortController();
  {
    await using store = eventually(open, { name: 'the store', log, signal, backoff });
    assert.throws(() => store.get(), { code: 'unavailable', message: 'the store was not reached yet' });
    assert.equal(await store.settled, value);
    assert.equal(store.get(), value);
    assert.equal(attempts(), 4);
    assert.equal(closed(), 0);
  }
  assert.equal(closed(), 1);
});

test('while it is not there it says why', async () => {
  const { open } = opener(Number.POSITIVE_INFINITY);
  const end = new AbortController();
  await using store = eventually(open, { name: 'the store', log, signal: end.signal, backoff: { baseMs: 60_000 } });
  await new Promise(setImmediate);
  assert.throws(() => store.get(), { code: 'unavailable', message: 'PostgreSQL cannot be reached' });
  end.abort();
  assert.equal(await store.settled, undefined);
});

test('what no waiting mends ends the attempts', async () => {
  const { open, attempts } = opener(1, new SluiceError('unauthorized', 'wrong password'));
  const { signal } = new AbortController();
  await using store = eventually(open, { name: 'the store', log, signal, backoff });
  await assert.rejects(store.settled, { code: 'unauthorized' });
  assert.equal(attempts(), 1);
  assert.throws(() => store.get(), { code: 'unavailable', message: 'wrong password' });
});

test('ending does not wait for an attempt under way, and closes what that still gives', async () => {
  const { value, closed } = opener(0);
  const { promise, resolve } = Promise.withResolvers<typeof value>();
  const end = new AbortController();
  {
    await using store = eventually(() => promise, { name: 'the store', log, signal: end.signal, backoff });
    end.abort();
    assert.equal(await store.settled, undefined);
  }
  resolve(value);
  await new Promise(setImmediate);
  assert.equal(closed(), 1);
});
