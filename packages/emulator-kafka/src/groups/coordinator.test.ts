import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FaultyFileSystem, faultyFileSystem, ManualClock } from '@sluice/durable-log';
import { waitFor } from '@sluice/testing';
import { type GroupCoordinator, type GroupSettings, openGroupCoordinator } from './coordinator.ts';
import type { JoinAnswer, JoinRequest } from './messages.ts';
import type { CommitRequest } from './offsets.ts';
import { JOIN, SYNC } from './testing/group-driver.ts';

const DAY_MS = 24 * 3_600_000;

/** A coordinator on a disk and a clock of its own, where the topics `orders` and `returns` have three partitions. */
class Fixture {
  readonly clock = new ManualClock();
  readonly topics = new Map([
    ['orders', 3],
    ['returns', 3],
  ]);
  disk: FaultyFileSystem = faultyFileSystem();
  readonly events: string[] = [];
  readonly failures: Error[] = [];
  readonly connection = new AbortController();

  async open(settings: Partial<GroupSettings> = {}): Promise<GroupCoordinator> {
    return openGroupCoordinator({
      directory: '/groups',
      fileSystem: this.disk,
      clock: this.clock,
      log: ({ kind }) => this.events.push(kind),
      fail: (error) => this.failures.push(error),
      partitionCount: (topic) => this.topics.get(topic),
      settings,
    });
  }

  join(groups: GroupCoordinator, groupId: string, request: Partial<JoinRequest> = {}): Promise<JoinAnswer> {
    const answer = groups.join(groupId, { ...JOIN, ...request }, this.connection.signal);
    this.clock.advance(0);
    return answer;
  }

  /** Lets one member join and sync. @returns its id. */
  async stable(groups: GroupCoordinator, groupId: string, request: Partial<JoinRequest> = {}): Promise<string> {
    const { memberId, generation } = await this.join(groups, groupId, request);
    const assignments = new Map([[memberId, Buffer.from('all')]]);
    const synced = await groups.sync(groupId, { ...SYNC, memberId, generation, assignments }, this.connection.signal);
    assert.equal(synced.error, 'NONE');
    return memberId;
  }
}

interface Wanted extends Partial<Omit<CommitRequest, 'topics'>> {
  readonly metadata?: string | null;
}

/** Commits an offset for each `topic/partition` named. @returns the errors, in that order. */
async function commit(
  groups: GroupCoordinator,
  groupId: string,
  offsets: Readonly<Record<string, number>>,
  { metadata = null, ...request }: Wanted = {},
): Promise<string[]> {
  const topics = Object.entries(offsets).map(([name, offset]) => {
    const [topic = '', partition] = name.split('/');
    return { topic, partitions: [{ partition: Number(partition), offset, leaderEpoch: 4, metadata }] };
  });
  const anyone = { memberId: '', instanceId: null, generation: -1, retentionMs: undefined };
  const committed = await groups.offsets.commit({
    groupId,
    ...anyone,
    noGroupError: 'ILLEGAL_GENERATION',
    ...request,
    topics,
  });
  return committed.flatMap(({ partitions }) => partitions.map(({ error }) => error));
}

function offsetOf(groups: GroupCoordinator, groupId: string, topic: string, partition = 0): number | undefined {
  return groups.offsets.fetch(groupId, [{ topic, partitions: [partition] }])[0]?.partitions[0]?.offset;
}

const states = (groups: GroupCoordinator): Record<string, string> =>
  Object.fromEntries(groups.list().map(({ id, state }) => [id, state]));

test('committed offsets are read with leader epoch and metadata; where there are none the offset is -1', async () => {
  await using groups = await new Fixture().open();
  assert.deepEqual(await commit(groups, 'g', { 'orders/0': 7, 'returns/2': 9 }, { metadata: 'm' }), ['NONE', 'NONE']);
  assert.deepEqual(groups.offsets.fetch('g', [{ topic: 'orders', partitions: [1, 0] }]), [
    {
      topic: 'orders',
      partitions: [
        { partition: 1, offset: -1, leaderEpoch: -1, metadata: '' },
        { partition: 0, offset: 7, leaderEpoch: 4, metadata: 'm' },
      ],
    },
  ]);
  assert.deepEqual(
    groups.offsets.fetchAll('g').map(({ topic }) => topic),
    ['orders', 'returns'],
  );
  assert.deepEqual(groups.offsets.fetchAll('nobody'), []);
});

