import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FaultyFileSystem, faultyFileSystem, LogError, ManualClock } from '@sluice/durable-log';
import { type DurableStorageOptions, openDurableStorage } from './durable-storage.ts';
import type { Storage } from './storage.ts';
import { ALL, readAll, textMessage, textsOf } from './testing/samples.ts';

const open = (fileSystem: FaultyFileSystem, options: Partial<DurableStorageOptions> = {}): Promise<Storage> =>
  openDurableStorage({ directory: '/data', fileSystem, clock: new ManualClock(), ...options });

const isNoSpace = (error: unknown): boolean => error instanceof LogError && error.code === 'no-space';
const isBroken = (error: unknown): boolean => error instanceof LogError && error.code === 'broken';

const bytesIn = (fileSystem: FaultyFileSystem, folder: string): number =>
  [...fileSystem.files()].reduce((sum, [path, { length }]) => sum + (path.startsWith(folder) ? length : 0), 0);

test('all that was promised is there after a power failure', async () => {
  const fileSystem = faultyFileSystem();
  const storage = await open(fileSystem);
  const log = await storage.openMessages('t');
  const published = await log.append([
    textMessage('a', { attributes: { k: 'v' }, orderingKey: 'o' }),
    textMessage('b'),
  ]);
  const acks = await storage.openAcks('s');
  await acks.replace({ below: 1, ranges: [] });
  await acks.add([3]);
  await storage.resources.write([{ key: 'topic', value: Buffer.from('t') }]);
  await using again = await open(fileSystem.crash(() => 0));
  const found = await readAll(await again.openMessages('t'));
  assert.deepEqual(
    found.map(({ messageId, publishTimeUs }) => ({ messageId, publishTimeUs })),
    published,
  );
  assert.deepEqual(textsOf(found), ['a', 'b']);
  assert.deepEqual([found[0]?.attributes, found[0]?.orderingKey], [{ k: 'v' }, 'o']);
  assert.deepEqual((await again.openAcks('s')).state(), { below: 1, ranges: [[3, 4]] });
  assert.deepEqual(again.resources.get('topic'), Buffer.from('t'));
});

test('a subscription that acknowledged nothing but was sought is not new after a restart', async () => {
  const fileSystem = faultyFileSystem();
  {
    await using storage = await open(fileSystem);
    await (await storage.openAcks('s')).replace({ below: 0, ranges: [] });
    assert.equal((await storage.openAcks('new')).state(), undefined);
  }
  await using storage = await open(fileSystem);
  assert.deepEqual((await storage.openAcks('s')).state(), { below: 0, ranges: [] });
  assert.equal((await storage.openAcks('new')).state(), undefined);
});

test('publish times never go back, also where the clock did before a restart', async () => {
  const fileSystem = faultyFileSystem();
  {
    await using storage = await open(fileSystem, { clock: new ManualClock(5_000_000) });
    const log = await storage.openMessages('t');
    await log.append([textMessage('a')]);
    await log.trimBefore(log.endOffset);
  }
  await using storage = await open(fileSystem, { clock: new ManualClock(1_000) });
  const log = await storage.openMessages('t');
  assert.equal((await log.append([textMessage('b')]))[0]?.publishTimeUs, 5_000_000_000);
  assert.equal(await log.offsetAt(5_000_000_000), log.startOffset);
});

test('no message id is given out twice, also where topics are made anew after a restart and the clock goes back', async () => {
  const fileSystem = faultyFileSystem();
  const seen = new Set<string>();
  for (let start = 0; start < 5; start += 1) {
    await using storage = await open(fileSystem, { clock: new ManualClock(1_700_000_000_000 - start * 86_400_000) });
    for (const id of ['kept', 'removed']) {
      for (const { messageId } of await (await storage.openMessages(id)).append([textMessage('x'), textMessage('y')])) {
        assert.ok(!seen.has(messageId), messageId);
        seen.add(messageId);
      }
    }
    await storage.removeMessages('removed');
  }
});

test('a crash in the middle of a removal never lets a new topic show what the old one held', async () => {
  for (let operations = 1; operations < 12; operations += 1) {
    const fileSystem = faultyFileSystem();
    const storage = await open(fileSystem);
    const before = await (await storage.openMessages('t')).append([textMessage('old')]);
    fileSystem.stopAt(fileSystem.operations.length + operations);
    const isRemoved = await storage.removeMessages('t').then(
      () => true,
      () => false,
    );
    await using again = await open(fileSystem.crash(() => 1));
    const log = await again.openMessages('t');
    const found = await readAll(log);
    const texts = textsOf(found);
    if (isRemoved || texts.length === 0) {
      assert.deepEqual(texts, []);
      const after = await log.append([textMessage('new')]);
      assert.notEqual(after[0]?.messageId, before[0]?.messageId);
    } else {
      assert.deepEqual([texts, found[0]?.messageId], [['old'], before[0]?.messageId]);
    }
  }
});

