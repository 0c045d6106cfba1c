import assert from 'node:assert/strict';
import { type FaultyFileSystem, faultyFileSystem } from './index.ts';
import { readAll, sampleBytes, sampleEntry } from './testing/samples.ts';
import { openLog, testStorages } from './testing/storages.ts';

const directory = '/data/log';
/** No test here comes to the end of a journal file. */
const checkpointBytes = 64 * 1024 * 1024;

const logWrites = ({ operations }: FaultyFileSystem) =>
  operations.filter(({ kind, path }) => kind === 'write' && path.endsWith('.log')).length;

testStorages(
  'appends that wait together share a write and a sync',
  async () => {
    const fileSystem = faultyFileSystem();
    await using log = await openLog({ directory, fileSystem });
    const before = fileSystem.count('sync');
    await Promise.all(Array.from({ length: 100 }, (_, seed) => log.append(sampleEntry(seed))));
    assert.equal(fileSystem.count('sync') - before, 1);
    const writers = Array.from({ length: 32 }, async (_, writer) => {
      for (let round = 0; round < 10; round += 1) await log.append(sampleEntry(writer));
    });
    await Promise.all(writers);
    const syncs = fileSystem.count('sync') - before;
    assert.ok(syncs <= 30, `${syncs} syncs for 420 appends`);
    assert.equal(log.endOffset, 420);
  },
  { checkpointBytes },
);

testStorages(
  'an append is not held back for company',
  async () => {
    const fileSystem = faultyFileSystem();
    await using log = await openLog({ directory, fileSystem });
    for (let seed = 0; seed < 3; seed += 1) {
      const before = logWrites(fileSystem);
      await log.append(sampleEntry(seed));
      assert.equal(logWrites(fileSystem) - before, 1);
    }
  },
  { checkpointBytes },
);

testStorages(
  'a group ends where it would grow too large, but an entry is never split',
  async () => {
    const fileSystem = faultyFileSystem();
    await using log = await openLog({ directory, fileSystem, maxGroupBytes: 200 });
    const before = logWrites(fileSystem);
    const sizes = [40, 40, 500, 10, 10, 10, 10, 10, 10];
    await Promise.all(sizes.map((size, seed) => log.append(sampleEntry(seed, size))));
    assert.equal(logWrites(fileSystem) - before, 4);
    assert.deepEqual(
      (await readAll(log)).map(({ payload }) => payload),
      sizes.map((size, seed) => sampleBytes(seed, size)),
    );
  },
  { checkpointBytes },
);

testStorages(
  'nothing is acknowledged or shown before it is safe',
  async () => {
    const fileSystem = faultyFileSystem();
    await using log = await openLog({ directory, fileSystem, segmentBytes: 500 });
    for (let seed = 0; seed < 30; seed += 1) {
      const synced = fileSystem.count('sync');
      const stop = log.onDurable(() => assert.ok(fileSystem.count('sync') > synced));
      const append = log.append(sampleEntry(seed)).then((offset) => {
        assert.equal(log.endOffset, offset + 1);
        assert.ok(fileSystem.count('sync') > synced);
      });
      assert.equal(log.endOffset, seed);
      await append;
      stop();
    }
  },
  { checkpointBytes },
);
