import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JoinRequest } from './messages.ts';
import { GroupDriver, type Pending, REBALANCE_MS, SESSION_MS } from './testing/group-driver.ts';

function answered<T>({ answer }: Pending<T>): T {
  assert.ok(answer !== undefined, 'the request still waits');
  return answer;
}

/** A group whose members have joined and have not synced. */
function joined(driver: GroupDriver, count: number, request: Partial<JoinRequest> = {}): string[] {
  const joins = Array.from({ length: count }, (_, index) => driver.join({ clientId: `m${index}`, ...request }));
  driver.clock.advance(0);
  return joins.map((join) => answered(join).memberId);
}

test('followers wait for the leader, then all get what it assigned to them', () => {
  const driver = new GroupDriver();
  const [leader = '', second = '', third = ''] = joined(driver, 3);
  const early = driver.sync({ memberId: second });
  assert.equal(early.answer, undefined);
  const assignments = new Map([
    [leader, Buffer.from('first part')],
    [second, Buffer.from('second part')],
  ]);
  const own = driver.sync({ memberId: leader, assignments });
  assert.equal(driver.group.state, 'Stable');
  const expected = (assignment: string) => ({
    error: 'NONE',
    protocolType: 'consumer',
    protocolName: 'range',
    assignment: Buffer.from(assignment),
  });
  assert.deepEqual(answered(own), expected('first part'));
  assert.deepEqual(answered(early), expected('second part'));
  assert.deepEqual(answered(driver.sync({ memberId: third })), expected(''), 'the leader forgot this one');
});

test('nobody gets an assignment before it is durable', () => {
  const driver = new GroupDriver();
  driver.savesAtOnce = false;
  const [leader = '', follower = ''] = joined(driver, 2);
  const syncs = driver.syncAll([leader, follower]);
  assert.equal(driver.group.state, 'CompletingRebalance');
  assert.deepEqual(
    syncs.map(({ answer }) => answer),
    [undefined, undefined],
  );
  const [save] = driver.saves;
  assert.deepEqual(
    save?.snapshot.members.map(({ id, assignment }) => [id, String(assignment)]),
    [
      [leader, `part of ${leader}`],
      [follower, `part of ${follower}`],
    ],
  );
  save?.saved('NONE');
  assert.deepEqual(
    syncs.map((sync) => String(answered(sync).assignment)),
    [`part of ${leader}`, `part of ${follower}`],
  );
});

test('an assignment that cannot be saved is an error for all, and all join again', () => {
  const driver = new GroupDriver();
  driver.saveError = 'COORDINATOR_NOT_AVAILABLE';
  const ids = joined(driver, 2);
  const syncs = driver.syncAll(ids.toReversed());
  assert.deepEqual(
    syncs.map((sync) => answered(sync).error),
    ['COORDINATOR_NOT_AVAILABLE', 'COORDINATOR_NOT_AVAILABLE'],
  );
  assert.equal(driver.group.state, 'PreparingRebalance');
});

test('an assignment that becomes durable after its generation changes nothing', () => {
  const driver = new GroupDriver();
  driver.savesAtOnce = false;
  const [leader = '', follower = ''] = joined(driver, 2);
  const syncs = driver.syncAll([leader, follower]);
  driver.join({ clientId: 'newcomer' });
  assert.deepEqual(
    syncs.map((sync) => answered(sync).error),
    ['REBALANCE_IN_PROGRESS', 'REBALANCE_IN_PROGRESS'],
  );
  driver.join({ memberId: leader });
  driver.join({ memberId: follower });
  assert.equal(driver.group.state, 'CompletingRebalance');
  driver.saves[0]?.saved('NONE');
  assert.equal(driver.group.state, 'CompletingRebalance');
});

