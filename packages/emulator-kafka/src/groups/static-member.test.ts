import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JoinAnswer } from './messages.ts';
import { GroupDriver, type Pending, protocol, REBALANCE_MS, SESSION_MS } from './testing/group-driver.ts';

const instance = (instanceId: string) => ({ instanceId, needsMemberId: true });

function answered<T>({ answer }: Pending<T>): T {
  assert.ok(answer !== undefined, 'the request still waits');
  return answer;
}

const assignmentOf = (driver: GroupDriver, memberId: string, instanceId: string): string =>
  String(answered(driver.sync({ memberId, instanceId })).assignment);

test('a static member needs no id to come back with, and its id begins with its instance id', () => {
  const driver = new GroupDriver();
  const join = driver.join(instance('one'));
  driver.clock.advance(0);
  assert.equal(answered(join).memberId, 'one-id1');
  assert.equal(answered(join).members[0]?.instanceId, 'one');
});

test('a static member that restarts in a stable group gets its part without a rebalance', () => {
  const driver = new GroupDriver();
  const [, former = ''] = driver.stable(instance('one'), instance('two'));
  const back = answered(driver.join(instance('two')));
  assert.deepEqual([back.error, back.generation, back.leader], ['NONE', 1, 'one-id1']);
  assert.notEqual(back.memberId, former);
  assert.equal(driver.group.state, 'Stable');
  assert.equal(assignmentOf(driver, back.memberId, 'two'), `part of ${former}`);
});

for (const canSkipAssignment of [true, false]) {
  test(`a leader that restarts and ${canSkipAssignment ? 'can' : 'cannot'} skip the assignment does not assign`, () => {
    const driver = new GroupDriver();
    const [former = '', follower = ''] = driver.stable(instance('one'), instance('two'));
    const back = answered(driver.join({ ...instance('one'), canSkipAssignment }));
    const expected: Partial<JoinAnswer> = canSkipAssignment
      ? { skipAssignment: true, leader: back.memberId }
      : { skipAssignment: false, leader: former, members: [] };
    assert.deepEqual({ ...back, ...expected }, back);
    if (canSkipAssignment) {
      assert.deepEqual(new Set(back.members.map(({ id }) => id)), new Set([back.memberId, follower]));
    }
    assert.equal(driver.group.roster.leader, back.memberId);
  });
}

test('the former member is fenced off from everything', () => {
  const driver = new GroupDriver();
  const [, former = ''] = driver.stable(instance('one'), instance('two'));
  driver.join(instance('two'));
  const two = { instanceId: 'two' };
  assert.equal(driver.heartbeat(former, two), 'FENCED_INSTANCE_ID');
  assert.equal(driver.commit(former, two), 'FENCED_INSTANCE_ID');
  assert.equal(answered(driver.sync({ memberId: former, ...two })).error, 'FENCED_INSTANCE_ID');
  assert.equal(answered(driver.join({ memberId: former, ...two })).error, 'FENCED_INSTANCE_ID');
  assert.deepEqual(driver.leave({ memberId: former, ...two }), ['FENCED_INSTANCE_ID']);
  assert.equal(driver.heartbeat(former), 'UNKNOWN_MEMBER_ID');
});

test('an instance id that nobody has is unknown, whatever the member id', () => {
  const driver = new GroupDriver();
  const [a = ''] = driver.stable({});
  assert.equal(driver.heartbeat(a, { instanceId: 'nobody' }), 'UNKNOWN_MEMBER_ID');
  assert.deepEqual(driver.leave({ instanceId: 'nobody' }), ['UNKNOWN_MEMBER_ID']);
});

test('a static member that comes back with its id stays who it is', () => {
  const driver = new GroupDriver();
  const [, two = ''] = driver.stable(instance('one'), instance('two'));
  const again = answered(driver.join({ ...instance('two'), memberId: two }));
  assert.deepEqual([again.error, again.memberId, again.generation], ['NONE', two, 1]);
});

