import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { temporaryDirectory, waitFor } from '@sluice/testing';
import {
  EmbeddedPostgresError,
  type EmbeddedPostgresErrorCode,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './index.ts';
import { ask } from './testing/ask.ts';

const isRefused =
  (code: EmbeddedPostgresErrorCode, words: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof EmbeddedPostgresError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, words);
    return true;
  };

const outside = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === 'IPv4' && !address.internal)?.address;

describe('embedded PostgreSQL', () => {
  // Making a cluster takes far longer than starting it, so most share one.
  let shared: Awaited<ReturnType<typeof temporaryDirectory>>;
  before(async () => {
    shared = await temporaryDirectory();
  });
  after(() => shared[Symbol.asyncDispose]());
  const start = (options: Partial<EmbeddedPostgresOptions> = {}) =>
    startEmbeddedPostgres({ dataDirectory: join(shared.path, 'made/on the way'), port: 0, ...options });

  test('is durable, in UTC and UTF-8, and sorts by code point', async () => {
    await using server = await start();
    for (const [setting, value] of Object.entries({
      fsync: 'on',
      synchronous_commit: 'on',
      full_page_writes: 'on',
      TimeZone: 'UTC',
      server_encoding: 'UTF8',
      unix_socket_directories: '',
      listen_addresses: '127.0.0.1',
      password_encryption: 'scram-sha-256',
    })) {
      assert.equal(await ask(server.url, `show "${setting}"`), value, setting);
    }
    assert.equal(await ask(server.url, 'select current_user || current_database()'), 'sluicesluice');
    assert.equal(
      await ask(server.url, `select string_agg(c, '' order by c) from unnest('{a,B,ä,Z}'::text[]) c`),
      'BZaä',
    );
  });

  test('asks for the password, and listens on loopback alone', async () => {
    await using server = await start();
    await assert.rejects(ask(server.url.replace(':sluice@', ':wrong@'), 'select 1'), { code: '28P01' });
    if (outside === undefined) return;
    await assert.rejects(ask(server.url.replace('127.0.0.1', outside), 'select 1'), { code: 'ECONNREFUSED' });
  });

  test('lets nobody in from elsewhere even where it is told to listen there', { skip: !outside }, async () => {
    await using server = await start({ host: outside ?? '' });
    await assert.rejects(ask(server.url, 'select 1'), { code: '28000' });
  });

  test('keeps its data over a restart, and is empty where the folder was removed', async () => {
    await using directory = await temporaryDirectory();
    const dataDirectory = join(directory.path, 'data');
    const first = await start({ dataDirectory });
    await ask(first.url, 'create table kept as select 42 as a');
    await first.stop();
    assert.deepEqual(await first.exited, { code: 0, signal: null });
    {
      await using second = await start({ dataDirectory });
      assert.equal(await ask(second.url, 'select a from kept'), 42);
    }
    await rm(dataDirectory, { recursive: true });
    await using third = await start({ dataDirectory });
    assert.equal(await ask(third.url, `select to_regclass('kept')`), null);
  });

  test('stops with clients connected, once, however often it is asked', async () => {
    const server = await start();
    const sleeping = ask(server.url, 'select pg_sleep(60)');
    sleeping.catch(() => {});
    await waitFor('the sleep', async () =>
      ask(server.url, `select true from pg_stat_activity where wait_event = 'PgSleep'`),
    );
    await Promise.all([server.stop(), server.stop(), server[Symbol.asyncDispose]()]);
    await assert.rejects(sleeping, { code: '57P01' });
    await server.stop();
    assert.throws(() => process.kill(server.pid, 0), { code: 'ESRCH' });
  });

  test('says so when it ends by itself', async () => {
    const lines: string[] = [];
    const server = await start({ log: (line) => lines.push(line) });
    process.kill(server.pid, 'SIGKILL');
    assert.deepEqual(await server.exited, { code: null, signal: 'SIGKILL' });
    await server.stop();
    assert.ok(lines.some((line) => line.includes('ready to accept connections')));
  });

  test('a port that is taken is told, and nothing is left running', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as AddressInfo;
    await assert.rejects(start({ port }), isRefused('port-taken', new RegExp(`127\\.0\\.0\\.1:${port}`)));
    await new Promise((resolve) => holder.close(resolve));
    await using server = await start({ port });
    assert.equal(server.port, port);
  });

  test('a start can be aborted at any time, and leaves nothing behind', async () => {
    await using directory = await temporaryDirectory();
    const dataDirectory = join(directory.path, 'data');
    for (const [name, moment] of [
      ['at once', () => true],
      ['while initdb runs', async () => (await readdir(dataDirectory)).some((name) => name.startsWith('cluster.new-'))],
    ] as const) {
      const aborter = new AbortController();
      const starting = start({ dataDirectory, signal: aborter.signal });
      starting.catch(() => {});
      await waitFor(name, moment, { intervalMs: 1 });
      aborter.abort();
      await assert.rejects(starting, isRefused('aborted', /aborted/));
      assert.deepEqual(await readdir(dataDirectory), [], name);
    }
    // Where there is a cluster the server itself is started, and ended again.
    await assert.rejects(start({ signal: AbortSignal.abort() }), isRefused('aborted', /aborted/));
    await using server = await start();
    assert.equal(await ask(server.url, 'select 1'), 1);
  });

  test('a folder that holds something else is refused and left alone', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'letter.txt'), 'dear');
    await assert.rejects(
      startEmbeddedPostgres({ dataDirectory: directory.path, port: 0 }),
      isRefused('data-unusable', /letter\.txt.*SLUICE_DATA_DIR/),
    );
    assert.deepEqual(await readdir(directory.path), ['letter.txt']);
  });

  test('data of another major version is refused and left alone', async () => {
    await using directory = await temporaryDirectory();
    await mkdir(join(directory.path, 'cluster'));
    await writeFile(join(directory.path, 'cluster/PG_VERSION'), '17\n');
    await assert.rejects(
      startEmbeddedPostgres({ dataDirectory: directory.path, port: 0 }),
      isRefused('data-unusable', /PostgreSQL 17.*PostgreSQL 18/),
    );
    assert.deepEqual(await readdir(join(directory.path, 'cluster')), ['PG_VERSION']);
  });

  test('a path that is no folder is refused', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'file');
    await writeFile(path, '');
    await assert.rejects(
      startEmbeddedPostgres({ dataDirectory: path, port: 0 }),
      isRefused('data-unusable', /cannot be used/),
    );
  });

  test('nothing it makes can be written by everybody, and no folder above changes', async () => {
    await chmod(shared.path, 0o700);
    await using server = await start();
    assert.equal(await ask(server.url, 'select 1'), 1);
    assert.equal((await stat(shared.path)).mode & 0o777, 0o700);
    const names = await readdir(shared.path, { recursive: true });
    assert.ok(names.length > 500);
    for (const name of names) {
      const { mode } = await stat(join(shared.path, name)).catch(() => ({ mode: 0 }));
      assert.equal(mode & 0o002, 0, name);
      if (name.endsWith('/cluster')) assert.equal(mode & 0o777, 0o700);
    }
  });

  test('is reached by IPv6 as well', {
    skip: !networkInterfaces().lo?.some(({ family }) => family === 'IPv6'),
  }, async () => {
    await using server = await start({ host: '::1' });
    assert.equal(await ask(server.url, 'select 1'), 1);
  });
});
