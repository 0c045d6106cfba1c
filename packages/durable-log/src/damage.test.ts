import assert from 'node:assert/strict';
import { faultyFileSystem, LogError, type LogEvent } from './index.ts';
import { readAll, sampleBytes, sampleEntry } from './testing/samples.ts';
import { openLog, testStorages } from './testing/storages.ts';

const directory = '/data/log';
const first = `${directory}/00000000000000000000.log`;
const HEADER = 32;
const ENTRY = 36 + 20;

type Files = Map<string, Buffer>;

/** Groups of so many entries of 20 bytes each, closed in good order. */
async function logOf(groups: readonly number[], segmentBytes = 1e6): Promise<Files> {
  const fileSystem = faultyFileSystem();
  const log = await openLog({ directory, fileSystem, segmentBytes });
  for (const entries of groups) {
    const from = log.nextOffset;
    await Promise.all(Array.from({ length: entries }, (_, index) => log.append(sampleEntry(from + index, 20))));
  }
  await log[Symbol.asyncDispose]();
  return fileSystem.files();
}

function changed(files: Files, path: string, change: (bytes: Buffer) => Buffer | undefined): Files {
  const copy = new Map(files);
  const bytes = change(Buffer.from(files.get(path) ?? assert.fail(`no file ${path}`)));
  if (bytes === undefined) copy.delete(path);
  else copy.set(path, bytes);
  return copy;
}

function flipped(files: Files, path: string, bit: number): Files {
  return changed(files, path, (bytes) => {
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return bytes;
  });
}

interface Opened {
  readonly payloads: Buffer[];
  readonly events: LogEvent[];
}

/** Opens, appends one entry, opens again, and returns what was there before that entry. */
async function openTwice(files: Files): Promise<Opened> {
  const fileSystem = faultyFileSystem(files);
  const events: LogEvent[] = [];
  const log = await openLog({ directory, fileSystem, onEvent: (event) => events.push(event) });
  const payloads = (await readAll(log)).map(({ payload }) => payload);
  const offset = await log.append(sampleEntry(1_000));
  await log[Symbol.asyncDispose]();
  const lateEvents: LogEvent[] = [];
  await using again = await openLog({ directory, fileSystem, onEvent: (event) => lateEvents.push(event) });
  assert.deepEqual((await again.read(offset, 1))[0]?.payload, sampleBytes(1_000, 40));
  assert.deepEqual(
    (await readAll(again)).slice(0, -1).map(({ payload }) => payload),
    payloads,
  );
  assert.deepEqual(lateEvents, []);
  return { payloads, events };
}

/** Opening must fail with a message that leads to the place, and must leave everything as it was. */
async function assertRefused(files: Files, what: RegExp): Promise<void> {
  const fileSystem = faultyFileSystem(files);
  const events: LogEvent[] = [];
  await assert.rejects(openLog({ directory, fileSystem, onEvent: (event) => events.push(event) }), (error) => {
    assert.ok(error instanceof LogError && error.code === 'corrupt', String(error));
    assert.match(error.message, what);
    assert.match(error.message, /Restore the file from a copy, or move the folder of this log away/);
    return true;
  });
  assert.equal(fileSystem.count('truncate') + fileSystem.count('remove') + fileSystem.count('write'), 0);
  assert.deepEqual(fileSystem.files(), files);
  assert.deepEqual(events, []);
  assert.equal(fileSystem.openFiles, 0);
}

const samples = (count: number) => Array.from({ length: count }, (_, seed) => sampleBytes(seed, 20));

testStorages('every cut of the last entry is taken for a torn write: the entry goes, the rest stays', async () => {
  const files = await logOf([1, 2, 1]);
  const lastEntry = HEADER + 3 * ENTRY;
  for (let kept = 0; kept < ENTRY; kept += 1) {
    for (const roomAhead of [0, 100]) {
      const torn = changed(files, first, (bytes) =>
        Buffer.concat([bytes.subarray(0, lastEntry + kept), Buffer.alloc(roomAhead)]),
      );
      const { payloads, events } = await openTwice(torn);
      assert.deepEqual(payloads, samples(3));
      const expected = { kind: 'tail-truncated', segment: '00000000000000000000.log', atByte: lastEntry };
      assert.deepEqual(
        events.map((event) => ({ ...event, droppedBytes: undefined })),
        kept === 0 ? [] : [{ ...expected, droppedBytes: undefined }],
      );
    }
  }
});

