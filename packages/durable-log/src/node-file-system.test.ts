import assert from 'node:assert/strict';
import { appendFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@sluice/testing';
import { type LogEvent, nodeFileSystem, openLog } from './index.ts';
import { readAll, sampleBytes, sampleEntry } from './testing/samples.ts';

test('files are written, read, cut, renamed and removed as the port says', async () => {
  await using folder = await temporaryDirectory();
  const nested = join(folder.path, 'a', 'b');
  await nodeFileSystem.createDirectory(nested);
  await nodeFileSystem.createDirectory(nested);
  const path = join(nested, 'file');
  await assert.rejects(nodeFileSystem.open(path, { create: false }), { code: 'ENOENT' });
  for (const durable of [false, true]) {
    const file = await nodeFileSystem.open(path, { create: true, durable });
    await file.write([Buffer.from('one'), Buffer.alloc(0), Buffer.from('two')], 2);
    await file.write([], 0);
    await file.datasync();
    assert.equal(await file.size(), 8);
    const target = Buffer.alloc(10, '.');
    assert.equal(await file.read(target, 1), 7);
    assert.equal(target.toString('latin1'), '\0onetwo...');
    assert.equal(await file.read(target, 100), 0);
    await file.truncate(4);
    await file.close();
  }
  await nodeFileSystem.syncDirectory(nested);
  await nodeFileSystem.rename(path, `${path}2`);
  assert.deepEqual(await nodeFileSystem.list(nested), ['file2']);
  await nodeFileSystem.remove(`${path}2`);
  await nodeFileSystem.remove(`${path}2`);
  assert.deepEqual(await nodeFileSystem.list(nested), []);
  await nodeFileSystem.removeDirectory(join(folder.path, 'a'));
  await nodeFileSystem.removeDirectory(join(folder.path, 'a'));
  assert.deepEqual(await nodeFileSystem.list(folder.path), []);
});

test('more buffers than one system call takes are all written', async () => {
  await using folder = await temporaryDirectory();
  const file = await nodeFileSystem.open(join(folder.path, 'file'), { create: true });
  const buffers = Array.from({ length: 3_000 }, (_, seed) => sampleBytes(seed, 1 + (seed % 5)));
  await file.write(buffers, 0);
  await file.close();
  assert.deepEqual(await readFile(join(folder.path, 'file')), Buffer.concat(buffers));
});

test('a log on the real disk is there again after it was closed, and after a torn write', async () => {
  await using folder = await temporaryDirectory();
  const directory = join(folder.path, 'log');
  const events: LogEvent[] = [];
  const open = () => openLog({ directory, segmentBytes: 2_000, onEvent: (event) => events.push(event) });
  {
    await using log = await open();
    await Promise.all(Array.from({ length: 100 }, (_, seed) => log.append(sampleEntry(seed))));
    for (let seed = 100; seed < 200; seed += 1) await log.append(sampleEntry(seed));
  }
  const newest =
    (await readdir(directory))
      .filter((name) => name.endsWith('.log'))
      .sort()
      .at(-1) ?? '';
  await appendFile(join(directory, newest), 'torn');
  await using log = await open();
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['tail-truncated'],
  );
  assert.deepEqual(
    (await readAll(log)).map(({ payload }) => payload),
    Array.from({ length: 200 }, (_, seed) => sampleBytes(seed, 40)),
  );
});
