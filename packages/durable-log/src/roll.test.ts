import assert from 'node:assert/strict';
import { seededRandom } from '@sluice/testing';
import { type Choose, type DurableLog, type FaultyFileSystem, faultyFileSystem } from './index.ts';
import { readAll, sampleBytes, sampleEntry } from './testing/samples.ts';
import { openLog, testStorages } from './testing/storages.ts';

const directory = '/data/log';
const ENTRIES = 8;

/** Appends over four segments and removes the first two, until the machine stops. @returns how many were acknowledged. */
async function run(fileSystem: FaultyFileSystem): Promise<number> {
  let acknowledged = 0;
  let log: DurableLog;
  try {
    log = await openLog({ directory, fileSystem, segmentBytes: 100 });
  } catch {
    return 0;
  }
  try {
    for (; acknowledged < ENTRIES; acknowledged += 1) await log.append(sampleEntry(acknowledged));
    await log.trimBefore(4);
    await log[Symbol.asyncDispose]();
  } catch {
    await Promise.resolve(log[Symbol.asyncDispose]()).catch(() => undefined);
  }
  return acknowledged;
}

function choices(): Choose[] {
  const random = Array.from({ length: 12 }, (_, seed) => seededRandom(seed));
  return [
    () => 0,
    (ways) => ways - 1,
    ...random.map(
      (source): Choose =>
        (ways) =>
          source.below(ways),
    ),
  ];
}

testStorages(
  'a power failure at any operation of rolling, indexing and removing loses nothing acknowledged',
  async () => {
    const whole = faultyFileSystem();
    assert.equal(await run(whole), ENTRIES);
    const total = whole.operations.length;
    assert.ok(total > 40, `${total} operations`);
    for (let stop = 0; stop <= total; stop += 1) {
      for (const choose of choices()) {
        const fileSystem = faultyFileSystem();
        fileSystem.stopAt(stop);
        const acknowledged = await run(fileSystem);
        const survived = fileSystem.crash(choose);
        await using log = await openLog({ directory, fileSystem: survived, segmentBytes: 100 });
        const place = `stopped before operation ${stop}, ${JSON.stringify(fileSystem.operations.at(-1))}`;
        assert.ok(log.startOffset <= 4 && log.endOffset >= acknowledged, place);
        assert.ok(log.endOffset <= Math.min(ENTRIES, acknowledged + 1), place);
        const expected = Array.from({ length: log.endOffset - log.startOffset }, (_, index) =>
          sampleBytes(index + log.startOffset, 40),
        );
        assert.deepEqual(
          (await readAll(log)).map(({ payload }) => payload),
          expected,
          place,
        );
        assert.equal(await log.append(sampleEntry(99)), log.endOffset - 1);
      }
    }
  },
);

testStorages(
  'what is seen after a process was killed at any operation is safe, and so is what is appended then',
  async () => {
    const whole = faultyFileSystem();
    await run(whole);
    for (let stop = 0; stop <= whole.operations.length; stop += 1) {
      const killed = faultyFileSystem();
      killed.stopAt(stop);
      await run(killed);
      const next = killed.kill();
      const log = await openLog({ directory, fileSystem: next, segmentBytes: 100 });
      await log.append(sampleEntry(99));
      const seen = { startOffset: log.startOffset, entries: await readAll(log) };
      await using again = await openLog({ directory, fileSystem: next.crash(() => 0) });
      assert.deepEqual(
        { startOffset: again.startOffset, entries: await readAll(again) },
        seen,
        `killed before ${stop}`,
      );
    }
  },
);

testStorages('what is seen after a process was killed is safe, even if nothing is appended', async (storage) => {
  const killed = faultyFileSystem();
  // Before the sync of the first entry.
  killed.stopAt(storage === 'a journal' ? 13 : 6);
  await run(killed);
  assert.deepEqual(killed.operations.at(-1)?.kind, 'write');
  const next = killed.kill();
  const log = await openLog({ directory, fileSystem: next });
  assert.equal(log.endOffset, 1);
  await using again = await openLog({ directory, fileSystem: next.crash(() => 0) });
  assert.equal(again.endOffset, 1);
});

testStorages('a new segment that was never used is removed, whatever there is of its header', async () => {
  const whole = faultyFileSystem();
  {
    await using log = await openLog({ directory, fileSystem: whole, segmentBytes: 1e6 });
    for (let seed = 0; seed < 3; seed += 1) await log.append(sampleEntry(seed));
  }
  const unused = `${directory}/00000000000000000003.log`;
  for (let length = 0; length < 32; length += 1) {
    const fileSystem = faultyFileSystem(whole.files());
    const file = await fileSystem.open(unused, { create: true });
    await file.write([sampleBytes(length, length), Buffer.alloc(length % 3)], 0);
    await file.close();
    await using log = await openLog({ directory, fileSystem });
    assert.equal(log.endOffset, 3);
    assert.equal(fileSystem.files().has(unused), false);
    assert.equal(await log.append(sampleEntry(3)), 3);
  }
});

testStorages('an only segment without a header keeps the place in the offsets', async () => {
  const fileSystem = faultyFileSystem([[`${directory}/00000000000000000042.log`, Buffer.alloc(10)]]);
  await using log = await openLog({ directory, fileSystem });
  assert.deepEqual([log.startOffset, log.nextOffset], [42, 42]);
  assert.equal(await log.append(sampleEntry(1)), 42);
});