testStorages('every bit flipped before the last group is damage: the log is not opened and not touched', async () => {
  const groups = [1, 2, 1, 1];
  const files = await logOf(groups);
  const lastGroup = HEADER + 4 * ENTRY;
  assert.equal(files.get(first)?.length, lastGroup + ENTRY);
  for (let bit = 0; bit < lastGroup * 8; bit += 1) {
    const place = bit < HEADER * 8 ? 0 : HEADER + Math.floor((bit / 8 - HEADER) / ENTRY) * ENTRY;
    await assertRefused(flipped(files, first, bit), new RegExp(`${first}: byte ${place}: `));
  }
});

testStorages('a bit flipped in the last group cannot be told from a torn write: what is before it stays', async () => {
  const files = await logOf([2, 3]);
  const lastGroup = HEADER + 2 * ENTRY;
  for (let bit = lastGroup * 8; bit < (lastGroup + 3 * ENTRY) * 8; bit += 1) {
    const entry = Math.floor((bit / 8 - HEADER) / ENTRY);
    const { payloads, events } = await openTwice(flipped(files, first, bit));
    assert.deepEqual(payloads, samples(entry));
    assert.deepEqual(events[0]?.kind === 'tail-truncated' && events[0].atByte, HEADER + entry * ENTRY);
  }
});

testStorages('every bit flipped in a sealed segment is damage, with and without its index', async () => {
  const files = await logOf([1, 2, 1, 1], 150);
  const paths = [...files.keys()].filter((path) => path.endsWith('.log')).sort();
  assert.equal(paths.length, 2);
  const withoutIndex = changed(files, first.replace('.log', '.index'), () => undefined);
  for (let bit = 0; bit < (files.get(first)?.length ?? 0) * 8; bit += 1) {
    await assertRefused(
      flipped(bit % 2 === 0 ? files : withoutIndex, first, bit),
      bit < HEADER * 8 ? /byte 0: / : new RegExp(`${first}: byte .* A later segment exists`),
    );
  }
});

testStorages('bytes missing from a sealed segment, or a whole one, are a gap', async () => {
  const files = await logOf([1, 1, 1, 1, 1, 1, 1], 100);
  const second = `${directory}/00000000000000000002.log`;
  for (const missing of [1, ENTRY - 1, ENTRY, ENTRY + 1]) {
    await assertRefused(
      changed(files, second, (bytes) => bytes.subarray(0, bytes.length - missing)),
      new RegExp(second),
    );
  }
  await assertRefused(
    changed(files, second, () => undefined),
    /ends at offset 2, but the next one, 00000000000000000004.log, begins with 4: entries or a whole segment are missing/,
  );
  await assertRefused(
    changed(files, second, () => Buffer.alloc(0)),
    /entries or a whole segment are missing/,
  );
});

testStorages('bytes behind the entries of a sealed segment are damage, zeros are not', async () => {
  const files = await logOf([1, 2, 1, 1], 150);
  const withoutIndex = changed(files, first.replace('.log', '.index'), () => undefined);
  for (const some of [files, withoutIndex]) {
    const end = some.get(first)?.length;
    const longer = (tail: Buffer) => changed(some, first, (bytes) => Buffer.concat([bytes, tail]));
    await assertRefused(longer(Buffer.from([0, 0, 1, 0])), new RegExp(`byte ${end}: .* A later segment exists`));
    assert.deepEqual((await openTwice(longer(Buffer.alloc(100)))).payloads, samples(5));
  }
});

