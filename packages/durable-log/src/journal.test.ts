import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@sluice/testing';
import fc from 'fast-check';
import {
  type DurableLog,
  type FaultyFileSystem,
  type FileSystem,
  faultyFileSystem,
  type LogEntry,
  LogError,
  openJournaledFileSystem,
  openLog,
} from './index.ts';
import { encodeJournalHeader, newJournalIdentity } from './journal-format.ts';
import { readAll, sampleBytes, sampleEntry } from './testing/samples.ts';

const root = '/data';

const open = (disk: FaultyFileSystem, checkpointBytes = 1_000) =>
  openJournaledFileSystem({ fileSystem: disk, directory: root, checkpointBytes });

const journals = (disk: FaultyFileSystem) =>
  [...disk.files()].filter(([path]) => path.endsWith('.journal')).sort(([a], [b]) => (a < b ? -1 : 1));

interface Step {
  readonly log: number;
  readonly kind: 'append' | 'large' | 'wait' | 'trim' | 'remove' | 'reopen';
  readonly bytes: number;
}

interface Session {
  readonly steps: readonly Step[];
  readonly operations: number;
  readonly end: 'power' | 'power' | 'kill' | 'stop';
  readonly seed: number;
  readonly segmentBytes: number;
  readonly checkpointBytes: number;
  readonly spaceBytes: number;
  readonly maxOpenFiles: number;
}

const LOGS = 4;

const session: fc.Arbitrary<Session> = fc.record({
  steps: fc.array(
    fc.record({
      log: fc.nat(LOGS - 1),
      kind: fc.constantFrom<Step['kind'][]>(
        ...([
          'append',
          'append',
          'append',
          'append',
          'append',
          'large',
          'wait',
          'wait',
          'trim',
          'remove',
          'reopen',
        ] as const),
      ),
      bytes: fc.nat(120),
    }),
    { minLength: 5, maxLength: 60 },
  ),
  operations: fc.oneof(fc.nat(60), fc.nat(400)),
  end: fc.constantFrom<Session['end'][]>('power', 'power', 'kill', 'stop'),
  seed: fc.nat(),
  segmentBytes: fc.constantFrom(100, 300, 2_000, 100_000),
  checkpointBytes: fc.constantFrom(200, 1_000, 5_000, 1_000_000),
  spaceBytes: fc.oneof({ weight: 3, arbitrary: fc.constant(1e9) }, fc.nat(20_000)),
  maxOpenFiles: fc.oneof({ weight: 5, arbitrary: fc.constant(1_000) }, fc.integer({ min: 4, max: 14 })),
});

/** What a log that is opened must hold. Its folder may be removed and begun anew: payloads tell generations apart. */
class Expectation {
  readonly directory: string;
  #acknowledged: { offset: number; payload: Buffer }[] = [];
  #open: { offset: number; payload: Buffer }[] = [];
  /** A removal was begun, and not finished before the end: any of its files may be there. */
  isHalfRemoved = false;
  #number = 0;

  constructor(directory: string) {
    this.directory = directory;
  }

