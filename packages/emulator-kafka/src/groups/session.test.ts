import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GroupDriver, type Pending, protocol, SESSION_MS } from './testing/group-driver.ts';

function answered<T>({ answer }: Pending<T>): T {
  assert.ok(answer !== undefined, 'the request still waits');
  return answer;
}

test('a heartbeat tells whether to join again', () => {
  const driver = new GroupDriver();
  const join = driver.join();
  driver.clock.advance(0);
  const { memberId } = answered(join);
  assert.equal(driver.heartbeat(memberId), 'NONE', 'before the sync');
  driver.syncAll([memberId]);
  assert.equal(driver.heartbeat(memberId), 'NONE');
  driver.join();
  assert.equal(driver.heartbeat(memberId), 'REBALANCE_IN_PROGRESS');
});

test('a heartbeat of nobody or of another generation is refused', () => {
  const driver = new GroupDriver();
  assert.equal(driver.heartbeat('who?'), 'UNKNOWN_MEMBER_ID');
  const [a = ''] = driver.stable({});
  assert.equal(driver.heartbeat('who?'), 'UNKNOWN_MEMBER_ID');
  assert.equal(driver.heartbeat(a, { generation: 0 }), 'ILLEGAL_GENERATION');
  const { memberId: pending } = answered(driver.join({ needsMemberId: true }));
  assert.equal(driver.heartbeat(pending), 'UNKNOWN_MEMBER_ID');
});

for (const { keeps, call } of [
  { keeps: 'a heartbeat', call: (driver: GroupDriver, id: string) => driver.heartbeat(id) },
  { keeps: 'a commit', call: (driver: GroupDriver, id: string) => driver.commit(id) },
]) {
  test(`a session lasts for its timeout after ${keeps}; then the others join again without its member`, () => {
    const driver = new GroupDriver();
    const [a = '', b = ''] = driver.stable({ sessionTimeoutMs: 10 * SESSION_MS }, {});
    driver.clock.advance(SESSION_MS - 1);
    call(driver, b);
    driver.clock.advance(SESSION_MS - 1);
    assert.equal(driver.group.state, 'Stable');
    driver.clock.advance(1);
    assert.equal(driver.group.state, 'PreparingRebalance');
    const rejoin = answered(driver.join({ memberId: a }));
    assert.deepEqual([rejoin.generation, rejoin.members.length], [2, 1]);
  });
}

test('a session that expires in the join phase no longer holds up the others', () => {
  const driver = new GroupDriver();
  const [a = '', b = ''] = driver.stable({}, {});
  const rejoin = driver.join({ memberId: a });
  driver.clock.advance(SESSION_MS - 1);
  assert.equal(rejoin.answer, undefined);
  driver.clock.advance(1);
  assert.equal(answered(rejoin).members.length, 1);
  assert.equal(driver.heartbeat(b), 'UNKNOWN_MEMBER_ID');
});

test('when the last session expires the group is empty, and its next generation is another', () => {
  const driver = new GroupDriver();
  driver.stable({});
  driver.clock.advance(SESSION_MS);
  assert.equal(driver.group.state, 'Empty');
  assert.equal(driver.generation, 2);
  assert.deepEqual(driver.saves.at(-1)?.snapshot.members, []);
});

test('members leave at once, and the others join again', () => {
  const driver = new GroupDriver();
  const [a = '', b = '', c = ''] = driver.stable({}, {}, {});
  assert.deepEqual(driver.leave({ memberId: a }, { memberId: 'who?' }, { memberId: b }, { memberId: a }), [
    'NONE',
    'UNKNOWN_MEMBER_ID',
    'NONE',
    'UNKNOWN_MEMBER_ID',
  ]);
  const rejoin = answered(driver.join({ memberId: c }));
  assert.deepEqual([rejoin.leader, rejoin.generation], [c, 2]);
});

test('a leave that removes nobody rebalances nobody', () => {
  const driver = new GroupDriver();
  driver.stable({});
  assert.deepEqual(driver.leave({ memberId: 'who?' }, {}), ['UNKNOWN_MEMBER_ID', 'UNKNOWN_MEMBER_ID']);
  assert.equal(driver.group.state, 'Stable');
});

test('who leaves while it waits in the join phase is answered', () => {
  const driver = new GroupDriver();
  const [a = ''] = driver.stable({}, {});
  const waiting = driver.join({ memberId: a });
  driver.leave({ memberId: a });
  assert.equal(answered(waiting).error, 'UNKNOWN_MEMBER_ID');
});

test('the last one that the join phase waits for may leave', () => {
  const driver = new GroupDriver();
  const [a = '', b = ''] = driver.stable({}, {});
  const rejoin = driver.join({ memberId: a });
  driver.leave({ memberId: b });
  assert.equal(answered(rejoin).generation, 2);
});