testStorages('a segment under the wrong name is refused', async () => {
  const files = await logOf([1, 1]);
  const moved = changed(files, first, () => undefined);
  moved.set(`${directory}/00000000000000000007.log`, files.get(first) ?? assert.fail('no segment'));
  await assertRefused(moved, /the header says first offset 0, the file's name 7/);
});

testStorages('a payload that looks like entries is never taken for one', async () => {
  const inner = await logOf([1, 1, 1]);
  const payload = [(inner.get(first) ?? Buffer.alloc(0)).subarray(HEADER)];
  const fileSystem = faultyFileSystem();
  const log = await openLog({ directory, fileSystem });
  await log.append({ count: 1, timestampMs: 1, payload });
  const whole = Buffer.concat(payload);
  // The log's own bytes, as a client could send back what it has read from the disk.
  await log.append({
    count: 1,
    timestampMs: 1,
    payload: [(fileSystem.files().get(first) ?? whole).subarray(HEADER, 400)],
  });
  await log[Symbol.asyncDispose]();
  const lastEntry = HEADER + 36 + whole.length;
  const { payloads } = await openTwice(flipped(fileSystem.files(), first, (lastEntry + 5) * 8));
  assert.deepEqual(payloads, [whole]);
});

testStorages(
  'not even an entry of the same file, sent back by a client after it had been cut off, passes in another place',
  async () => {
    const longer = await logOf([1, 1, 1]);
    const bytes = longer.get(first) ?? Buffer.alloc(0);
    const returned = [Buffer.alloc(40), bytes.subarray(HEADER + 2 * ENTRY)];
    const fileSystem = faultyFileSystem([[first, bytes.subarray(0, HEADER + ENTRY)]]);
    const log = await openLog({ directory, fileSystem });
    await log.append({ count: 1, timestampMs: 1, payload: returned });
    await log[Symbol.asyncDispose]();
    const { payloads } = await openTwice(flipped(fileSystem.files(), first, (HEADER + ENTRY + 5) * 8));
    assert.deepEqual(payloads, samples(1));
  },
);

testStorages('a missing or damaged index is made again', async () => {
  const files = await logOf([1, 2, 1, 1], 150);
  const path = first.replace('.log', '.index');
  const original = files.get(path) ?? assert.fail('no index');
  const damaged = [
    changed(files, path, () => undefined),
    changed(files, path, () => Buffer.alloc(0)),
    changed(files, path, (bytes) => bytes.subarray(0, bytes.length - 1)),
    ...Array.from({ length: original.length * 8 }, (_, bit) => flipped(files, path, bit)),
  ];
  for (const broken of damaged) {
    const fileSystem = faultyFileSystem(broken);
    const events: LogEvent[] = [];
    const log = await openLog({ directory, fileSystem, onEvent: (event) => events.push(event) });
    assert.deepEqual(
      (await readAll(log)).map(({ payload }) => payload),
      samples(5),
    );
    await log[Symbol.asyncDispose]();
    assert.deepEqual(events, [{ kind: 'index-rebuilt', segment: '00000000000000000000.log' }]);
    assert.deepEqual(fileSystem.files().get(path), original);
  }
});

testStorages('an index without its segment is removed', async () => {
  const files = await logOf([1, 2, 1, 1], 150);
  const orphan = `${directory}/00000000000000000001.index`;
  files.set(orphan, Buffer.from('left over'));
  const fileSystem = faultyFileSystem(files);
  await using _log = await openLog({ directory, fileSystem });
  assert.equal(fileSystem.files().has(orphan), false);
});

testStorages('damage that appears while the log is open is found by the read', async () => {
  const files = await logOf([1, 1, 1]);
  const fileSystem = faultyFileSystem(files);
  await using log = await openLog({ directory, fileSystem });
  const file = await fileSystem.open(first, { create: false });
  await file.write([Buffer.from('!')], HEADER + ENTRY + 40);
  await file.close();
  assert.equal((await log.read(0, 20)).length, 1);
  await assert.rejects(log.read(1, 20), {
    code: 'corrupt',
    message: `${first}: byte ${HEADER + ENTRY}: the entry's checksum does not match`,
  });
});
