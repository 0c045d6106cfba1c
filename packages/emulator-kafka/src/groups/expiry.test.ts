import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultyFileSystem, ManualClock } from '@sluice/durable-log';
import { expireOffsets } from './expiry.ts';
import { GroupLog } from './group-log.ts';
import { join } from './join.ts';
import type { JoinAnswer } from './messages.ts';
import { GroupRegistry } from './registry.ts';
import { leave } from './session.ts';
import { sync } from './sync.ts';
import { JOIN, SYNC } from './testing/group-driver.ts';

const WEEK_MS = 7 * 24 * 3_600_000;

class Fixture implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly log: GroupLog;
  readonly groups: GroupRegistry;

  private constructor(log: GroupLog, clock: ManualClock) {
    this.log = log;
    this.clock = clock;
    this.groups = new GroupRegistry(log, clock, { initialRebalanceDelayMs: 0, maxSize: 10 });
  }

  static async open(): Promise<Fixture> {
    const clock = new ManualClock();
    const ignore = (): void => undefined;
    const fileSystem = faultyFileSystem();
    const log = await GroupLog.open({ directory: '/groups', fileSystem, clock, onEvent: ignore, onFailure: ignore });
    return new Fixture(log, clock);
  }

  async commit(groupId: string, topic: string, expiresAtMs?: number): Promise<void> {
    const committed = { leaderEpoch: -1, metadata: '', committedAtMs: this.clock.now(), expiresAtMs };
    const partitions = [{ partition: 0, offset: 1, ...committed }];
    this.groups.obtain(groupId);
    await this.log.append({ kind: 'offsets-committed', groupId, topics: [{ topic, partitions }] });
  }

  /** A member whose session does not end within the test. @returns its id. */
  async join(groupId: string, protocolType: string, ...topics: string[]): Promise<string> {
    const group = this.groups.obtain(groupId);
    const names = topics.map((topic) => Buffer.concat([Buffer.from([0, topic.length]), Buffer.from(topic)]));
    const metadata = Buffer.concat([Buffer.from([0, 0, 0, 0, 0, topics.length]), ...names]);
    const request = { ...JOIN, protocolType, protocols: [{ name: 'range', metadata }], sessionTimeoutMs: 2 ** 31 - 1 };
    const { memberId, generation } = await new Promise<JoinAnswer>((resolve) => {
      join(group, request, resolve);
      this.clock.advance(0);
    });
    await new Promise((resolve) => sync(group, { ...SYNC, memberId, generation }, resolve));
    return memberId;
  }

  /** What is left after the time has passed. */
  async after(ms: number): Promise<Record<string, string[]>> {
    this.clock.advance(ms);
    await expireOffsets(this.groups, this.log, this.clock.now(), WEEK_MS);
    return Object.fromEntries(
      this.groups.all.map(({ id }) => [id, this.log.table.offsets(id).map(({ topic }) => topic)]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.groups.end();
    await this.log[Symbol.asyncDispose]();
  }
}

test('offsets that were committed without members expire a retention time after their commit', async () => {
  await using fixture = await Fixture.open();
  await fixture.commit('g', 'a');
  await fixture.after(1_000);
  await fixture.commit('g', 'b');
  assert.deepEqual(await fixture.after(WEEK_MS - 1_001), { g: ['a', 'b'] });
  assert.deepEqual(await fixture.after(1), { g: ['b'] });
  assert.deepEqual(await fixture.after(1_000), {});
});

test('offsets of a group that had members expire when it has been empty for so long', async () => {
  await using fixture = await Fixture.open();
  const memberId = await fixture.join('g', 'consumer', 'a');
  await fixture.commit('g', 'a');
  fixture.clock.advance(3 * WEEK_MS);
  const group = fixture.groups.obtain('g');
  leave(group, [{ memberId, instanceId: null }]);
  assert.equal(group.state, 'Empty');
  assert.deepEqual(await fixture.after(WEEK_MS - 1), { g: ['a'] });
  assert.deepEqual(await fixture.after(1), {});
});

test('of a group with members only the topics expire that none of them subscribes to', async () => {
  await using fixture = await Fixture.open();
  await fixture.join('g', 'consumer', 'a');
  await fixture.commit('g', 'a');
  await fixture.commit('g', 'b');
  assert.deepEqual(await fixture.after(WEEK_MS - 1), { g: ['a', 'b'] });
  assert.deepEqual(await fixture.after(1), { g: ['a'] });
});

test('where nobody knows what members read, their offsets stay', async () => {
  await using fixture = await Fixture.open();
  await fixture.join('g', 'connect');
  await fixture.commit('g', 'a');
  assert.deepEqual(await fixture.after(3 * WEEK_MS), { g: ['a'] });
});

test('a commit may name its own retention', async () => {
  await using fixture = await Fixture.open();
  await fixture.commit('g', 'short', fixture.clock.now() + 10);
  await fixture.commit('g', 'long', fixture.clock.now() + 2 * WEEK_MS);
  assert.deepEqual(await fixture.after(10), { g: ['long'] });
  assert.deepEqual(await fixture.after(WEEK_MS), { g: ['long'] });
  assert.deepEqual(await fixture.after(WEEK_MS), {});
});

test('an empty group without offsets goes at once', async () => {
  await using fixture = await Fixture.open();
  const memberId = await fixture.join('g', 'consumer', 'a');
  assert.deepEqual(await fixture.after(WEEK_MS), { g: [] });
  leave(fixture.groups.obtain('g'), [{ memberId, instanceId: null }]);
  assert.deepEqual(await fixture.after(0), {});
});
