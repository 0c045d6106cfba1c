import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, chown, cp, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { temporaryDirectory } from '@sluice/testing';
import { findInstallation } from './binaries.ts';
import { startInstallation } from './embedded-postgres.ts';
import { startEmbeddedPostgres } from './index.ts';
import { copyForEveryone } from './installation-copy.ts';
import { canReach } from './reach.ts';
import { ask } from './testing/ask.ts';
import { startSupervisor } from './testing/supervisor.ts';

const isRoot = process.getuid?.() === 0;
const NOBODY = { uid: 65_534, gid: 65_534 };
const nobodyCanRunNode = isRoot && (await canReach(dirname(process.execPath), NOBODY));
const onlyRoot = { skip: !isRoot && 'only root can become another account' };
const withNobody = { skip: !nobodyCanRunNode && 'only root can become another account, and that one must reach node' };

const uidOf = async (pid: number): Promise<number> => (await stat(`/proc/${pid}`)).uid;

describe('accounts', () => {
  let shared: Awaited<ReturnType<typeof temporaryDirectory>>;
  before(async () => {
    shared = await temporaryDirectory();
  });
  after(() => shared[Symbol.asyncDispose]());

  test(
    'root runs the server as another, below a folder that only root may enter, with the data where it was asked for',
    onlyRoot,
    async () => {
      const dataDirectory = join(shared.path, 'data');
      assert.equal((await stat(shared.path)).mode & 0o777, 0o700);
      for (const start of ['first', 'second']) {
        await using server = await startEmbeddedPostgres({ dataDirectory, port: 0 });
        const uid = await uidOf(server.pid);
        assert.notEqual(uid, 0);
        assert.equal((await stat(join(dataDirectory, 'cluster'))).uid, uid);
        assert.ok((await readdir(join(dataDirectory, 'cluster'))).includes('PG_VERSION'));
        if (start === 'first') await ask(server.url, 'create table kept as select 42 as a');
        assert.equal(await ask(server.url, 'select a from kept'), 42);
      }
    },
  );

  test('data that has an owner is served as its owner', onlyRoot, async () => {
    const dataDirectory = join(shared.path, 'data');
    execFileSync('chown', ['-R', '12345:12345', join(dataDirectory, 'cluster')]);
    await using server = await startEmbeddedPostgres({ dataDirectory, port: 0 });
    assert.equal(await uidOf(server.pid), 12_345);
    assert.equal(await ask(server.url, 'select a from kept'), 42);
  });

  test(
    'binaries below a folder that only root may enter are copied to where everybody may read them',
    onlyRoot,
    async () => {
      const original = findInstallation();
      const hidden = { root: join(shared.path, 'native'), build: `18.0-test-${process.pid}` };
      await cp(original.root, hidden.root, { recursive: true, verbatimSymlinks: true });
      const copy = `/var/cache/sluice/postgres-${hidden.build}`;
      try {
        const options = { dataDirectory: join(shared.path, 'other'), port: 0 };
        await using server = await startInstallation(hidden, options);
        assert.equal(await ask(server.url, 'select 1'), 1);
        const { mode, uid } = await stat(copy);
        assert.deepEqual([mode & 0o777, uid], [0o755, 0]);
      } finally {
        await rm(copy, { recursive: true, force: true });
      }
    },
  );

  test('an ordinary user runs it as itself; root then serves that user’s data as that user', withNobody, async () => {
    const directory = await temporaryDirectory();
    await chown(directory.path, NOBODY.uid, NOBODY.gid);
    const dataDirectory = join(directory.path, 'data');
    try {
      for (const step of ['first', 'second']) {
        const supervisor = await startSupervisor(dataDirectory, NOBODY);
        assert.equal(await uidOf(supervisor.pid), NOBODY.uid);
        if (step === 'first') await ask(supervisor.url, 'create table kept as select 42 as a');
        supervisor.process.kill('SIGKILL');
        await supervisor.exited;
      }
      await using server = await startEmbeddedPostgres({ dataDirectory, port: 0 });
      assert.equal(await uidOf(server.pid), NOBODY.uid);
      assert.equal(await ask(server.url, 'select a from kept'), 42);
    } finally {
      await directory[Symbol.asyncDispose]();
    }
  });

  test('an ordinary user is told whose data it is', withNobody, async () => {
    await using directory = await temporaryDirectory();
    await chmod(directory.path, 0o755);
    await mkdir(join(directory.path, 'cluster'), { mode: 0o700 });
    await assert.rejects(
      startSupervisor(directory.path, NOBODY),
      /belongs to the account with uid 0.*SLUICE_DATA_DIR/s,
    );
  });

  test('an ordinary user is told where it may not write', withNobody, async () => {
    await using directory = await temporaryDirectory();
    await chmod(directory.path, 0o755);
    await assert.rejects(startSupervisor(join(directory.path, 'data'), NOBODY), /cannot be used.*EACCES/s);
  });
});