  append(log: DurableLog, seed: number, bytes: number): Promise<unknown> {
    this.#number += 1;
    const payload = sampleBytes(seed + this.#number * 7, bytes);
    const entry = { offset: log.nextOffset, payload };
    this.#open.push(entry);
    const done = (): void => {
      this.#open = this.#open.filter((each) => each !== entry);
    };
    return log.append({ count: 1, timestampMs: 1, payload: [payload] }).then(
      (offset) => {
        assert.equal(offset, entry.offset);
        done();
        this.#acknowledged.push(entry);
      },
      (error: unknown) => {
        assert.ok(error instanceof LogError, String(error));
        if (error.code === 'no-space' || error.code === 'closed') done();
      },
    );
  }

  async remove(fileSystem: FileSystem): Promise<void> {
    this.isHalfRemoved = true;
    await fileSystem.removeDirectory(this.directory);
    await fileSystem.syncDirectory(root);
    this.#acknowledged = [];
    this.#open = [];
    this.isHalfRemoved = false;
  }

  async open(fileSystem: FileSystem, segmentBytes = 1e6): Promise<DurableLog> {
    if (this.isHalfRemoved) await this.remove(fileSystem);
    const log = await openLog({ directory: this.directory, fileSystem, segmentBytes, maxGroupBytes: 4_000 });
    this.check(log, await readAll(log));
    return log;
  }

  check(log: DurableLog, found: readonly LogEntry[]): void {
    const where = `${this.directory}: ${log.startOffset} to ${log.endOffset}`;
    const { startOffset } = log;
    const sure = this.#acknowledged.filter(({ offset }) => offset >= startOffset);
    const end = this.#acknowledged.at(-1)?.offset ?? -1;
    assert.ok(log.endOffset > end, `${where}, acknowledged up to ${end}`);
    const possible = [...sure, ...this.#open.filter(({ offset }) => offset > end)];
    const actual = found.map(({ offset, payload }) => ({ offset, payload }));
    assert.deepEqual(actual, possible.slice(0, Math.max(actual.length, sure.length)), where);
    this.#acknowledged = possible.slice(0, actual.length);
    this.#open = [];
  }
}

const usedBytes = (disk: FaultyFileSystem) => [...disk.files().values()].reduce((sum, { length }) => sum + length, 0);

async function live(disk: FaultyFileSystem, expectations: readonly Expectation[], session: Session): Promise<void> {
  const { steps, segmentBytes, checkpointBytes, seed } = session;
  const fileSystem = await open(disk, checkpointBytes);
  const logs: (DurableLog | undefined)[] = [];
  for (const expectation of expectations) logs.push(await expectation.open(fileSystem, segmentBytes));
  if (session.end !== 'stop') {
    disk.capacityBytes = usedBytes(disk) + session.spaceBytes;
    disk.maxOpenFiles = disk.openFiles + session.maxOpenFiles;
    disk.stopAt(disk.operations.length + session.operations);
  }
  const answers: Promise<unknown>[] = [];
  for (const [index, { log: number, kind, bytes }] of steps.entries()) {
    const log = logs[number];
    const expectation = expectations[number];
    if (log === undefined || expectation === undefined) continue;
    if (index === 40) disk.capacityBytes = Number.POSITIVE_INFINITY;
    if (kind === 'append' || kind === 'large') {
      answers.push(expectation.append(log, seed + index, kind === 'large' ? bytes * 40 : bytes));
    } else if (kind === 'wait') await Promise.all(answers);
    else if (kind === 'trim') answers.push(log.trimBefore(log.endOffset - (index % 3)).catch(() => undefined));
    else {
      await log[Symbol.asyncDispose]();
      await Promise.all(answers);
      logs[number] = undefined;
      try {
        if (kind === 'remove') await expectation.remove(fileSystem);
        logs[number] = await expectation.open(fileSystem, segmentBytes);
      } catch (error) {
        assert.ok(!(error instanceof LogError && error.code === 'corrupt'), String(error));
        if (error instanceof assert.AssertionError) throw error;
      }
    }
  }
  await Promise.all(answers);
  for (const log of logs) await log?.[Symbol.asyncDispose]();
  await fileSystem[Symbol.asyncDispose]();
  if (session.end === 'stop') {
    assert.ok(
      journals(disk).every(([, bytes]) => bytes.length === 32),
      'a clean stop leaves nothing to redo',
    );
    assert.equal(disk.openFiles, 0);
  }
}

test('logs that share a journal, whatever a crash leaves: all that was acknowledged is there, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(session, { minLength: 1, maxLength: 5 }), async (sessions) => {
      const expectations = Array.from({ length: LOGS }, (_, number) => new Expectation(`${root}/${number}`));
      let disk = faultyFileSystem();
      for (const session of sessions) {
        const random = seededRandom(session.seed);
        const choose = (ways: number): number => random.below(ways);
        await live(disk, expectations, session);
        disk = session.end === 'kill' ? disk.kill() : disk.crash(choose);
        for (let times = random.below(3); times > 0; times -= 1) {
          disk.stopAt(disk.operations.length + random.below(30));
          await openAndLeave(disk, expectations);
          disk = random.below(3) === 0 ? disk.kill() : disk.crash(choose);
        }
      }
      for (const again of [false, true]) {
        const fileSystem = await open(disk);
        for (const expectation of expectations) {
          await expectation.open(fileSystem);
        }
        // What can be read is safe, even if the process that wrote it never got to sync it.
        if (!again) disk = disk.crash(() => 0);
      }
    }),
    { numRuns: Number(process.env.CRASH_RUNS ?? 300) },
  );
});

