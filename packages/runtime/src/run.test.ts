import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

const entry = JSON.stringify(pathToFileURL(`${import.meta.dirname}/index.ts`).href);
const core = JSON.stringify(import.meta.resolve('@sluice/core'));

/** A service whose `main` has the given body; it writes `up` and can be sent a signal then. */
async function runService(body: string, env: Record<string, string>, signal?: NodeJS.Signals) {
  const source = `
    import { SluiceError } from ${core};
    import { aborted, crashPoint, run, settings, wholeNumber } from ${entry};
    const config = settings({ port: wholeNumber('SERVER_PORT', { min: 0, max: 65535, fallback: 7080 }), crash: crashPoint });
    await run('probe', config, async ({ config, log, signal, metrics }) => { ${body} });
  `;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', source], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (signal) child.stdout.once('data', () => child.kill(signal));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  const lines = out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return { code: child.exitCode, killedBy: child.signalCode, lines, err };
}

test('settings with faults end the process with 78 before anything runs', async () => {
  const { code, lines, err } = await runService('log.info("up");', {
    SERVER_PORT: 'x',
    LOG_LEVEL: 'loud',
    CRASH_AT: 'here',
  });
  assert.equal(code, 78);
  assert.deepEqual(lines, []);
  assert.match(err, /^probe cannot start, its settings are wrong:\n {2}LOG_LEVEL must .*"loud"\n {2}SERVER_PORT must /);
  assert.match(err, /CRASH_AT must .*"here"/);
});

test('a signal drains and ends with 0; lines carry service, level and time', async () => {
  const { code, lines } = await runService(
    'log.info("up"); await aborted(signal); log.debug("drained");',
    { LOG_LEVEL: 'DEBUG' },
    'SIGTERM',
  );
  assert.equal(code, 0);
  assert.deepEqual(
    lines.map(({ msg }) => msg),
    ['up', 'shutting down: finishing what is in hand', 'drained', 'stopped'],
  );
  assert.equal(lines[0].service, 'probe');
  assert.equal(lines[0].level, 'info');
  assert.match(lines[0].time, /^\d{4}-.*Z$/);
});

test('an error of main, of a timer or of a promise ends with 1 and is logged whole', async () => {
  for (const body of [
    'throw new Error("broken");',
    'setImmediate(() => { throw new Error("broken"); }); await aborted(signal);',
    'void Promise.reject(new Error("broken")); await aborted(signal);',
    'await using open = { async [Symbol.asyncDispose]() { throw new Error("also"); } }; throw new Error("broken");',
  ]) {
    const { code, lines, err } = await runService(body, {});
    assert.equal(code, 1, body);
    assert.equal(lines.at(-1).level, 'fatal');
    assert.equal(lines.at(-1).msg, 'broken');
    assert.match(lines.at(-1).err.stack, /broken\n {4}at /);
    assert.equal(err, '');
  }
});

test('settings that a broker or store refuses end the process with 78, too', async () => {
  for (const [code, exitCode] of [
    ['unauthorized', 78],
    ['misconfigured', 78],
    ['log-mismatch', 1],
  ] as const) {
    const { code: seen, lines } = await runService(`throw new SluiceError("${code}", "no credentials");`, {});
    assert.deepEqual([seen, lines.at(-1).msg], [exitCode, 'no credentials']);
  }
});

test('a crash point kills at its n-th hit, without a word; others do nothing', async () => {
  const body = 'for (const n of [1, 2, 3]) { config.crash("other"); config.crash("here.now"); log.info("hit"); }';
  const killed = await runService(body, { CRASH_AT: 'here.now:3' });
  assert.equal(killed.killedBy, 'SIGKILL');
  assert.equal(killed.lines.length, 2);
  const unharmed = await runService(body, {});
  assert.equal(unharmed.code, 0);
});

test('the registry has the metrics of Node, labelled with the service', async () => {
  const { lines } = await runService('log.info(await metrics.metrics());', {});
  assert.match(lines[0].msg, /process_resident_memory_bytes\{service="probe"\} \d+/);
});
