import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FaultyFileSystem, faultyFileSystem, LogError, ManualClock } from '@sluice/durable-log';
import fc from 'fast-check';
import { decodeEntry, encodeEntry } from './change-codec.ts';
import type { Checkpoint, GroupChange, TopicOffsets } from './changes.ts';
import { GroupLog } from './group-log.ts';
import type { GroupSnapshot } from './snapshot.ts';
import { GroupTable } from './table.ts';

const record = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(fields, { noNullPrototype: true }) as fc.Arbitrary<T>;
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const bytes = fc.uint8Array({ maxLength: 20 }).map((value) => Buffer.from(value));
const int32 = fc.integer();
const time = fc.nat(Number.MAX_SAFE_INTEGER);
const name = (prefix: string) => fc.nat(2).map((index) => `${prefix}${index}`);

const offsets: fc.Arbitrary<TopicOffsets> = record({
  topic: name('topic'),
  partitions: fc.array(
    record({
      partition: fc.nat(3),
      offset: fc.maxSafeInteger(),
      leaderEpoch: int32,
      metadata: text,
      committedAtMs: time,
      expiresAtMs: fc.option(time, { nil: undefined }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});

const snapshot: fc.Arbitrary<GroupSnapshot> = record({
  generation: int32,
  protocolType: fc.option(text),
  protocolName: fc.option(text),
  leader: fc.option(text),
  stateSinceMs: fc.option(time, { nil: undefined }),
  members: fc.array(
    record({
      id: text,
      instanceId: fc.option(text),
      clientId: text,
      clientHost: text,
      sessionTimeoutMs: int32,
      rebalanceTimeoutMs: int32,
      metadata: bytes,
      assignment: bytes,
    }),
    { maxLength: 3 },
  ),
});

const groupId = name('group');
const change: fc.Arbitrary<GroupChange> = fc.oneof(
  {
    weight: 8,
    arbitrary: record({
      kind: fc.constant('offsets-committed' as const),
      groupId,
      topics: fc.array(offsets, { minLength: 1 }),
    }),
  },
  record({
    kind: fc.constant('offsets-removed' as const),
    groupId,
    topics: fc.array(record({ topic: name('topic'), partitions: fc.array(fc.nat(3)) })),
  }),
  { weight: 3, arbitrary: record({ kind: fc.constant('group-saved' as const), groupId, snapshot }) },
  record({ kind: fc.constant('group-removed' as const), groupId }),
  record({ kind: fc.constant('topic-removed' as const), topic: name('topic') }),
);

const open = (fileSystem: FaultyFileSystem, checkpointBytes?: number): Promise<GroupLog> =>
  GroupLog.open({
    directory: '/groups',
    fileSystem,
    clock: new ManualClock(),
    onEvent: () => undefined,
    onFailure: () => undefined,
    checkpointBytes,
  });

function tableOf(changes: readonly GroupChange[]): GroupTable {
  const table = new GroupTable();
  for (const each of changes) table.apply(each);
  return table;
}

/** Regardless of order. */
const contents = (table: GroupTable): unknown =>
  new Map(
    table.images().map(({ groupId, snapshot, topics }) => [
      groupId,
      {
        snapshot,
        topics: new Map(
          topics.map(({ topic, partitions }) => [topic, new Map(partitions.map((at) => [at.partition, at]))]),
        ),
      },
    ]),
  );

test('an entry is read back as it was written', () => {
  fc.assert(
    fc.property(change, (written) => {
      assert.deepEqual(decodeEntry(encodeEntry(written)), written);
    }),
  );
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const checkpoint: Checkpoint = { kind: 'checkpoint', groups: tableOf(changes).images() };
      assert.deepEqual(decodeEntry(encodeEntry(checkpoint)), checkpoint);
    }),
  );
});

test('changes that are applied once more, from any point on, change nothing', () => {
  fc.assert(
    fc.property(fc.array(change), fc.nat(), (changes, from) => {
      const again = changes.slice(from % (changes.length + 1));
      assert.deepEqual(contents(tableOf([...changes, ...again])), contents(tableOf(changes)));
    }),
  );
});

test('an entry of another version is refused by name, not misread', () => {
  const entry = encodeEntry({ kind: 'topic-removed', topic: 'a' });
  entry[0] = 2;
  assert.throws(() => decodeEntry(entry), /version 2, only 1 is known/);
});

test('whenever the machine stops: what was acknowledged is there, and nothing that was never asked for', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(change, { minLength: 1, maxLength: 5 }), { minLength: 3, maxLength: 12 }),
      fc.nat(200),
      fc.infiniteStream(fc.nat()),
      async (rounds, stopAt, randoms) => {
        let disk = faultyFileSystem();
        disk.stopAt(20 + stopAt);
        const sent: GroupChange[] = [];
        let acknowledged = 0;
        const log = await open(disk, 400);
        for (const round of rounds) {
          sent.push(...round);
          const appended = await Promise.all(round.map((each) => log.append(each)));
          if (appended.some(({ kind }) => kind !== 'durable')) break;
          acknowledged = sent.length;
        }
        await log[Symbol.asyncDispose]().catch(() => undefined);
        disk = disk.crash((ways) => (randoms.next().value ?? 0) % ways);
        const after = await open(disk, 400);
        const possible = Array.from({ length: sent.length - acknowledged + 1 }, (_, unacknowledged) =>
          contents(tableOf(sent.slice(0, acknowledged + unacknowledged))),
        );
        const found = contents(after.table);
        assert.ok(
          possible.some((state) => isDeepEqual(state, found)),
          'the table is none that the changes could have led to',
        );
        await after[Symbol.asyncDispose]();
      },
    ),
    { numRuns: 150 },
  );
});