/** A start that is cut off. */
async function openAndLeave(disk: FaultyFileSystem, expectations: readonly Expectation[]): Promise<void> {
  try {
    const fileSystem = await open(disk);
    for (const { directory, isHalfRemoved } of expectations) {
      if (!isHalfRemoved) await openLog({ directory, fileSystem });
    }
  } catch (error) {
    assert.ok(!(error instanceof LogError && error.code === 'corrupt'), String(error));
  }
}

test('appends to several logs at once cost one sync', async () => {
  const disk = faultyFileSystem();
  const fileSystem = await open(disk, 64 * 1024 * 1024);
  const logs: DurableLog[] = [];
  for (let number = 0; number < 6; number += 1)
    logs.push(await openLog({ directory: `${root}/${number}`, fileSystem }));
  for (let round = 0; round < 5; round += 1) {
    const before = disk.count('sync');
    await Promise.all(logs.map((log) => log.append(sampleEntry(round))));
    assert.ok(disk.count('sync') - before <= 2, `${disk.count('sync') - before} syncs`);
  }
});

/** Entries in three logs, in so many groups, and the machine stopped: the journal is all there is of them. */
async function journaled(groups: number, checkpointBytes = 100_000): Promise<Map<string, Buffer>> {
  const disk = faultyFileSystem();
  const fileSystem = await open(disk, checkpointBytes);
  const logs: DurableLog[] = [];
  for (let number = 0; number < 3; number += 1)
    logs.push(await openLog({ directory: `${root}/${number}`, fileSystem }));
  for (let round = 0; round < groups; round += 1) {
    await Promise.all(logs.map((log) => log.append(sampleEntry(round, 20))));
  }
  return disk.crash(() => 0).files();
}

async function contentsOf(disk: FaultyFileSystem): Promise<Buffer[][]> {
  const fileSystem = await open(disk);
  const contents: Buffer[][] = [];
  for (let number = 0; number < 3; number += 1) {
    await using log = await openLog({ directory: `${root}/${number}`, fileSystem });
    contents.push((await readAll(log)).map(({ payload }) => payload));
  }
  await fileSystem[Symbol.asyncDispose]();
  return contents;
}

const thrice = (entries: number) =>
  Array.from({ length: 3 }, () => Array.from({ length: entries }, (_, seed) => sampleBytes(seed, 20)));

test('what only the journal has is in the files again', async () => {
  const files = await journaled(4);
  assert.equal(files.get(`${root}/0/00000000000000000000.log`)?.length, 0);
  const disk = faultyFileSystem(files);
  assert.deepEqual(await contentsOf(disk), thrice(4));
  assert.deepEqual(await contentsOf(disk.crash(() => 0)), thrice(4));
});

test('a data folder may be moved before its journal is redone', async () => {
  const moved = [...(await journaled(3))].map(([path, bytes]) => [path.replace(root, '/elsewhere'), bytes] as const);
  const disk = faultyFileSystem(moved);
  await using fileSystem = await openJournaledFileSystem({ fileSystem: disk, directory: '/elsewhere' });
  await using log = await openLog({ directory: '/elsewhere/1', fileSystem });
  assert.equal(log.endOffset, 3);
});

test('every bit flipped before the last group is damage, in it a torn write: nothing is changed or all before it is there', async () => {
  const files = await journaled(3);
  const [path = '', bytes = Buffer.alloc(0)] = journals(faultyFileSystem(files))[0] ?? [];
  const used = bytes.length - [...bytes].reverse().findIndex((byte) => byte !== 0);
  const lastGroup = bytes.lastIndexOf(bytes.subarray(32, 36));
  assert.ok(lastGroup > 500 && used - lastGroup > 200);
  for (let bit = 0; bit < used * 8; bit += 5) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const damaged = new Map([...files, [path, changed]]);
    const disk = faultyFileSystem(damaged);
    if (bit >= lastGroup * 8) {
      assert.deepEqual(await contentsOf(disk), thrice(2));
      continue;
    }
    await assert.rejects(open(disk), { code: 'corrupt', message: new RegExp(`^${path}: byte \\d+: `) }, `bit ${bit}`);
    assert.deepEqual(disk.files(), damaged);
    assert.equal(disk.openFiles, 0);
  }
});