describe('copies of the binaries', () => {
  test('come whole, readable by all and writable by their owner alone, whoever asks and however many at once', async () => {
    await using directory = await temporaryDirectory();
    const root = join(directory.path, 'native');
    await mkdir(join(root, 'bin'), { recursive: true, mode: 0o700 });
    await mkdir(join(root, 'lib'), { mode: 0o700 });
    await writeFile(join(root, 'bin/postgres'), '#!', { mode: 0o700 });
    await writeFile(join(root, 'lib/libpq.so.5'), 'elf', { mode: 0o600 });
    await writeFile(join(root, 'lib/libpq.a'), 'for linkers', { mode: 0o600 });
    execFileSync('ln', ['-s', 'libpq.so.5', join(root, 'lib/libpq.so')]);
    const cache = join(directory.path, 'var/cache');
    const umask = process.umask(0o077);
    try {
      const copies = await Promise.all([1, 2, 3, 4].map(() => copyForEveryone({ root, build: '18' }, cache)));
      assert.equal(new Set(copies.map((copy) => copy.root)).size, 1);
    } finally {
      process.umask(umask);
    }
    assert.deepEqual(await readdir(cache), ['postgres-18']);
    const modes: Record<string, string> = {};
    for (const name of ['', 'bin', 'bin/postgres', 'lib', 'lib/libpq.so.5', 'lib/libpq.so']) {
      modes[name] = ((await stat(join(cache, 'postgres-18', name))).mode & 0o777).toString(8);
    }
    assert.deepEqual(modes, {
      '': '755',
      bin: '755',
      'bin/postgres': '755',
      lib: '755',
      'lib/libpq.so.5': '644',
      'lib/libpq.so': '644',
    });
    assert.ok(!(await readdir(join(cache, 'postgres-18/lib'))).includes('libpq.a'));
  });
});

describe('reach', () => {
  test('needs every folder on the way to be passable, and the last to be readable', async () => {
    await using directory = await temporaryDirectory();
    await chmod(directory.path, 0o711);
    const inner = join(directory.path, 'a/b');
    await mkdir(inner, { recursive: true });
    const { uid, gid } = await stat(inner);
    const stranger = { uid: uid + 1, gid: gid + 1 };
    const cases = [
      [0o755, 0o755, stranger, true],
      [0o711, 0o755, stranger, true],
      [0o755, 0o711, stranger, false],
      [0o700, 0o755, stranger, false],
      [0o755, 0o700, stranger, false],
      [0o750, 0o750, { uid: uid + 1, gid }, true],
      [0o705, 0o755, { uid: uid + 1, gid }, false],
      [0o700, 0o700, { uid, gid: gid + 1 }, true],
    ] as const;
    for (const [parentMode, mode, account, expected] of cases) {
      await chmod(join(directory.path, 'a'), parentMode);
      await chmod(inner, mode);
      assert.equal(await canReach(inner, account), expected, `${parentMode.toString(8)}/${mode.toString(8)}`);
    }
  });
});