test('a commit is not seen, and not acknowledged, before it is durable', async () => {
  const fixture = new Fixture();
  await using groups = await fixture.open();
  const committed = commit(groups, 'g', { 'orders/0': 7 });
  assert.equal(offsetOf(groups, 'g', 'orders'), -1);
  assert.deepEqual(await committed, ['NONE']);
  fixture.disk = fixture.disk.crash(() => 0);
  await using after = await fixture.open();
  assert.equal(offsetOf(after, 'g', 'orders'), 7);
});

test('a member that commits must be of this generation; one of a group that is gone is told so', async () => {
  const fixture = new Fixture();
  await using groups = await fixture.open();
  const memberId = await fixture.stable(groups, 'g');
  assert.deepEqual(await commit(groups, 'g', { 'orders/0': 1 }, { memberId, generation: 1 }), ['NONE']);
  assert.deepEqual(await commit(groups, 'g', { 'orders/0': 2 }, { memberId, generation: 0 }), ['ILLEGAL_GENERATION']);
  assert.deepEqual(await commit(groups, 'g', { 'orders/0': 2 }), ['UNKNOWN_MEMBER_ID']);
  assert.deepEqual(await commit(groups, 'h', { 'orders/0': 2 }, { memberId, generation: 1 }), ['ILLEGAL_GENERATION']);
  assert.equal(offsetOf(groups, 'g', 'orders'), 1);
  assert.equal(groups.find('h'), undefined);
});

test('partitions that do not exist are refused one by one, before anything else is looked at', async () => {
  const fixture = new Fixture();
  await using groups = await fixture.open();
  const unknown = 'UNKNOWN_TOPIC_OR_PARTITION';
  assert.deepEqual(await commit(groups, 'g', { 'orders/3': 1, 'orders/0': 1, 'other/0': 1, 'orders/-1': 1 }), [
    unknown,
    'NONE',
    unknown,
    unknown,
  ]);
  await fixture.stable(groups, 'g');
  assert.deepEqual(await commit(groups, 'g', { 'orders/9': 1, 'orders/0': 1 }), [unknown, 'UNKNOWN_MEMBER_ID']);
  assert.deepEqual(await commit(groups, 'g', { 'orders/9': 1 }), [unknown]);
  assert.deepEqual(await commit(groups, 'new', { 'orders/9': 1 }), [unknown]);
  assert.equal(groups.find('new'), undefined, 'nothing was committed, so there is no such group');
});

test('metadata has a limit in characters', async () => {
  await using groups = await new Fixture().open();
  assert.deepEqual(await commit(groups, 'g', { 'orders/0': 1 }, { metadata: 'é'.repeat(4096) }), ['NONE']);
  assert.deepEqual(await commit(groups, 'g', { 'orders/1': 1 }, { metadata: 'é'.repeat(4097) }), [
    'OFFSET_METADATA_TOO_LARGE',
  ]);
  assert.equal(offsetOf(groups, 'g', 'orders', 1), -1);
});

test('a full disk is an error that clients repeat, and a failed sync ends the broker', async () => {
  const fixture = new Fixture();
  const groups = await fixture.open();
  fixture.disk.capacityBytes = 0;
  assert.deepEqual(await commit(groups, 'g', { 'orders/0': 1 }), ['COORDINATOR_NOT_AVAILABLE']);
  assert.deepEqual([fixture.events, fixture.failures], [['storage-failed'], []]);
  fixture.disk.capacityBytes = Number.POSITIVE_INFINITY;
  assert.deepEqual(await commit(groups, 'g', { 'orders/0': 1 }), ['NONE']);
  fixture.disk.failSync();
  assert.deepEqual(await commit(groups, 'g', { 'orders/0': 2 }), ['COORDINATOR_NOT_AVAILABLE']);
  assert.equal(fixture.failures.length, 1);
  await groups[Symbol.asyncDispose]().catch(() => undefined);
});