test('where there is no room, the call fails alone: later ones work, and nothing of it is seen', async () => {
  const fileSystem = faultyFileSystem();
  const failures: Error[] = [];
  const storage = await open(fileSystem, { fail: (error) => failures.push(error) });
  const log = await storage.openMessages('t');
  const acks = await storage.openAcks('s');
  const { resources } = storage;
  await log.append([textMessage('first')]);
  await acks.replace({ below: 1, ranges: [] });
  fileSystem.capacityBytes = 0;
  const big = textMessage('x'.repeat(3_000_000));
  const doomed = [log.append([big]), log.append([textMessage('behind'), big])];
  for (const each of doomed) await assert.rejects(each, isNoSpace);
  assert.equal(log.endOffset, 1);
  assert.deepEqual(log.readNow(1, ALL), []);
  await assert.rejects(resources.write([{ key: 'k', value: Buffer.alloc(3_000_000) }]), isNoSpace);
  assert.equal(resources.get('k'), undefined);
  fileSystem.capacityBytes = Number.POSITIVE_INFINITY;
  await log.append([textMessage('second'), textMessage('third')]);
  await resources.write([{ key: 'l', value: Buffer.from('1') }]);
  assert.deepEqual(textsOf(await readAll(log)), ['first', 'second', 'third']);
  assert.deepEqual(textsOf(log.readNow(0, ALL) ?? []), ['first', 'second', 'third']);
  assert.deepEqual(failures, []);
  await using again = await open(fileSystem.crash(() => 0));
  assert.deepEqual(textsOf(await readAll(await again.openMessages('t'))), ['first', 'second', 'third']);
  assert.deepEqual([...again.resources.entries()], [['l', Buffer.from('1')]]);
});

test('what a full disk kept from being acknowledged is brought there by the next write that succeeds', async () => {
  const fileSystem = faultyFileSystem();
  const storage = await open(fileSystem);
  const acks = await storage.openAcks('s');
  await acks.add([0]);
  fileSystem.capacityBytes = 0;
  const scattered = Array.from({ length: 500_000 }, (_, index) => 3 + 2 * index);
  // Nobody looks at this one's promise: a rejection that is not handled would fail the test.
  acks.add([1]);
  await assert.rejects(acks.add(scattered), isNoSpace);
  assert.ok(acks.has(1) && acks.has(3));
  fileSystem.capacityBytes = Number.POSITIVE_INFINITY;
  await acks.add([1_000_000]);
  const expected = acks.state();
  assert.equal(expected?.ranges.length, 499_999);
  await using again = await open(fileSystem.crash(() => 0));
  assert.deepEqual((await again.openAcks('s')).state(), expected);
});

test('a failed sync is told to the owner once, and nothing is acknowledged any more', async () => {
  const fileSystem = faultyFileSystem();
  const failures: Error[] = [];
  const storage = await open(fileSystem, { fail: (error) => failures.push(error) });
  const log = await storage.openMessages('t');
  const acks = await storage.openAcks('s');
  await log.append([textMessage('safe')]);
  fileSystem.failSync();
  const refused = [
    log.append([textMessage('lost')]),
    acks.add([0]),
    storage.resources.write([{ key: 'k', value: null }]),
  ];
  for (const each of refused) await assert.rejects(each, isBroken);
  acks.add([1]);
  await assert.rejects(log.append([textMessage('later')]), isBroken);
  assert.deepEqual(textsOf(await readAll(log)), ['safe']);
  assert.equal(failures.length, 1);
  assert.ok(isBroken(failures[0]));
});