test('damage at the end of a journal file that another one follows is damage', async () => {
  const files = await betweenCheckpoints();
  const [[path, bytes] = ['', Buffer.alloc(0)], [next] = ['']] = journals(faultyFileSystem(files));
  const last = bytes.findLastIndex((byte) => byte !== 0);
  bytes[last] = (bytes[last] ?? 0) ^ 1;
  files.set(path, bytes);
  await assert.rejects(open(faultyFileSystem(files)), {
    code: 'corrupt',
    message: new RegExp(`^${path}: byte \\d+: .* ${next} goes on behind it`),
  });
});

/** What is there when the machine stops after a journal file was begun and used, before the older one went. */
async function betweenCheckpoints(): Promise<Map<string, Buffer>> {
  for (let stop = 20; stop < 200; stop += 1) {
    const disk = faultyFileSystem();
    disk.stopAt(stop);
    const log = await openLog({ directory: `${root}/0`, fileSystem: await open(disk, 1_000) });
    await Promise.allSettled(
      Array.from({ length: 50 }, async (_, seed) => {
        for (let turn = 0; turn < seed * 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        await log.append(sampleEntry(seed));
      }),
    );
    const files = disk.crash((ways) => ways - 1).files();
    const [, second] = journals(faultyFileSystem(files));
    if (second?.[1].subarray(32).some((byte) => byte !== 0)) return files;
  }
  throw new Error('there never were two journal files in use');
}

test('a journal file that is missing between others is damage', async () => {
  const header = (sequence: number) => encodeJournalHeader(newJournalIdentity(sequence));
  const path = (sequence: number) => `${root}/journal/000000000000000${sequence}.journal`;
  const files = [1, 3].map((sequence) => [path(sequence), header(sequence)] as const);
  await assert.rejects(open(faultyFileSystem(files)), { code: 'corrupt', message: /others are missing/ });
});

test('nothing that was removed or cut off comes back, and nothing gets into another file of the same path', async () => {
  const path = `${root}/file`;
  for (const way of ['remove', 'remove the folder', 'rename', 'cut', 'cut and write'] as const) {
    for (let seed = 0; seed < 8; seed += 1) {
      const disk = faultyFileSystem();
      const fileSystem = await open(disk, 100_000);
      const file = await fileSystem.open(path, { create: true, durable: true });
      await fileSystem.syncDirectory(root);
      await file.write([Buffer.from('all of the old')], 0);
      let expected = 'new';
      if (way === 'remove') await fileSystem.remove(path);
      if (way === 'remove the folder') await fileSystem.removeDirectory(root);
      if (way === 'rename') await fileSystem.rename(path, `${root}/other`);
      if (way === 'cut' || way === 'cut and write') {
        await file.truncate(3);
        if (way === 'cut') await file.datasync();
        else await file.write([Buffer.from('+')], 3);
        expected = way === 'cut' ? 'all' : 'all+';
      } else {
        await fileSystem.createDirectory(root);
        await fileSystem.syncDirectory(root);
        const other = await disk.open(path, { create: true });
        await other.write([Buffer.from('new')], 0);
        await other.datasync();
        await fileSystem.syncDirectory(root);
      }
      const random = seededRandom(seed);
      const survived = seed % 2 === 0 ? disk.kill() : disk.crash((ways) => random.below(ways));
      await using _again = await open(survived);
      assert.equal(String(survived.files().get(path)), expected, way);
      if (way === 'rename') assert.equal(String(survived.files().get(`${root}/other`)), 'all of the old');
    }
  }
});

test('what a journal held is not redone once it was emptied, by a start or a stop', async () => {
  const path = `${root}/file`;
  for (const way of ['start', 'stop'] as const) {
    const disk = faultyFileSystem();
    const fileSystem = await open(disk, 100_000);
    const file = await fileSystem.open(path, { create: true, durable: true });
    await fileSystem.syncDirectory(root);
    await file.write([Buffer.from('old')], 0);
    if (way === 'stop') await fileSystem[Symbol.asyncDispose]();
    const next = way === 'stop' ? disk.crash(() => 0) : disk.kill();
    if (way === 'start') await open(next);
    assert.equal(String(next.files().get(path)), 'old');
    const other = await next.open(path, { create: false });
    await other.write([Buffer.from('new')], 0);
    await other.datasync();
    const survived = next.crash(() => 0);
    await open(survived);
    assert.equal(String(survived.files().get(path)), 'new', way);
  }
});

test('a removal that a crash undoes brings the whole file back', async () => {
  const disk = faultyFileSystem();
  const fileSystem = await open(disk, 100_000);
  const file = await fileSystem.open(`${root}/file`, { create: true, durable: true });
  await fileSystem.syncDirectory(root);
  await file.write([Buffer.from('kept')], 0);
  await fileSystem.remove(`${root}/file`);
  const survived = disk.crash(() => 0);
  await using _again = await open(survived);
  assert.equal(String(survived.files().get(`${root}/file`)), 'kept');
});

test('a write that the file refused is never redone', async () => {
  const disk = faultyFileSystem();
  const fileSystem = await open(disk, 100_000);
  const file = await fileSystem.open(`${root}/file`, { create: true, durable: true });
  await fileSystem.syncDirectory(root);
  await file.write([Buffer.from('kept')], 0);
  disk.capacityBytes = usedBytes(disk);
  await assert.rejects(file.write([Buffer.from('refused')], 4), { code: 'ENOSPC' });
  disk.capacityBytes = 1e9;
  const survived = disk.crash(() => 0);
  await using _again = await open(survived);
  assert.equal(String(survived.files().get(`${root}/file`)), 'kept');
});

test('a failed sync, of the journal or of a file, breaks every log, and what was acknowledged is there again', async () => {
  for (const nth of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const disk = faultyFileSystem();
    const fileSystem = await open(disk, 500);
    const logs: DurableLog[] = [];
    for (let number = 0; number < 3; number += 1)
      logs.push(await openLog({ directory: `${root}/${number}`, fileSystem }));
    disk.failSync(nth);
    const acknowledged = [0, 0, 0];
    const refused = new Set<string>();
    for (let round = 0; round < 30; round += 1) {
      const answers = await Promise.allSettled(logs.map((log) => log.append(sampleEntry(round, 20))));
      answers.forEach((answer, number) => {
        if (answer.status === 'fulfilled') acknowledged[number] = round + 1;
        else refused.add(answer.reason.code);
      });
    }
    assert.deepEqual([...refused], ['broken']);
    assert.ok(
      acknowledged.every((count) => count < 30),
      `${acknowledged}`,
    );
    await Promise.all(logs.map((log) => log[Symbol.asyncDispose]()));
    await fileSystem[Symbol.asyncDispose]();
    assert.equal(disk.openFiles, 0);
    const contents = await contentsOf(disk.crash(() => 0));
    contents.forEach((payloads, number) => {
      assert.ok(payloads.length >= (acknowledged[number] ?? 0));
      assert.deepEqual(payloads, thrice(payloads.length)[0]);
    });
  }
});

test('a full disk costs only the appends of the moment, and retention frees it', async () => {
  const disk = faultyFileSystem();
  const fileSystem = await open(disk, 10_000);
  await using log = await openLog({ directory: `${root}/0`, fileSystem, segmentBytes: 300 });
  for (let seed = 0; seed < 20; seed += 1) await log.append(sampleEntry(seed));
  disk.capacityBytes = usedBytes(disk) + 3_000;
  let refusals = 0;
  for (let seed = 20; refusals < 50; seed += 1) {
    await log.append(sampleEntry(seed)).catch((error: unknown) => {
      assert.ok(error instanceof LogError && error.code === 'no-space', String(error));
      refusals += 1;
    });
  }
  await log.trimBefore(log.endOffset - 1);
  await log.append(sampleEntry(1));
});

test('the journal does not grow without end, and its old files go', async () => {
  const disk = faultyFileSystem();
  const fileSystem = await open(disk, 5_000);
  const logs: DurableLog[] = [];
  for (let number = 0; number < 3; number += 1)
    logs.push(await openLog({ directory: `${root}/${number}`, fileSystem }));
  let most = 0;
  for (let round = 0; round < 200; round += 1) {
    await Promise.all(logs.map((log) => log.append(sampleEntry(round, 100))));
    most = Math.max(
      most,
      journals(disk).reduce((sum, [, { length }]) => sum + length, 0),
    );
  }
  assert.ok(most <= 2 * (10_000 + 2 * 4096), `${most} bytes`);
  assert.ok((journals(disk)[0]?.[0] ?? '') > `${root}/journal/0000000000000010.journal`);
});
