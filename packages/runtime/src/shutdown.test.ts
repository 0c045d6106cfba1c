import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { mock, test } from 'node:test';
import { createLogger } from './logger.ts';
import { aborted, listenForShutdown } from './shutdown.ts';

function fakeHost() {
  const exits: number[] = [];
  const host = Object.assign(new EventEmitter(), { exit: (code: number) => void exits.push(code) });
  return { host, exits };
}

const log = createLogger({ service: 'test', level: 'fatal', destination: { write: () => {} } });

test('the first signal aborts, its echo means nothing, a later one ends the process', async () => {
  const { host, exits } = fakeHost();
  let now = 5_000;
  using shutdown = listenForShutdown({ log, host, now: () => now });
  assert.equal(shutdown.signal.aborted, false);
  host.emit('SIGINT', 'SIGINT');
  await aborted(shutdown.signal);
  now += 999;
  host.emit('SIGTERM', 'SIGTERM');
  assert.deepEqual(exits, []);
  now += 1;
  host.emit('SIGINT', 'SIGINT');
  assert.deepEqual(exits, [1]);
});

test('a drain past its deadline ends the process; a finished one does not', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const slow = fakeHost();
    const slowShutdown = listenForShutdown({ log, host: slow.host, deadlineMs: 25_000 });
    slow.host.emit('SIGTERM', 'SIGTERM');
    mock.timers.tick(24_999);
    assert.deepEqual(slow.exits, []);
    mock.timers.tick(1);
    assert.deepEqual(slow.exits, [1]);
    slowShutdown[Symbol.dispose]();

    const quick = fakeHost();
    const quickShutdown = listenForShutdown({ log, host: quick.host, deadlineMs: 25_000 });
    quick.host.emit('SIGTERM', 'SIGTERM');
    quickShutdown[Symbol.dispose]();
    mock.timers.tick(30_000);
    assert.deepEqual(quick.exits, []);
    assert.equal(quick.host.listenerCount('SIGTERM'), 0);
  } finally {
    mock.timers.reset();
  }
});
