import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Choose, faultyFileSystem, type LogFile } from '../index.ts';

const path = '/data/file';
const nothing: Choose = () => 0;
const everything: Choose = (ways) => ways - 1;

async function created() {
  const fileSystem = faultyFileSystem();
  await fileSystem.createDirectory('/data');
  const file = await fileSystem.open(path, { create: true });
  return { fileSystem, file };
}

const write = (file: LogFile, text: string, position: number) => file.write([Buffer.from(text)], position);
const contents = (files: Map<string, Buffer>) => [...files].map(([name, bytes]) => `${name}=${bytes}`);

test('bytes are safe after a sync of the file, names after a sync of the folder, and not before', async () => {
  for (const [synced, named, expected] of [
    [false, false, []],
    [true, false, []],
    [false, true, ['/data/file=']],
    [true, true, ['/data/file=bytes']],
  ] as const) {
    const { fileSystem, file } = await created();
    await write(file, 'bytes', 0);
    if (synced) await file.datasync();
    if (named) await fileSystem.syncDirectory('/data');
    assert.deepEqual(contents(fileSystem.files()), ['/data/file=bytes']);
    assert.deepEqual(contents(fileSystem.crash(nothing).files()), expected);
  }
});

test('what is not synced may survive', async () => {
  const { fileSystem, file } = await created();
  await write(file, 'bytes', 0);
  assert.deepEqual(contents(fileSystem.crash(everything).files()), ['/data/file=bytes']);
});

test('an unsynced write may be cut anywhere, lose sectors, or leave zeros', async () => {
  const found = new Set<string>();
  for (let way = 0; way < 5; way += 1) {
    for (let detail = 0; detail < 4; detail += 1) {
      const { fileSystem, file } = await created();
      await fileSystem.syncDirectory('/data');
      await write(file, `${'a'.repeat(512)}${'b'.repeat(512)}`, 0);
      let call = 0;
      const survived = fileSystem.crash((ways) => {
        call += 1;
        if (call === 1) return way;
        return way === 1 ? detail * 256 : (detail >> (call - 2)) & (ways - 1);
      });
      const bytes = survived.files().get(path) ?? Buffer.alloc(0);
      found.add(
        `${bytes.length}:${bytes
          .toString('latin1')
          .replaceAll(/(.)\1+/gs, '$1')
          .replaceAll('\0', '0')}`,
      );
    }
  }
  const all = ['0:', '256:a', '512:a', '768:ab', '1024:0b', '1024:0', '1024:ab'];
  assert.deepEqual([...found].sort(), all.sort());
});

test('a rename or removal may be lost or kept until the folder is synced', async () => {
  for (const [choose, expected] of [
    [nothing, ['/data/file=x']],
    [everything, ['/data/other=x']],
  ] as const) {
    const { fileSystem, file } = await created();
    await write(file, 'x', 0);
    await file.datasync();
    await fileSystem.syncDirectory('/data');
    await fileSystem.rename(path, '/data/other');
    assert.deepEqual(contents(fileSystem.crash(choose).files()), expected);
  }
});

test('a folder that was removed may come back until its parent is synced', async () => {
  for (const [synced, expected] of [
    [false, ['/data/file=']],
    [true, []],
  ] as const) {
    const { fileSystem } = await created();
    await fileSystem.syncDirectory('/data');
    await fileSystem.removeDirectory('/data');
    assert.deepEqual(contents(fileSystem.files()), []);
    if (synced) await fileSystem.syncDirectory('/');
    assert.deepEqual(contents(fileSystem.crash(nothing).files()), expected);
  }
});

test('after a failed sync the next one succeeds for nothing', async () => {
  const { fileSystem, file } = await created();
  await fileSystem.syncDirectory('/data');
  await write(file, 'lost', 0);
  fileSystem.failSync();
  await assert.rejects(file.datasync(), { code: 'EIO' });
  await file.datasync();
  assert.deepEqual(contents(fileSystem.files()), ['/data/file=lost']);
  assert.deepEqual(contents(fileSystem.crash(nothing).files()), ['/data/file=']);
});

test('a full disk takes what fits', async () => {
  const { fileSystem, file } = await created();
  fileSystem.capacityBytes = 3;
  await assert.rejects(write(file, 'bytes', 0), { code: 'ENOSPC' });
  await write(file, 'BYT', 0);
  assert.deepEqual(contents(fileSystem.files()), ['/data/file=BYT']);
});

test('a process that died leaves what it wrote, still unsafe, and can do no more', async () => {
  const { fileSystem, file } = await created();
  await write(file, 'bytes', 0);
  const next = fileSystem.kill();
  await assert.rejects(write(file, 'more', 0), { code: 'ESTOPPED' });
  await assert.rejects(fileSystem.remove(path), { code: 'ESTOPPED' });
  assert.deepEqual(contents(next.files()), ['/data/file=bytes']);
  assert.deepEqual(contents(next.crash(nothing).files()), []);
});

test('two writes of one file at once are an error of whoever makes them', async () => {
  const { file } = await created();
  const writes = await Promise.allSettled([write(file, 'a', 0), write(file, 'b', 0)]);
  assert.deepEqual(
    writes.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
});