test('a restart brings back offsets and stable groups with their members', async () => {
  const fixture = new Fixture();
  const groups = await fixture.open();
  const memberId = await fixture.stable(groups, 'g', { instanceId: 'one' });
  await commit(groups, 'g', { 'orders/0': 5 }, { memberId, instanceId: 'one', generation: 1 });
  await commit(groups, 'simple', { 'orders/1': 6 });
  await groups[Symbol.asyncDispose]();
  fixture.disk = fixture.disk.crash(() => 0);
  await using after = await fixture.open();
  assert.deepEqual(states(after), { g: 'Stable', simple: 'Empty' });
  assert.equal(after.heartbeat('g', { memberId, instanceId: 'one' }, 1), 'NONE');
  assert.deepEqual(await commit(after, 'g', { 'orders/0': 6 }, { memberId, generation: 1 }), ['NONE']);
  const again = await fixture.join(after, 'g', { instanceId: 'one' });
  assert.deepEqual([again.error, again.generation], ['NONE', 1]);
  assert.equal(offsetOf(after, 'simple', 'orders', 1), 6);
});

test('a member that is not heard of after a restart is gone after its session', async () => {
  const fixture = new Fixture();
  const groups = await fixture.open();
  const memberId = await fixture.stable(groups, 'g');
  await groups[Symbol.asyncDispose]();
  await using after = await fixture.open();
  fixture.clock.advance(JOIN.sessionTimeoutMs);
  assert.equal(after.heartbeat('g', { memberId, instanceId: null }, 1), 'UNKNOWN_MEMBER_ID');
  assert.equal((await fixture.join(after, 'g')).generation, 3);
});

test('deleting a group takes its offsets along, over a restart too; then it is as new', async () => {
  const fixture = new Fixture();
  const groups = await fixture.open();
  await commit(groups, 'g', { 'orders/0': 5 });
  await commit(groups, 'other', { 'orders/0': 8 });
  assert.equal(await groups.delete('g'), 'NONE');
  assert.equal(await groups.delete('g'), 'GROUP_ID_NOT_FOUND');
  assert.equal(groups.find('g'), undefined);
  await groups[Symbol.asyncDispose]();
  await using after = await fixture.open();
  assert.deepEqual(states(after), { other: 'Empty' });
  assert.equal(offsetOf(after, 'g', 'orders'), -1);
  assert.equal((await fixture.join(after, 'g')).generation, 1);
});

test('who joins while a group is being deleted joins a new one', async () => {
  const fixture = new Fixture();
  await using groups = await fixture.open();
  const memberId = await fixture.stable(groups, 'g');
  groups.leave('g', [{ memberId, instanceId: null }]);
  await commit(groups, 'g', { 'orders/0': 5 });
  const deletion = groups.delete('g');
  const joined = fixture.join(groups, 'g');
  assert.deepEqual([await deletion, (await joined).generation], ['NONE', 1]);
  assert.equal(offsetOf(groups, 'g', 'orders'), -1);
});

test('a group with members cannot be deleted', async () => {
  const fixture = new Fixture();
  await using groups = await fixture.open();
  const memberId = await fixture.stable(groups, 'g');
  assert.equal(await groups.delete('g'), 'NON_EMPTY_GROUP');
  groups.leave('g', [{ memberId, instanceId: null }]);
  assert.equal(await groups.delete('g'), 'NONE');
});

test('a group whose deletion cannot be made durable is still there', async () => {
  const fixture = new Fixture();
  await using groups = await fixture.open();
  await commit(groups, 'g', { 'orders/0': 5 });
  fixture.disk.failSync();
  assert.equal(await groups.delete('g'), 'COORDINATOR_NOT_AVAILABLE');
  assert.equal(offsetOf(groups, 'g', 'orders'), 5);
  assert.deepEqual(states(groups), { g: 'Empty' });
});

