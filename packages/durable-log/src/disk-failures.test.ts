import assert from 'node:assert/strict';
import { seededRandom, waitFor } from '@sluice/testing';
import { type DurableLog, type FaultyFileSystem, faultyFileSystem, LogError, type LogErrorCode } from './index.ts';
import { readAll, sampleBytes, sampleEntry } from './testing/samples.ts';
import { openLog, testStorages } from './testing/storages.ts';

const directory = '/data/log';
const first = `${directory}/00000000000000000000.log`;

const open = (fileSystem: FaultyFileSystem, segmentBytes = 1e6): Promise<DurableLog> =>
  openLog({ directory, fileSystem, segmentBytes });

async function refusal(append: Promise<unknown>): Promise<LogErrorCode> {
  const error = await append.then(
    () => assert.fail('the append was acknowledged'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof LogError, String(error));
  return error.code;
}

async function assertHolds(log: DurableLog, seeds: readonly number[]): Promise<void> {
  const payloads = (await readAll(log)).map(({ payload }) => payload);
  assert.deepEqual(
    payloads,
    seeds.map((seed) => sampleBytes(seed, 40)),
  );
}

function usedBytes(fileSystem: FaultyFileSystem): number {
  return [...fileSystem.files().values()].reduce((sum, { length }) => sum + length, 0);
}

testStorages(
  'a full disk, at whatever byte: nothing is acknowledged or kept, offsets are given back, later appends work',
  async () => {
    const groupBytes = 3 * 76;
    for (let space = 0; space < groupBytes; space += 5) {
      const fileSystem = faultyFileSystem();
      const log = await open(fileSystem);
      await log.append(sampleEntry(0));
      await log[Symbol.asyncDispose]();
      await using again = await open(fileSystem);
      fileSystem.capacityBytes = usedBytes(fileSystem) + space;
      const appends = [1, 2, 3].map((seed) => refusal(again.append(sampleEntry(seed))));
      assert.equal(again.nextOffset, 4);
      assert.deepEqual(await Promise.all(appends), ['no-space', 'no-space', 'no-space']);
      assert.deepEqual([again.endOffset, again.nextOffset], [1, 1]);
      assert.equal(fileSystem.files().get(first)?.length, 32 + 76, 'the part that was written is cut off');
      fileSystem.capacityBytes = 1e9;
      assert.equal(await again.append(sampleEntry(4)), 1);
      await assertHolds(again, [0, 4]);
      for (const choose of [() => 0, (ways: number) => ways - 1]) {
        const copy = faultyFileSystem(fileSystem.files()).crash(choose);
        await using recovered = await open(copy);
        await assertHolds(recovered, [0, 4]);
      }
    }
  },
);

testStorages(
  'what was refused for want of space never turns up behind a shorter append, even after a power failure',
  async () => {
    const fileSystem = faultyFileSystem();
    const log = await open(fileSystem);
    fileSystem.capacityBytes = usedBytes(fileSystem) + 4 * 76 - 10;
    const refused = [1, 2, 3, 4].map((seed) => refusal(log.append(sampleEntry(seed))));
    assert.deepEqual(new Set(await Promise.all(refused)), new Set(['no-space']));
    fileSystem.capacityBytes = 1e9;
    await log.append(sampleEntry(9));
    await using recovered = await open(fileSystem.crash(() => 0));
    await assertHolds(recovered, [9]);
  },
);

testStorages('room that was written ahead is only a wish: without it an append that fits succeeds', async () => {
  const fileSystem = faultyFileSystem();
  await using log = await open(fileSystem);
  fileSystem.capacityBytes = usedBytes(fileSystem) + 76;
  assert.equal(await log.append(sampleEntry(1)), 0);
  assert.equal(await refusal(log.append(sampleEntry(2))), 'no-space');
  await assertHolds(log, [1]);
});

testStorages('a part that cannot be cut off again breaks the log', async () => {
  const fileSystem = faultyFileSystem();
  await using log = await open(fileSystem);
  await log.append(sampleEntry(0));
  fileSystem.capacityBytes = 0;
  fileSystem.failSync();
  assert.equal(await refusal(log.append(sampleEntry(1, 500))), 'broken');
  fileSystem.capacityBytes = 1e9;
  assert.equal(await refusal(log.append(sampleEntry(2))), 'broken');
});

testStorages('a failed sync breaks the log for good, and no second sync is trusted', async () => {
  const fileSystem = faultyFileSystem();
  const log = await open(fileSystem);
  await log.append(sampleEntry(0));
  fileSystem.failSync();
  const appends = [1, 2].map((seed) => log.append(sampleEntry(seed)));
  const queued = new Promise<LogErrorCode>((resolve) => {
    setImmediate(() => setImmediate(() => resolve(refusal(log.append(sampleEntry(3))))));
  });
  assert.deepEqual(await Promise.all([...appends.map(refusal), queued]), ['broken', 'broken', 'broken']);
  const operations = fileSystem.operations.length;
  assert.equal(await refusal(log.append(sampleEntry(4))), 'broken');
  await assert.rejects(log.trimBefore(1), { code: 'broken' });
  await assert.rejects(log.enforceRetention(0), { code: 'broken' });
  assert.equal(fileSystem.operations.length, operations);
  await assertHolds(log, [0]);
  assert.deepEqual([log.endOffset, log.nextOffset], [1, 1]);
  await log[Symbol.asyncDispose]();
  assert.equal(fileSystem.openFiles, 0);
  await using recovered = await open(fileSystem.crash(() => 0));
  await assertHolds(recovered, [0]);
  assert.equal(await recovered.append(sampleEntry(5)), 1);
});

for (const shortage of ['descriptors', 'descriptors for the folder'] as const) {
  testStorages(
    `without ${shortage} for a new segment the old one grows on, and the next append tries again`,
    async (storage) => {
      const others = storage === 'a journal' ? 1 : 0;
      for (let seed = 0; seed < 20; seed += 1) {
        const fileSystem = faultyFileSystem();
        await using log = await open(fileSystem, 100);
        await log.append(sampleEntry(0));
        await log.append(sampleEntry(1));
        // One file for each segment, as soon as the index is written.
        await waitFor('the index', () => fileSystem.openFiles === others + 2, { intervalMs: 1 });
        fileSystem.maxOpenFiles = others + (shortage === 'descriptors' ? 2 : 3);
        await log.append(sampleEntry(2));
        await log.append(sampleEntry(3));
        assert.equal(logFiles(fileSystem), 2);
        fileSystem.maxOpenFiles = 100;
        if (seed % 2 === 0) {
          await log.append(sampleEntry(4));
          assert.equal(logFiles(fileSystem), 3);
        }
        const random = seededRandom(seed);
        await using recovered = await open(fileSystem.crash((ways) => random.below(ways)));
        await assertHolds(recovered, seed % 2 === 0 ? [0, 1, 2, 3, 4] : [0, 1, 2, 3]);
      }
    },
  );
}

const logFiles = (fileSystem: FaultyFileSystem) =>
  [...fileSystem.files().keys()].filter((path) => path.endsWith('.log')).length;

testStorages('trimming without a descriptor says so, and works later', async () => {
  const fileSystem = faultyFileSystem();
  await using log = await open(fileSystem);
  await log.append(sampleEntry(0));
  fileSystem.maxOpenFiles = 0;
  await assert.rejects(log.trimBefore(1), { code: 'no-space' });
  fileSystem.maxOpenFiles = 100;
  await log.trimBefore(1);
  assert.deepEqual([log.startOffset, log.endOffset], [1, 1]);
  assert.equal(await log.append(sampleEntry(1)), 1);
});

testStorages('a folder that cannot be synced breaks the log: at the next removal there could be a hole', async () => {
  const fileSystem = faultyFileSystem();
  {
    await using log = await open(fileSystem, 100);
    for (let seed = 0; seed < 7; seed += 1) await log.append(sampleEntry(seed));
  }
  await using log = await open(fileSystem, 100);
  fileSystem.failSync();
  await assert.rejects(log.trimBefore(6), { code: 'broken' });
  await assert.rejects(log.trimBefore(6), { code: 'broken' });
  assert.equal(await refusal(log.append(sampleEntry(7))), 'broken');
  await assert.rejects(log.read(0, 1), { code: 'out-of-range' });
  await using recovered = await open(fileSystem.crash(() => 0));
  await assertHolds(recovered, [0, 1, 2, 3, 4, 5, 6]);
});

testStorages('a read without a descriptor says so, and works later', async () => {
  const fileSystem = faultyFileSystem();
  {
    await using log = await open(fileSystem, 100);
    for (let seed = 0; seed < 7; seed += 1) await log.append(sampleEntry(seed));
  }
  await using log = await open(fileSystem, 100);
  fileSystem.maxOpenFiles = 0;
  await assert.rejects(log.read(0, 1), { code: 'no-space' });
  fileSystem.maxOpenFiles = 100;
  await assertHolds(log, [0, 1, 2, 3, 4, 5, 6]);
});

testStorages('a full disk is no reason not to open a log', async () => {
  const fileSystem = faultyFileSystem();
  {
    await using log = await open(fileSystem, 100);
    for (let seed = 0; seed < 7; seed += 1) await log.append(sampleEntry(seed));
  }
  for (const path of fileSystem.files().keys()) if (path.endsWith('.index')) await fileSystem.remove(path);
  fileSystem.capacityBytes = 0;
  await using log = await open(fileSystem, 100);
  await assertHolds(log, [0, 1, 2, 3, 4, 5, 6]);
});