test('an id that was given out can be given back', () => {
  const driver = new GroupDriver();
  const { memberId } = answered(driver.join({ needsMemberId: true }));
  assert.deepEqual(driver.leave({ memberId }), ['NONE']);
  assert.equal(driver.group.state, 'Empty');
  assert.equal(answered(driver.join({ memberId })).error, 'UNKNOWN_MEMBER_ID');
});

const commits = [
  { what: 'a member of this generation', claim: {}, error: 'NONE' },
  { what: 'a member of an old generation', claim: { generation: 0 }, error: 'ILLEGAL_GENERATION' },
  { what: 'a member without a generation', claim: { generation: -1 }, error: 'ILLEGAL_GENERATION' },
  { what: 'an unknown member', memberId: 'who?', claim: {}, error: 'UNKNOWN_MEMBER_ID' },
  { what: 'nobody, with a generation', memberId: '', claim: {}, error: 'UNKNOWN_MEMBER_ID' },
  { what: 'nobody', memberId: '', claim: { generation: -1 }, error: 'UNKNOWN_MEMBER_ID' },
] as const;

for (const { what, claim, error, ...other } of commits) {
  test(`offsets from ${what}, in a group with members: ${error}`, () => {
    const driver = new GroupDriver();
    const [a = ''] = driver.stable({});
    const memberId = 'memberId' in other ? other.memberId : a;
    assert.equal(driver.commit(memberId, claim), error);
  });
}

test('without members anyone may commit who claims no generation', () => {
  const driver = new GroupDriver();
  assert.equal(driver.commit('', { generation: -1 }), 'NONE');
  assert.equal(driver.commit('who?', { generation: -1 }), 'NONE');
  assert.equal(driver.commit('', { generation: 0 }), 'UNKNOWN_MEMBER_ID');
  assert.equal(driver.commit('who?', { generation: 0 }), 'UNKNOWN_MEMBER_ID');
});

test('while members join, those of the last generation may still commit; before the sync they may not', () => {
  const driver = new GroupDriver();
  const [a = ''] = driver.stable({});
  driver.join({ memberId: a, protocols: [protocol('range', 'news')] });
  assert.equal(driver.group.state, 'CompletingRebalance');
  assert.equal(driver.commit(a), 'REBALANCE_IN_PROGRESS');
  driver.syncAll([a]);
  driver.join();
  assert.equal(driver.group.state, 'PreparingRebalance');
  assert.equal(driver.commit(a), 'NONE');
});

test('the end of a group answers everybody and leaves no timer behind', () => {
  const joining = new GroupDriver();
  const [a = ''] = joining.stable({}, {});
  const join = joining.join({ memberId: a });
  joining.group.end();
  assert.equal(answered(join).error, 'NOT_COORDINATOR');
  const syncing = new GroupDriver();
  const joins = [syncing.join(), syncing.join()];
  syncing.clock.advance(0);
  const sync = syncing.sync({ memberId: answered(joins[1] ?? syncing.join()).memberId });
  syncing.group.end();
  assert.equal(answered(sync).error, 'NOT_COORDINATOR');
  for (const driver of [joining, syncing]) {
    driver.clock.advance(24 * 3_600_000);
    assert.equal(driver.group.state, 'Dead');
    assert.equal(answered(driver.join()).error, 'COORDINATOR_NOT_AVAILABLE');
    assert.equal(answered(driver.sync({ memberId: a })).error, 'COORDINATOR_NOT_AVAILABLE');
    assert.equal(driver.heartbeat(a), 'COORDINATOR_NOT_AVAILABLE');
    assert.equal(driver.commit(a), 'COORDINATOR_NOT_AVAILABLE');
  }
});

test('what was saved of a stable group is a stable group again, whose members have a session to be heard of', () => {
  const before = new GroupDriver();
  const [leader = '', follower = ''] = before.stable({ clientId: 'z' }, { clientId: 'a', instanceId: 'one' });
  const after = new GroupDriver({}, before.saves.at(-1)?.snapshot);
  assert.deepEqual([after.group.state, after.generation, after.group.roster.leader], ['Stable', 1, leader]);
  after.clock.advance(SESSION_MS - 1);
  assert.equal(after.heartbeat(follower, { instanceId: 'one' }), 'NONE');
  assert.equal(after.commit(follower), 'NONE');
  assert.equal(String(answered(after.sync({ memberId: follower })).assignment), `part of ${follower}`);
  assert.equal(answered(after.join({ memberId: follower, instanceId: 'one' })).generation, 1);
  after.clock.advance(1);
  assert.equal(after.heartbeat(follower), 'REBALANCE_IN_PROGRESS', 'the leader was not heard of');
});

test('also the leader is restored, wherever it stands among the members', () => {
  const before = new GroupDriver();
  before.stable({ instanceId: 'leader' }, { instanceId: 'follower' });
  const { memberId } = answered(before.join({ instanceId: 'leader' }));
  const after = new GroupDriver({}, before.saves.at(-1)?.snapshot);
  assert.equal(after.group.roster.all[0]?.instanceId, 'follower');
  assert.equal(after.group.roster.leader, memberId);
});
