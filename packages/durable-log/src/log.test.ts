import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DurableLog, FaultyFileSystem, faultyFileSystem, type LogOptions, openLog } from './index.ts';
import { readAll, sampleBytes, sampleEntry } from './testing/samples.ts';

const directory = '/data/log';

function open(fileSystem = faultyFileSystem(), options: Partial<LogOptions> = {}): Promise<DurableLog> {
  return openLog({ directory, fileSystem, ...options });
}

async function openAndFill(entries: number, options: Partial<LogOptions> = {}): Promise<DurableLog> {
  const log = await open(options.fileSystem instanceof FaultyFileSystem ? options.fileSystem : undefined, options);
  for (let seed = 0; seed < entries; seed += 1) await log.append(sampleEntry(seed));
  return log;
}

const code = (expected: string) => (error: unknown) => {
  assert.equal(error instanceof Error && 'code' in error ? error.code : error, expected);
  return true;
};

test('offsets are given out at once, in the order of the calls, and move by the count', async () => {
  await using log = await open();
  const appends = [3, 1, 5].map((count) => {
    const next = log.nextOffset;
    return { next, done: log.append({ count, timestampMs: 0, payload: [sampleBytes(count, 10)] }) };
  });
  assert.deepEqual([log.endOffset, log.nextOffset], [0, 9]);
  for (const { next, done } of appends) assert.equal(await done, next);
  assert.deepEqual([log.startOffset, log.endOffset, log.nextOffset], [0, 9, 9]);
});

test('entries come back with their bytes, whichever offset inside them is asked for', async () => {
  for (const reopened of [false, true]) {
    const fileSystem = faultyFileSystem();
    let log = await open(fileSystem);
    await log.append({ count: 3, timestampMs: 7, payload: [Buffer.from('one '), Buffer.from('two')] });
    await log.append({ count: 1, timestampMs: 8.5, payload: [] });
    if (reopened) {
      await log[Symbol.asyncDispose]();
      log = await open(fileSystem);
    }
    for (const offset of [0, 1, 2]) {
      const entries = await log.read(offset, 1_000);
      assert.deepEqual(entries, [
        { offset: 0, count: 3, timestampMs: 7, payload: Buffer.from('one two') },
        { offset: 3, count: 1, timestampMs: 8.5, payload: Buffer.alloc(0) },
      ]);
    }
    await log[Symbol.asyncDispose]();
  }
});

test('a read returns at least one entry, and no more than fit', async () => {
  for (const reopened of [false, true]) {
    const fileSystem = faultyFileSystem();
    let log = await openAndFill(10, { fileSystem });
    if (reopened) {
      await log[Symbol.asyncDispose]();
      log = await open(fileSystem);
    }
    const sizes = await Promise.all(
      [0, 39, 40, 79, 80, 120, 1e9].map(async (maxBytes) => (await log.read(2, maxBytes)).length),
    );
    assert.deepEqual(sizes, [1, 1, 1, 1, 2, 3, 8]);
    assert.deepEqual(await log.read(10, 100), []);
    await log[Symbol.asyncDispose]();
  }
});

test('entries are read from any place of a long segment', async () => {
  const fileSystem = faultyFileSystem();
  {
    await using log = await open(fileSystem);
    await Promise.all(Array.from({ length: 3_000 }, (_, seed) => log.append(sampleEntry(seed, 50 + (seed % 100)))));
    await log.append(sampleEntry(3_000, 200_000));
    await log.append(sampleEntry(3_001, 10));
  }
  await using log = await open(fileSystem);
  for (let offset = 0; offset < 3_000; offset += 61) {
    const [entry] = await log.read(offset, 500);
    assert.deepEqual(entry, {
      offset,
      count: 1,
      timestampMs: 1_000 + offset,
      payload: sampleBytes(offset, 50 + (offset % 100)),
    });
  }
  assert.deepEqual((await log.read(3_000, 1))[0]?.payload, sampleBytes(3_000, 200_000));
  assert.deepEqual((await log.read(3_001, 1))[0]?.payload, sampleBytes(3_001, 10));
  assert.equal((await log.findByTimestamp(1_000 + 2_345))?.offset, 2_345);
  assert.equal((await log.findByTimestamp(4_001))?.offset, 3_001);
});

test('the tail is read from memory', async () => {
  const fileSystem = faultyFileSystem();
  await using log = await open(fileSystem);
  for (let seed = 0; seed < 20; seed += 1) {
    await log.append(sampleEntry(seed));
    fileSystem.maxOpenFiles = 0;
    const [entry, ...others] = await log.read(seed, 1_000);
    assert.deepEqual([entry?.payload, others], [sampleBytes(seed, 40), []]);
    fileSystem.maxOpenFiles = 100;
  }
  fileSystem.stopAt(0);
  assert.equal((await log.read(3, 1e6)).length, 17);
});

test('what is not in the log is out of range', async () => {
  await using log = await openAndFill(20, { segmentBytes: 200 });
  await log.trimBefore(10);
  assert.ok(log.startOffset > 0 && log.startOffset <= 10);
  for (const offset of [-1, log.startOffset - 1, 21, Number.NaN]) {
    await assert.rejects(log.read(offset, 10), code('out-of-range'));
  }
  assert.equal((await log.read(log.startOffset, 10)).length, 1);
});