test('damage fails the opening, and says where', async () => {
  const fileSystem = faultyFileSystem();
  {
    await using storage = await open(fileSystem);
    const log = await storage.openMessages('t');
    for (const text of ['a', 'b', 'c']) await log.append([textMessage(text.repeat(100))]);
  }
  const files = new Map(
    [...fileSystem.files()].map(([path, bytes]) => {
      const at = path.includes('/messages/t/') ? bytes.indexOf('aaaa') : -1;
      if (at >= 0) bytes.write('X', at);
      return [path, bytes];
    }),
  );
  const failures: Error[] = [];
  await using storage = await open(faultyFileSystem(files), { fail: (error) => failures.push(error) });
  await assert.rejects(storage.openMessages('t'), /\/data\/messages\/t\//);
  assert.equal(failures.length, 1);
});

test('the log of a subscription stays short however much is acknowledged', async () => {
  const fileSystem = faultyFileSystem();
  const storage = await open(fileSystem);
  const acks = await storage.openAcks('s');
  const eachSecond = (from: number): number[] => Array.from({ length: 500 }, (_, index) => from + 2 * index);
  for (let from = 0; from < 3_000_000; from += 1_000) {
    await acks.add(eachSecond(from));
    await acks.add(eachSecond(from + 1));
  }
  assert.deepEqual(acks.state(), { below: 3_000_000, ranges: [] });
  const bytes = bytesIn(fileSystem, '/data/acks/s/');
  assert.ok(bytes < 1_000_000, `${bytes}`);
  await using again = await open(fileSystem.crash(() => 0));
  assert.deepEqual((await again.openAcks('s')).state(), { below: 3_000_000, ranges: [] });
});

test('the log of the resources stays short however often they change, and snapshots lose none', async () => {
  const fileSystem = faultyFileSystem();
  const storage = await open(fileSystem);
  const value = (round: number): Buffer => Buffer.from(`${round} ${'x'.repeat(3_000)}`);
  await storage.resources.write([{ key: 'kept', value: value(0) }]);
  for (let round = 0; round < 1_000; round += 1) {
    await Promise.all(
      ['a', 'b', 'c'].map((key) => storage.resources.write([{ key, value: key === 'c' ? null : value(round) }])),
    );
  }
  assert.ok(bytesIn(fileSystem, '/data/resources/') < 2_000_000);
  await using again = await open(fileSystem.crash(() => 0));
  assert.deepEqual(
    new Map(again.resources.entries()),
    new Map([
      ['kept', value(0)],
      ['a', value(999)],
      ['b', value(999)],
    ]),
  );
});

test('trimming frees the disk', async () => {
  const fileSystem = faultyFileSystem();
  await using storage = await open(fileSystem);
  const log = await storage.openMessages('t');
  const text = 'x'.repeat(1_000_000);
  for (let index = 0; index < 60; index += 1) await log.append([textMessage(text)]);
  const before = bytesIn(fileSystem, '/data/messages/t/');
  await log.trimBefore(60);
  assert.ok(bytesIn(fileSystem, '/data/messages/t/') < before / 2);
});

test('appends of many topics and subscriptions that wait together cost one sync', async () => {
  const fileSystem = faultyFileSystem();
  await using storage = await open(fileSystem);
  const logs = await Promise.all(['a', 'b', 'c', 'd'].map((id) => storage.openMessages(id)));
  const acks = await Promise.all(['s', 't'].map((id) => storage.openAcks(id)));
  const before = fileSystem.count('sync');
  await Promise.all([
    ...logs.map((log) => log.append([textMessage('x')])),
    ...acks.map((log) => log.add([0])),
    storage.resources.write([{ key: 'k', value: Buffer.from('v') }]),
  ]);
  assert.equal(fileSystem.count('sync') - before, 1);
});

test('new messages are read without the disk until the memory for them is spent by newer ones of any topic', async () => {
  const fileSystem = faultyFileSystem();
  await using storage = await open(fileSystem, { cacheBytes: 1_000_000 });
  const older = await storage.openMessages('older');
  const newer = await storage.openMessages('newer');
  await older.append([textMessage('x'.repeat(100_000))]);
  assert.equal(older.readNow(0, ALL)?.length, 1);
  for (let index = 0; index < 20; index += 1) await newer.append([textMessage('y'.repeat(100_000))]);
  assert.equal(older.readNow(0, ALL), undefined);
  assert.equal(newer.readNow(0, ALL), undefined);
  assert.ok((newer.readNow(15, ALL)?.length ?? 0) === 5);
  assert.equal((await older.read(0, ALL)).length, 1);
});

test('whoever catches up finds what lies behind what was read already at hand', async () => {
  const fileSystem = faultyFileSystem();
  {
    await using storage = await open(fileSystem);
    const log = await storage.openMessages('t');
    await log.append(Array.from({ length: 100 }, (_, index) => textMessage(`${index}`)));
    for (let index = 100; index < 200; index += 1) await log.append([textMessage(`${index}`)]);
  }
  await using storage = await open(fileSystem);
  const log = await storage.openMessages('t');
  assert.equal(log.readNow(30, ALL), undefined);
  const ten = { maxMessages: 10, maxBytes: 1_000_000 };
  assert.equal((await log.read(30, ten)).length, 10);
  const next = log.readNow(40, ten);
  assert.deepEqual(
    textsOf(next ?? []),
    Array.from({ length: 10 }, (_, index) => `${40 + index}`),
  );
  assert.deepEqual(
    textsOf(await readAll(log, ten)),
    Array.from({ length: 200 }, (_, index) => `${index}`),
  );
});

test('closing the storage closes what is open, after what was under way', async () => {
  const fileSystem = faultyFileSystem();
  const storage = await open(fileSystem);
  const log = await storage.openMessages('t');
  const acks = await storage.openAcks('s');
  const underWay = [log.append([textMessage('x')]), acks.add([0]), storage.resources.write([])];
  await storage[Symbol.asyncDispose]();
  await Promise.all(underWay);
  assert.equal(fileSystem.openFiles, 0);
  await assert.rejects(log.append([textMessage('y')]), { code: 'closed' });
});
