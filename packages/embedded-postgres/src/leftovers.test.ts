import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { seededRandom, temporaryDirectory, waitFor } from '@sluice/testing';
import { startEmbeddedPostgres } from './index.ts';
import { listProcesses } from './processes.ts';
import { ask } from './testing/ask.ts';
import { startSupervisor } from './testing/supervisor.ts';

async function isRunning(pid: number): Promise<boolean> {
  return (await listProcesses()).some((one) => one.pid === pid && one.command !== '');
}

describe('leftovers', () => {
  // One folder for all: what a test leaves is for the next to clear.
  let shared: Awaited<ReturnType<typeof temporaryDirectory>>;
  before(async () => {
    shared = await temporaryDirectory();
  });
  after(() => shared[Symbol.asyncDispose]());
  const start = () => startEmbeddedPostgres({ dataDirectory: shared.path, port: 0 });

  test('of a supervisor that was killed: its server is ended, and what was committed is there', async () => {
    const supervisor = await startSupervisor(shared.path);
    await ask(supervisor.url, 'create table if not exists kept as select 42 as a');
    supervisor.process.kill('SIGKILL');
    await supervisor.exited;
    assert.ok(await isRunning(supervisor.pid), 'the server outlives its supervisor');
    await using server = await start();
    assert.ok(!(await isRunning(supervisor.pid)));
    assert.equal(await ask(server.url, 'select a from kept'), 42);
  });

  test('of a Ctrl-C: it goes to the supervisor’s whole process group, and the server is not in that', async () => {
    const supervisor = await startSupervisor(shared.path);
    process.kill(-(supervisor.process.pid ?? 0), 'SIGINT');
    await supervisor.exited;
    assert.equal(await ask(supervisor.url, 'select 1'), 1);
  });

  test('of a server that was killed', async () => {
    const first = await start();
    await ask(first.url, 'create table if not exists kept as select 42 as a');
    process.kill(first.pid, 'SIGKILL');
    await using second = await start();
    assert.equal(await ask(second.url, 'select a from kept'), 42);
  });

  test('of a server that was killed while a backend of its was at work: that one is ended first', async () => {
    const first = await start();
    const busy = ask(first.url, 'select count(*) from generate_series(1, 1e12)');
    busy.catch(() => {});
    const backend = await waitFor('the backend', async () => {
      const pid = await ask(
        first.url,
        `select pid from pg_stat_activity where query like '%1e12%' and pid <> pg_backend_pid()`,
      );
      return typeof pid === 'number' && pid;
    });
    process.kill(first.pid, 'SIGKILL');
    await first.exited;
    assert.ok(await isRunning(backend));
    await using second = await start();
    assert.ok(!(await isRunning(backend)));
    assert.equal(await ask(second.url, 'select 1'), 1);
    await assert.rejects(busy);
  });

  test('of both killed at random moments, again and again', async (t) => {
    const random = seededRandom();
    t.diagnostic(`TEST_SEED=${random.seed}`);
    for (let round = 0; round < 5; round++) {
      const supervisor = await startSupervisor(shared.path);
      if (round === 0) await ask(supervisor.url, 'create table if not exists counted (round integer)');
      const writing = Promise.all(
        [0, 1].map(async () => {
          for (;;) await ask(supervisor.url, `insert into counted values (${round}) returning 0`);
        }),
      );
      writing.catch(() => {});
      const enough = random.below(5) + 1;
      await waitFor(
        'some rows',
        async () => Number(await ask(supervisor.url, `select count(*) from counted where round = ${round}`)) >= enough,
      );
      const order =
        random.below(2) === 0 ? [supervisor.pid, supervisor.process.pid] : [supervisor.process.pid, supervisor.pid];
      for (const pid of order) process.kill(pid ?? 0, 'SIGKILL');
      await assert.rejects(writing);
    }
    await using server = await start();
    assert.equal(await ask(server.url, 'select count(distinct round)::integer from counted'), 5);
  });

  test('of a killed server that nobody has reaped', async () => {
    const supervisor = await startSupervisor(shared.path);
    supervisor.process.kill('SIGSTOP');
    try {
      process.kill(supervisor.pid, 'SIGKILL');
      await waitFor('the zombie', async () => !(await isRunning(supervisor.pid)));
      assert.doesNotThrow(() => process.kill(supervisor.pid, 0), 'its number is still taken');
      await using server = await start();
      assert.equal(await ask(server.url, 'select 1'), 1);
    } finally {
      supervisor.process.kill('SIGKILL');
      await supervisor.exited;
    }
  });

  test('a pid file whose number belongs to another program by now', async () => {
    const first = await start();
    await first.stop();
    await writeFile(join(shared.path, 'cluster/postmaster.pid'), `${process.pid}\n`);
    await using second = await start();
    assert.equal(await ask(second.url, 'select 1'), 1);
  });

  test('a pid file whose number belongs to a PostgreSQL that is not ours is left alone', async () => {
    await using other = await temporaryDirectory();
    const first = await start();
    await first.stop();
    await using stranger = await startEmbeddedPostgres({ dataDirectory: other.path, port: 0 });
    await writeFile(join(shared.path, 'cluster/postmaster.pid'), `${stranger.pid}\n`);
    await assert.rejects(start(), {
      code: 'start-failed',
      message: /postmaster\.pid/,
    });
    assert.equal(await ask(stranger.url, 'select 1'), 1);
  });

  test('a server whose supervisor is alive is no leftover', async () => {
    const supervisor = await startSupervisor(shared.path);
    try {
      await assert.rejects(start(), {
        code: 'already-running',
        message: new RegExp(`process ${supervisor.pid}.*process ${supervisor.process.pid}`),
      });
      assert.equal(await ask(supervisor.url, 'select 1'), 1);
    } finally {
      supervisor.process.kill('SIGKILL');
      await supervisor.exited;
    }
    await using server = await start();
    await assert.rejects(start(), {
      code: 'already-running',
    });
    assert.equal(await ask(server.url, 'select 1'), 1);
  });

  test('of a first start that was killed half-way', async () => {
    await using directory = await temporaryDirectory();
    const script = new URL('./testing/serve.ts', import.meta.url).pathname;
    const child: ChildProcess = spawn(process.execPath, [script, directory.path], { stdio: 'ignore' });
    await waitFor('a draft', async () => (await readdir(directory.path)).length > 0, { intervalMs: 1 });
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
    assert.ok(!(await readdir(directory.path)).includes('cluster'));
    await using server = await startEmbeddedPostgres({ dataDirectory: directory.path, port: 0 });
    assert.equal(await ask(server.url, 'select 1'), 1);
    assert.deepEqual(await readdir(directory.path), ['cluster']);
  });
});