test('an entry that cannot be stored is refused with the rule and the value', async () => {
  await using log = await open();
  const payload = [Buffer.from('x')];
  await assert.rejects(log.append({ count: 0, timestampMs: 0, payload }), /count must be .* got 0/);
  await assert.rejects(log.append({ count: 1.5, timestampMs: 0, payload }), /count must be .* got 1.5/);
  await assert.rejects(log.append({ count: 1, timestampMs: Number.NaN, payload }), /timestampMs must be .* got NaN/);
  await assert.rejects(open(faultyFileSystem(), { segmentBytes: 0 }), /segmentBytes must be .* got 0/);
  assert.equal(log.nextOffset, 0);
  assert.equal(await log.append(sampleEntry(1)), 0);
});

test('a segment is sealed once it has grown past its size, and all is read across segments', async () => {
  const fileSystem = faultyFileSystem();
  const segmentBytes = 300;
  for (let log = await openAndFill(50, { fileSystem, segmentBytes }), reopened = false; ; reopened = true) {
    const names = (await fileSystem.list(directory)).filter((name) => name.endsWith('.log')).sort();
    assert.deepEqual([names.length, names[1]], [13, '00000000000000000004.log']);
    const payloads = (await readAll(log)).map(({ payload }) => payload);
    assert.deepEqual(
      payloads,
      Array.from({ length: 50 }, (_, seed) => sampleBytes(seed, 40)),
    );
    assert.equal(log.sizeBytes, 13 * 32 + 50 * 76);
    await log[Symbol.asyncDispose]();
    if (reopened) break;
    log = await open(fileSystem, { segmentBytes });
  }
});

test('the first entry at or after a time is found, also where times go back', async () => {
  await using log = await open(faultyFileSystem(), { segmentBytes: 300 });
  const times = [5, 3, 9, 1, 9, 20, 4, 4, 30, 2, 2, 2, 2, 2, 40];
  for (const timestampMs of times) await log.append({ ...sampleEntry(1), timestampMs });
  for (let time = 0; time <= 41; time += 1) {
    const expected = times.findIndex((timestampMs) => timestampMs >= time);
    assert.equal((await log.findByTimestamp(time))?.offset, expected < 0 ? undefined : expected);
  }
});

test('among many entries of one time the first is found', async () => {
  await using log = await open();
  const entries = Array.from({ length: 3_000 }, (_, seed) => ({
    ...sampleEntry(1),
    timestampMs: Math.floor(seed / 900),
  }));
  await Promise.all(entries.map((entry) => log.append(entry)));
  for (const time of [0, 1, 2, 3]) assert.equal((await log.findByTimestamp(time))?.offset, time * 900);
});

test('listeners are told whenever the end has moved, until they stop', async () => {
  await using log = await open();
  const ends: number[] = [];
  const stop = log.onDurable(() => ends.push(log.endOffset));
  const onlyOnce = log.onDurable(() => {
    onlyOnce();
    log.onDurable(() => ends.push(-1));
  });
  await Promise.all([log.append(sampleEntry(1)), log.append(sampleEntry(2))]);
  await log.append(sampleEntry(3));
  stop();
  await log.append(sampleEntry(4));
  assert.deepEqual(ends, [2, 3, -1, -1]);
});

test('reads and appends go on side by side', async () => {
  await using log = await open(faultyFileSystem(), { segmentBytes: 2_000 });
  const total = 600;
  const writing = (async () => {
    for (let seed = 0; seed < total; seed += 3) {
      await Promise.all([0, 1, 2].map((more) => log.append(sampleEntry(seed + more, 100))));
    }
  })();
  const readers = Array.from({ length: 5 }, async (_, reader) => {
    for (let offset = 0; offset < total; ) {
      const entries = await log.read(offset, 100 * (reader + 1));
      for (const entry of entries) {
        assert.deepEqual([entry.offset, entry.payload], [offset, sampleBytes(offset, 100)]);
        offset += 1;
      }
      if (entries.length === 0) await new Promise<void>((resolve) => waitOnce(log, resolve));
    }
  });
  await Promise.all([writing, ...readers]);
});

function waitOnce(log: DurableLog, then: () => void): void {
  const stop = log.onDurable(() => {
    stop();
    then();
  });
}

test('disposing waits for what is queued, then everything is refused', async () => {
  const fileSystem = faultyFileSystem();
  const log = await open(fileSystem);
  const appends = Promise.all(Array.from({ length: 20 }, (_, seed) => log.append(sampleEntry(seed))));
  const disposed = log[Symbol.asyncDispose]();
  await assert.rejects(log.append(sampleEntry(99)), code('closed'));
  await Promise.all([disposed, log[Symbol.asyncDispose]()]);
  assert.equal((await appends).length, 20);
  await assert.rejects(log.read(0, 1), code('closed'));
  await assert.rejects(log.findByTimestamp(0), code('closed'));
  await assert.rejects(log.trimBefore(1), code('closed'));
  await assert.rejects(log.enforceRetention(0), code('closed'));
  assert.equal(fileSystem.openFiles, 0);
  await using again = await open(fileSystem);
  assert.equal(again.endOffset, 20);
});

test('hundreds of logs keep few files open', async () => {
  const fileSystem = faultyFileSystem();
  const logs: DurableLog[] = [];
  for (let index = 0; index < 100; index += 1) {
    const log = await openLog({ directory: `/data/${index}`, fileSystem, segmentBytes: 100 });
    for (let seed = 0; seed < 5; seed += 1) await log.append(sampleEntry(seed));
    await log[Symbol.asyncDispose]();
    logs.push(await openLog({ directory: `/data/${index}`, fileSystem, segmentBytes: 100 }));
  }
  for (const log of logs) assert.equal((await readAll(log)).length, 5);
  assert.ok(fileSystem.openFiles <= 100 + 40, `${fileSystem.openFiles} files open`);
  for (const log of logs) await log[Symbol.asyncDispose]();
  assert.equal(fileSystem.openFiles, 0);
});