test('offsets of a topic that is deleted vanish, also where the broker died before it could forget them', async () => {
  const fixture = new Fixture();
  const groups = await fixture.open();
  await commit(groups, 'g', { 'orders/0': 5, 'returns/0': 6 });
  await groups.topicDeleted('orders');
  assert.equal(offsetOf(groups, 'g', 'orders'), -1);
  assert.equal(offsetOf(groups, 'g', 'returns'), 6);
  await groups[Symbol.asyncDispose]();
  fixture.topics.delete('returns');
  const after = await fixture.open();
  assert.equal(offsetOf(after, 'g', 'returns'), -1);
  await after[Symbol.asyncDispose]();
  fixture.topics.set('returns', 3);
  await using anew = await fixture.open();
  assert.equal(offsetOf(anew, 'g', 'orders'), -1);
  assert.equal(offsetOf(anew, 'g', 'returns'), -1);
});

test('single offsets can be deleted where nobody subscribes to the topic', async () => {
  const fixture = new Fixture();
  await using groups = await fixture.open();
  const subscribedTo = (topic: string): Buffer =>
    Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 1, 0, topic.length]), Buffer.from(topic)]);
  await commit(groups, 'g', { 'orders/0': 5, 'returns/0': 6 });
  await fixture.stable(groups, 'g', { protocols: [{ name: 'range', metadata: subscribedTo('orders') }] });
  const wanted = ['orders', 'returns', 'other'].map((topic) => ({ topic, partitions: [0] }));
  const deleted = await groups.offsets.delete('g', wanted);
  assert.deepEqual(Array.isArray(deleted) && deleted.map(({ partitions }) => partitions[0]?.error), [
    'GROUP_SUBSCRIBED_TO_TOPIC',
    'NONE',
    'UNKNOWN_TOPIC_OR_PARTITION',
  ]);
  assert.deepEqual([offsetOf(groups, 'g', 'orders'), offsetOf(groups, 'g', 'returns')], [5, -1]);
  assert.equal(await groups.offsets.delete('nobody', wanted), 'GROUP_ID_NOT_FOUND');
  await fixture.stable(groups, 'connect', { protocolType: 'connect' });
  assert.equal(await groups.offsets.delete('connect', wanted), 'NON_EMPTY_GROUP');
});

const refusals = [
  { what: 'no group id', groupId: '', request: {}, error: 'INVALID_GROUP_ID' },
  { what: 'a session that is too short', request: { sessionTimeoutMs: 5_999 }, error: 'INVALID_SESSION_TIMEOUT' },
  { what: 'a session that is too long', request: { sessionTimeoutMs: 1_800_001 }, error: 'INVALID_SESSION_TIMEOUT' },
  { what: 'an id from a group that does not exist', request: { memberId: 'who?' }, error: 'UNKNOWN_MEMBER_ID' },
] as const;

for (const { what, request, error, ...other } of refusals) {
  test(`a join with ${what} is refused and makes no group`, async () => {
    const fixture = new Fixture();
    await using groups = await fixture.open();
    const refused = await fixture.join(groups, 'groupId' in other ? other.groupId : 'g', request);
    assert.equal(refused.error, error);
    assert.deepEqual(states(groups), {});
  });
}

test('who waits in a group is answered once its connection or the broker ends', async () => {
  const fixture = new Fixture();
  await using groups = await fixture.open();
  const memberId = await fixture.stable(groups, 'g');
  const waiting = fixture.join(groups, 'g');
  const lost = new AbortController();
  const alsoWaiting = groups.join('g', JOIN, lost.signal);
  lost.abort();
  assert.equal((await alsoWaiting).error, 'NOT_COORDINATOR');
  assert.equal((await groups.join('g', JOIN, lost.signal)).error, 'NOT_COORDINATOR');
  assert.equal(groups.heartbeat('g', { memberId, instanceId: null }, 1), 'REBALANCE_IN_PROGRESS');
  await groups[Symbol.asyncDispose]();
  assert.equal((await waiting).error, 'NOT_COORDINATOR');
});

test('what has expired goes by itself', async () => {
  const fixture = new Fixture();
  await using groups = await fixture.open({ offsetsRetentionMs: DAY_MS });
  await commit(groups, 'g', { 'orders/0': 1 });
  fixture.clock.advance(DAY_MS);
  await waitFor('the group to be removed', () => {
    fixture.clock.advance(600_000);
    return groups.find('g') === undefined;
  });
});