test('one that waits in the join phase is told that it was replaced, and its successor waits instead', () => {
  const driver = new GroupDriver();
  const [one = '', two = ''] = driver.stable(instance('one'), instance('two'));
  const waiting = driver.join({ ...instance('one'), memberId: one });
  const successor = driver.join(instance('one'));
  assert.equal(answered(waiting).error, 'FENCED_INSTANCE_ID');
  assert.equal(successor.answer, undefined);
  driver.join({ ...instance('two'), memberId: two });
  assert.deepEqual([answered(successor).generation, answered(successor).error], [2, 'NONE']);
});

test('one that waits for its assignment is told that it was replaced, and all join again', () => {
  const driver = new GroupDriver();
  const joins = [driver.join(instance('one')), driver.join(instance('two'))];
  driver.clock.advance(0);
  const [one = '', two = ''] = joins.map((join) => answered(join).memberId);
  const waiting = driver.sync({ memberId: two, instanceId: 'two' });
  const successor = driver.join(instance('two'));
  assert.equal(answered(waiting).error, 'FENCED_INSTANCE_ID');
  assert.equal(driver.group.state, 'PreparingRebalance');
  driver.join({ ...instance('one'), memberId: one });
  assert.equal(answered(successor).generation, 2);
});

test('where the successor makes the group choose another protocol, all join again', () => {
  const driver = new GroupDriver();
  const [range, sticky] = [protocol('range'), protocol('sticky')];
  const both = { protocols: [range, sticky] };
  const joins = [driver.join({ ...instance('one'), ...both }), driver.join({ ...instance('two'), ...both })];
  driver.clock.advance(0);
  driver.syncAll(joins.map((join) => answered(join).memberId));
  const successor = driver.join({ ...instance('two'), protocols: [sticky] });
  assert.equal(successor.answer, undefined);
  assert.equal(driver.group.state, 'PreparingRebalance');
});

test('a static member that does not join again stays until its session expires', () => {
  const driver = new GroupDriver();
  const [one = '', two = ''] = driver.stable(
    { ...instance('one'), sessionTimeoutMs: 10 * REBALANCE_MS },
    { ...instance('two'), sessionTimeoutMs: 10 * REBALANCE_MS },
  );
  const rejoin = driver.join({ ...instance('one'), memberId: one });
  driver.clock.advance(REBALANCE_MS);
  assert.deepEqual(
    answered(rejoin).members.map(({ id }) => id),
    [one, two],
  );
});

test('where only static members are left and none is back, the rebalance goes on until the sessions expire', () => {
  const driver = new GroupDriver();
  const [, dynamic = ''] = driver.stable(
    { ...instance('one'), sessionTimeoutMs: 3 * REBALANCE_MS },
    { sessionTimeoutMs: 10 * REBALANCE_MS },
  );
  driver.join({ memberId: dynamic, protocols: [protocol('range', 'news')] });
  driver.leave({ memberId: dynamic });
  driver.clock.advance(2 * REBALANCE_MS);
  assert.equal(driver.group.state, 'PreparingRebalance');
  driver.clock.advance(REBALANCE_MS);
  assert.equal(driver.group.state, 'Empty');
});

test('the first that is back leads the rest at the next timeout, without waiting for their sessions', () => {
  const driver = new GroupDriver();
  const long = { sessionTimeoutMs: 100 * REBALANCE_MS };
  const [one = '', two = '', dynamic = ''] = driver.stable(
    { ...instance('one'), ...long },
    { ...instance('two'), ...long },
    { ...long },
  );
  driver.join({ memberId: dynamic, protocols: [protocol('range', 'news')] });
  driver.leave({ memberId: dynamic });
  driver.clock.advance(REBALANCE_MS);
  const rejoin = driver.join({ ...instance('two'), ...long, memberId: two });
  driver.clock.advance(REBALANCE_MS);
  assert.deepEqual([answered(rejoin).leader, answered(rejoin).members.map(({ id }) => id)], [two, [one, two]]);
});