const refusals = [
  { what: 'an unknown member', request: { memberId: 'who?' }, error: 'UNKNOWN_MEMBER_ID' },
  { what: 'an old generation', request: { generation: 0 }, error: 'ILLEGAL_GENERATION' },
  { what: 'a future generation', request: { generation: 2 }, error: 'ILLEGAL_GENERATION' },
  { what: 'another type', request: { protocolType: 'connect' }, error: 'INCONSISTENT_GROUP_PROTOCOL' },
  { what: 'another protocol', request: { protocolName: 'sticky' }, error: 'INCONSISTENT_GROUP_PROTOCOL' },
] as const;

for (const { what, request, error } of refusals) {
  test(`a sync with ${what} is refused`, () => {
    const driver = new GroupDriver();
    const [memberId = ''] = joined(driver, 1);
    const refused = answered(driver.sync({ memberId, ...request }));
    assert.deepEqual(refused, { error, protocolType: null, protocolName: null, assignment: Buffer.alloc(0) });
  });
}

test('a sync during the join phase is told to join again', () => {
  const driver = new GroupDriver();
  const [a = ''] = driver.stable({});
  driver.join();
  assert.equal(answered(driver.sync({ memberId: a })).error, 'REBALANCE_IN_PROGRESS');
});

test('who has not synced by the rebalance timeout is gone, and the others join again', () => {
  const driver = new GroupDriver();
  const [leader = '', follower = '', late = ''] = joined(driver, 3, { sessionTimeoutMs: 10 * REBALANCE_MS });
  driver.syncAll([leader, follower]);
  driver.clock.advance(REBALANCE_MS - 1);
  assert.equal(driver.heartbeat(late), 'NONE');
  driver.clock.advance(1);
  assert.equal(driver.heartbeat(late), 'UNKNOWN_MEMBER_ID');
  assert.equal(driver.heartbeat(leader), 'REBALANCE_IN_PROGRESS');
});

test('followers do not wait for ever for a leader that never syncs', () => {
  const driver = new GroupDriver();
  const [leader = '', follower = ''] = joined(driver, 2);
  const waiting = driver.sync({ memberId: follower });
  driver.clock.advance(SESSION_MS);
  assert.equal(answered(waiting).error, 'REBALANCE_IN_PROGRESS');
  assert.equal(driver.heartbeat(leader), 'UNKNOWN_MEMBER_ID');
  assert.equal(answered(driver.join({ memberId: follower })).leader, follower);
});

test('once all have synced, no timeout of the sync phase is left', () => {
  const driver = new GroupDriver();
  const [a = '', b = ''] = driver.stable(
    { sessionTimeoutMs: 10 * REBALANCE_MS },
    { sessionTimeoutMs: 10 * REBALANCE_MS },
  );
  driver.clock.advance(2 * REBALANCE_MS);
  assert.equal(driver.heartbeat(a), 'NONE');
  assert.equal(driver.heartbeat(b), 'NONE');
  assert.equal(driver.generation, 1);
});

test('a session does not expire while its member waits for the leader, and counts anew from the answer', () => {
  const driver = new GroupDriver();
  const joins = [driver.join({ sessionTimeoutMs: 3 * SESSION_MS }), driver.join()];
  driver.clock.advance(0);
  const [leader = '', follower = ''] = joins.map((join) => answered(join).memberId);
  const waiting = driver.sync({ memberId: follower });
  driver.clock.advance(2 * SESSION_MS);
  driver.syncAll([leader]);
  assert.equal(answered(waiting).error, 'NONE');
  driver.clock.advance(SESSION_MS - 1);
  assert.equal(driver.group.state, 'Stable');
  driver.clock.advance(1);
  assert.equal(driver.group.state, 'PreparingRebalance');
});

test('a member that asks twice leaves nobody waiting, and one that leaves is answered', () => {
  const driver = new GroupDriver();
  const [, follower = ''] = joined(driver, 2);
  const lost = driver.sync({ memberId: follower });
  const again = driver.sync({ memberId: follower });
  assert.equal(answered(lost).error, 'REBALANCE_IN_PROGRESS');
  assert.equal(again.answer, undefined);
  driver.leave({ memberId: follower });
  assert.equal(answered(again).error, 'UNKNOWN_MEMBER_ID');
});
