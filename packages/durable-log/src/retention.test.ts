import assert from 'node:assert/strict';
import { type DurableLog, type FaultyFileSystem, faultyFileSystem, type LogEvent, type Retention } from './index.ts';
import { readAll, sampleBytes, sampleEntry } from './testing/samples.ts';
import { openLog, testStorages } from './testing/storages.ts';

const directory = '/data/log';

interface Fixture {
  readonly log: DurableLog;
  readonly fileSystem: FaultyFileSystem;
  readonly events: LogEvent[];
}

/** Twenty entries in five segments of four, at 1000, 1001, … ms. */
async function fill(retention: Retention = {}): Promise<Fixture> {
  const fileSystem = faultyFileSystem();
  const events: LogEvent[] = [];
  const onEvent = (event: LogEvent) => events.push(event);
  const log = await openLog({ directory, fileSystem, segmentBytes: 300, retention, onEvent });
  for (let seed = 0; seed < 20; seed += 1) await log.append(sampleEntry(seed));
  assert.equal(log.sizeBytes, 5 * 336);
  return { log, fileSystem, events };
}

testStorages('segments whose newest entry is too old are removed, never the one written to', async () => {
  const { log, fileSystem, events } = await fill({ maxAgeMs: 100 });
  await log.enforceRetention(1_103);
  assert.equal(log.startOffset, 0, 'an entry of exactly that age stays');
  await log.enforceRetention(1_104);
  assert.equal(log.startOffset, 4);
  assert.deepEqual(events, [{ kind: 'segment-removed', segment: '00000000000000000000.log', nextOffset: 4 }]);
  await log.enforceRetention(1e9);
  assert.deepEqual([log.startOffset, log.endOffset, log.sizeBytes], [16, 20, 336]);
  await log[Symbol.asyncDispose]();
  assert.deepEqual(await fileSystem.list(directory), ['00000000000000000016.log']);
});

testStorages('the oldest segments are removed while the rest is still large enough', async () => {
  const { log } = await fill({ maxBytes: 3 * 336 });
  await log.enforceRetention(0);
  assert.equal(log.startOffset, 8);
  log.setRetention({ maxBytes: 3 * 336 - 1 });
  await log.enforceRetention(0);
  assert.equal(log.startOffset, 8);
  log.setRetention({ maxBytes: 2 * 336 });
  await log.enforceRetention(0);
  assert.equal(log.startOffset, 12);
  log.setRetention({});
  await log.enforceRetention(1e12);
  assert.equal(log.startOffset, 12);
  await log[Symbol.asyncDispose]();
});

testStorages('trimming removes whole segments below the offset', async () => {
  const { log, fileSystem } = await fill();
  await log.trimBefore(3);
  assert.equal(log.startOffset, 0);
  await log.trimBefore(11);
  assert.equal(log.startOffset, 8);
  const payloads = (await readAll(log)).map(({ payload }) => payload);
  assert.deepEqual(
    payloads,
    Array.from({ length: 12 }, (_, index) => sampleBytes(index + 8, 40)),
  );
  await log[Symbol.asyncDispose]();
  await using again = await openLog({ directory, fileSystem });
  assert.deepEqual([again.startOffset, again.endOffset], [8, 20]);
});

testStorages('trimming everything leaves an empty log that goes on with the same offsets', async () => {
  const { log, fileSystem } = await fill();
  const late = log.append(sampleEntry(20));
  await log.trimBefore(1_000);
  await late;
  await log.trimBefore(1_000);
  assert.deepEqual([log.startOffset, log.endOffset], [21, 21]);
  await log[Symbol.asyncDispose]();
  await using again = await openLog({ directory, fileSystem });
  assert.deepEqual([again.startOffset, again.endOffset], [21, 21]);
  assert.equal(await again.append(sampleEntry(21)), 21);
  assert.deepEqual((await again.read(21, 1))[0]?.payload, sampleBytes(21, 40));
});

testStorages(
  'a reader of a segment that is removed meanwhile gets its entries or is told that they are gone',
  async () => {
    const { log, fileSystem } = await fill();
    await log[Symbol.asyncDispose]();
    await using again = await openLog({ directory, fileSystem });
    const outcomes: Promise<string>[] = [];
    const trimming = (async () => {
      for (let offset = 0; offset <= 20; offset += 4) await again.trimBefore(offset);
    })();
    while (again.startOffset < 20) {
      for (let offset = 0; offset < 20; offset += 3) {
        const outcome = again.read(offset, 1).then(
          ([entry]) => {
            assert.deepEqual(entry?.payload, sampleBytes(offset, 40));
            return 'read';
          },
          (error: { code: string }) => error.code,
        );
        outcomes.push(outcome);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    await trimming;
    assert.deepEqual(new Set(await Promise.all(outcomes)), new Set(['read', 'out-of-range']));
  },
);