test('a successor that comes before the first sync of its part has synced when it does', () => {
  const driver = new GroupDriver();
  const long = { sessionTimeoutMs: 100 * REBALANCE_MS };
  const joins = [driver.join({ ...instance('one'), ...long }), driver.join({ ...instance('two'), ...long })];
  driver.clock.advance(0);
  driver.syncAll([answered(joins[0] ?? driver.join()).memberId]);
  const successor = answered(driver.join({ ...instance('two'), ...long }));
  driver.sync({ memberId: successor.memberId, instanceId: 'two' });
  driver.clock.advance(2 * REBALANCE_MS);
  assert.deepEqual([driver.group.state, driver.generation], ['Stable', 1]);
});

test('an administrator removes a static member by its instance id', () => {
  const driver = new GroupDriver();
  const [, two = ''] = driver.stable(instance('one'), instance('two'));
  assert.deepEqual(driver.leave({ instanceId: 'two' }, { instanceId: 'two' }), ['NONE', 'UNKNOWN_MEMBER_ID']);
  assert.equal(driver.group.state, 'PreparingRebalance');
  assert.equal(driver.heartbeat(two), 'UNKNOWN_MEMBER_ID');
});

test('a successor that cannot be saved is refused, and the former member goes on', () => {
  const driver = new GroupDriver();
  const [one = '', former = ''] = driver.stable(instance('one'), instance('two'));
  driver.savesAtOnce = false;
  const successor = driver.join({ ...instance('two'), sessionTimeoutMs: 2 * SESSION_MS });
  assert.equal(successor.answer, undefined);
  driver.saves.at(-1)?.saved('COORDINATOR_NOT_AVAILABLE');
  assert.deepEqual([answered(successor).error, answered(successor).memberId], ['COORDINATOR_NOT_AVAILABLE', '']);
  assert.equal(driver.heartbeat(former, { instanceId: 'two' }), 'NONE');
  assert.equal(driver.group.roster.get(former)?.sessionTimeoutMs, SESSION_MS);
  assert.equal(assignmentOf(driver, former, 'two'), `part of ${former}`);
  assert.equal(driver.heartbeat(one, { instanceId: 'one' }), 'NONE');
});

test('of two successors at once the first is fenced off by the second', () => {
  const driver = new GroupDriver();
  driver.stable(instance('one'), instance('two'));
  driver.savesAtOnce = false;
  const [first, second] = [driver.join(instance('two')), driver.join(instance('two'))];
  assert.equal(answered(first).error, 'FENCED_INSTANCE_ID');
  for (const { saved } of driver.saves.slice(-2)) saved('NONE');
  assert.equal(answered(second).error, 'NONE');
  assert.equal(driver.group.roster.withInstance('two')?.id, answered(second).memberId);
});

for (const error of ['NONE', 'COORDINATOR_NOT_AVAILABLE'] as const) {
  test(`a successor during whose save (${error}) a rebalance begins has joined that already`, () => {
    const driver = new GroupDriver();
    const [one = ''] = driver.stable(instance('one'), instance('two'));
    driver.savesAtOnce = false;
    const successor = driver.join(instance('two'));
    driver.join({ ...instance('one'), memberId: one, protocols: [protocol('range', 'news')] });
    assert.equal(answered(successor).generation, 2);
    driver.saves.at(-1)?.saved(error);
    assert.equal(driver.group.roster.withInstance('two')?.id, answered(successor).memberId);
  });
}

test('the session of a successor counts from its answer, also where saving it took longer', () => {
  const driver = new GroupDriver();
  const [one = ''] = driver.stable(instance('one'), instance('two'));
  driver.savesAtOnce = false;
  driver.join(instance('two'));
  driver.clock.advance(SESSION_MS - 1);
  driver.heartbeat(one);
  driver.clock.advance(1);
  driver.saves.at(-1)?.saved('NONE');
  driver.clock.advance(SESSION_MS - 2);
  driver.heartbeat(one);
  assert.equal(driver.group.roster.size, 2);
  driver.clock.advance(2);
  assert.equal(driver.group.roster.size, 1);
});