function isDeepEqual(one: unknown, other: unknown): boolean {
  try {
    assert.deepEqual(one, other);
    return true;
  } catch {
    return false;
  }
}

const commit = (offset: number, metadata = ''): GroupChange => ({
  kind: 'offsets-committed',
  groupId: 'g',
  topics: [
    {
      topic: 't',
      partitions: [{ partition: 0, offset, leaderEpoch: -1, metadata, committedAtMs: 0, expiresAtMs: undefined }],
    },
  ],
});

const sizeOf = (disk: FaultyFileSystem): number =>
  [...disk.files().values()].reduce((sum, { length }) => sum + length, 0);

test('the log does not grow with the number of commits, and is right after every restart', async () => {
  const disk = faultyFileSystem();
  let largest = 0;
  for (let restart = 0; restart < 4; restart += 1) {
    const log = await open(disk, 16_384);
    for (let offset = 0; offset < 4_000; offset += 50) {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) => log.append(commit(restart * 4_000 + offset + index, 'x'.repeat(30)))),
      );
      largest = Math.max(largest, sizeOf(disk));
    }
    await log[Symbol.asyncDispose]();
    const again = await open(disk, 16_384);
    assert.equal(again.table.offset('g', 't', 0)?.offset, restart * 4_000 + 3_999);
    await again[Symbol.asyncDispose]();
  }
  assert.ok(largest < 250_000, `16,000 commits took ${largest} bytes`);
});

test('changes that are under way while a checkpoint is written are in none, and are not lost', async () => {
  const disk = faultyFileSystem();
  const log = await open(disk, 1_000);
  const appends: Promise<unknown>[] = [];
  for (let offset = 0; offset < 500; offset += 1) {
    appends.push(log.append(commit(offset, 'x'.repeat(50))));
    if (offset % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(appends);
  const again = await open(disk.kill(), 1_000);
  assert.equal(again.table.offset('g', 't', 0)?.offset, 499);
  await again[Symbol.asyncDispose]();
});

test('commits that come together share a sync', async () => {
  const disk = faultyFileSystem();
  const log = await open(disk);
  const before = disk.count('sync');
  await Promise.all(Array.from({ length: 100 }, (_, offset) => log.append(commit(offset))));
  assert.ok(disk.count('sync') - before <= 3, `${disk.count('sync') - before} syncs`);
  await log[Symbol.asyncDispose]();
});

test('a change that is too large is refused and changes nothing', async () => {
  const log = await open(faultyFileSystem());
  const appended = await log.append(commit(1, 'x'.repeat(2 ** 20)));
  assert.equal(appended.kind, 'too-large');
  assert.equal(log.table.offset('g', 't', 0), undefined);
  await log[Symbol.asyncDispose]();
});

test('a full disk refuses changes until there is room, a failed sync until the next start; both are told', async () => {
  const disk = faultyFileSystem();
  const failures: unknown[] = [];
  const log = await GroupLog.open({
    directory: '/groups',
    fileSystem: disk,
    clock: new ManualClock(),
    onEvent: () => undefined,
    onFailure: (error) => failures.push(error),
  });
  const codes = (): unknown[] => failures.map((error) => error instanceof LogError && error.code);
  disk.capacityBytes = 0;
  assert.equal((await log.append(commit(1))).kind, 'failed');
  assert.equal(log.table.offset('g', 't', 0), undefined, 'what is not durable is not seen');
  disk.capacityBytes = Number.POSITIVE_INFINITY;
  assert.equal((await log.append(commit(2))).kind, 'durable');
  assert.deepEqual(codes(), ['no-space']);
  disk.failSync();
  assert.equal((await log.append(commit(3))).kind, 'failed');
  assert.deepEqual(codes(), ['no-space', 'broken']);
  assert.equal(log.table.offset('g', 't', 0)?.offset, 2);
  await log[Symbol.asyncDispose]().catch(() => undefined);
});
