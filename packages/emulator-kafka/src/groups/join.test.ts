import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JoinAnswer } from './messages.ts';
import { GroupDriver, type Pending, protocol, REBALANCE_MS, SESSION_MS } from './testing/group-driver.ts';

const named = (clientId: string) => ({ clientId });

function answered({ answer }: Pending<JoinAnswer>): JoinAnswer {
  assert.ok(answer !== undefined, 'the request still waits');
  return answer;
}

test('the first member leads the first generation and hears of all members', () => {
  const driver = new GroupDriver();
  const first = driver.join({ clientId: 'a', protocols: [protocol('range', 'topics of a')] });
  assert.equal(driver.group.state, 'PreparingRebalance');
  assert.equal(first.answer, undefined);
  driver.clock.advance(0);
  assert.deepEqual(answered(first), {
    error: 'NONE',
    memberId: 'a-id1',
    generation: 1,
    protocolType: 'consumer',
    protocolName: 'range',
    leader: 'a-id1',
    skipAssignment: false,
    members: [{ id: 'a-id1', instanceId: null, metadata: Buffer.from('topics of a') }],
  });
  assert.equal(driver.group.state, 'CompletingRebalance');
});

test('a follower hears who leads, and of no members', () => {
  const driver = new GroupDriver();
  const [first, second] = [driver.join(named('a')), driver.join(named('b'))];
  driver.clock.advance(0);
  assert.equal(answered(first).members.length, 2);
  assert.deepEqual(answered(second).members, []);
  assert.equal(answered(second).leader, 'a-id1');
  assert.equal(answered(second).memberId, 'b-id2');
});

test('from version 4 on a member is given an id first and joins when it comes back with it', () => {
  const driver = new GroupDriver();
  const refused = answered(driver.join({ needsMemberId: true }));
  assert.equal(refused.error, 'MEMBER_ID_REQUIRED');
  assert.equal(refused.memberId, 'client-id1');
  assert.equal(refused.generation, -1);
  assert.equal(driver.group.state, 'Empty');
  const join = driver.join({ needsMemberId: true, memberId: 'client-id1' });
  driver.clock.advance(0);
  assert.equal(answered(join).memberId, 'client-id1');
  assert.equal(answered(join).error, 'NONE');
});

test('an id that was given out is waited for as long as a session, then it is unknown', () => {
  const driver = new GroupDriver();
  const [a = ''] = driver.stable(named('a'));
  const { memberId } = answered(driver.join({ needsMemberId: true }));
  const rejoin = driver.join({ memberId: a, protocols: [protocol('range', 'more')] });
  driver.clock.advance(SESSION_MS - 1);
  assert.equal(rejoin.answer, undefined);
  driver.clock.advance(1);
  assert.equal(answered(rejoin).generation, 2);
  assert.equal(answered(driver.join({ memberId })).error, 'UNKNOWN_MEMBER_ID');
});

test('ids that were never given out are unknown', () => {
  const driver = new GroupDriver();
  assert.equal(answered(driver.join({ memberId: 'who?' })).error, 'UNKNOWN_MEMBER_ID');
  driver.stable(named('a'));
  assert.equal(answered(driver.join({ memberId: 'who?' })).error, 'UNKNOWN_MEMBER_ID');
  assert.equal(answered(driver.join({ memberId: 'who?' })).memberId, 'who?');
});

test('the delay of an initial rebalance grows while members come, up to the rebalance timeout', () => {
  const driver = new GroupDriver({ initialRebalanceDelayMs: 3000 });
  const joins = [driver.join({ rebalanceTimeoutMs: 8000 })];
  for (const waitedMs of [2999, 2999]) {
    driver.clock.advance(waitedMs);
    joins.push(driver.join({ rebalanceTimeoutMs: 8000 }));
  }
  // Two more come by 5998 ms; at 6 s the last 2 s begin.
  driver.clock.advance(2001);
  assert.equal(driver.group.state, 'PreparingRebalance');
  driver.clock.advance(1);
  assert.deepEqual(
    joins.map((join) => answered(join).generation),
    [1, 1, 1],
  );
});

test('without new members the delay of an initial rebalance is as configured', () => {
  const driver = new GroupDriver({ initialRebalanceDelayMs: 3000 });
  const join = driver.join();
  driver.clock.advance(2999);
  assert.equal(join.answer, undefined);
  driver.clock.advance(1);
  assert.equal(answered(join).error, 'NONE');
});

const rejoins = [
  { who: 'the leader of a stable group', state: 'Stable', index: 0, changed: false, rebalances: true },
  { who: 'a follower of a stable group', state: 'Stable', index: 1, changed: false, rebalances: false },
  { who: 'a follower with news', state: 'Stable', index: 1, changed: true, rebalances: true },
  { who: 'the leader before the sync', state: 'CompletingRebalance', index: 0, changed: false, rebalances: false },
  { who: 'a follower before the sync', state: 'CompletingRebalance', index: 1, changed: false, rebalances: false },
  {
    who: 'a leader with news before the sync',
    state: 'CompletingRebalance',
    index: 0,
    changed: true,
    rebalances: true,
  },
] as const;

for (const { who, state, index, changed, rebalances } of rejoins) {
  test(`${who} joins again: ${rebalances ? 'all join again' : 'the answer is as before'}`, () => {
    const driver = new GroupDriver();
    const joins = [driver.join(named('a')), driver.join(named('b'))];
    driver.clock.advance(0);
    const ids = joins.map((join) => answered(join).memberId);
    if (state === 'Stable') driver.syncAll(ids);
    const before = joins[index];
    const again = driver.join({
      memberId: ids[index] ?? '',
      ...(changed && { protocols: [protocol('range', 'news')] }),
    });
    if (rebalances) {
      assert.equal(driver.group.state, 'PreparingRebalance');
      assert.equal(again.answer, undefined);
    } else {
      assert.equal(driver.group.state, state);
      assert.deepEqual(again.answer, before?.answer);
    }
  });
}

test('a rebalance ends as soon as all members have joined again', () => {
  const driver = new GroupDriver();
  const [a = '', b = ''] = driver.stable(named('a'), named('b'));
  const newcomer = driver.join(named('c'));
  assert.equal(driver.heartbeat(a), 'REBALANCE_IN_PROGRESS');
  const rejoins = [driver.join({ memberId: b }), driver.join({ memberId: a })];
  assert.deepEqual(
    [...rejoins, newcomer].map((join) => answered(join).generation),
    [2, 2, 2],
  );
  assert.equal(answered(newcomer).leader, a);
});

test('dynamic members that have not joined again by the longest rebalance timeout are gone', () => {
  const driver = new GroupDriver();
  const long = { sessionTimeoutMs: 10 * REBALANCE_MS };
  const [a = '', b = ''] = driver.stable({ ...named('a'), ...long }, { ...named('b'), ...long, rebalanceTimeoutMs: 1 });
  const rejoin = driver.join({ memberId: b, protocols: [protocol('range', 'news')], rebalanceTimeoutMs: 1 });
  driver.clock.advance(REBALANCE_MS - 1);
  assert.equal(rejoin.answer, undefined);
  driver.clock.advance(1);
  assert.equal(answered(rejoin).leader, b, 'the leader did not join again, so another one is elected');
  assert.deepEqual(
    answered(rejoin).members.map(({ id }) => id),
    [b],
  );
  assert.equal(driver.heartbeat(a), 'UNKNOWN_MEMBER_ID');
});

test('a new member whose join waits too long is let go, since its client cannot know its id', () => {
  const driver = new GroupDriver();
  const hour = 3_600_000;
  const [a = ''] = driver.stable({ ...named('a'), sessionTimeoutMs: hour, rebalanceTimeoutMs: hour });
  const newcomer = driver.join(named('b'));
  driver.clock.advance(5 * 60_000 - 1);
  assert.equal(newcomer.answer, undefined);
  driver.clock.advance(1);
  assert.equal(answered(newcomer).error, 'UNKNOWN_MEMBER_ID');
  assert.equal(answered(newcomer).memberId, '');
  assert.equal(driver.group.roster.get(a)?.id, a);
});

test('the protocol that most members prefer among those that all know is chosen', () => {
  const driver = new GroupDriver();
  const [range, sticky, own] = [protocol('range'), protocol('sticky'), protocol('own')];
  const joins = [
    driver.join({ protocols: [own, range, sticky] }),
    driver.join({ protocols: [sticky, range] }),
    driver.join({ protocols: [sticky, range] }),
  ];
  driver.clock.advance(0);
  assert.deepEqual(
    joins.map((join) => answered(join).protocolName),
    ['sticky', 'sticky', 'sticky'],
  );
});

const inconsistent = [
  { what: 'another type', request: { protocolType: 'connect' }, first: false },
  { what: 'no protocol that all know', request: { protocols: [protocol('sticky')] }, first: false },
  { what: 'no type', request: { protocolType: '' }, first: true },
  { what: 'no protocols', request: { protocols: [] }, first: true },
];

for (const { what, request, first } of inconsistent) {
  test(`a member with ${what} is refused`, () => {
    const driver = new GroupDriver();
    if (!first) driver.stable(named('a'));
    const refused = answered(driver.join(request));
    assert.equal(refused.error, 'INCONSISTENT_GROUP_PROTOCOL');
    assert.equal(driver.group.state, first ? 'Empty' : 'Stable');
  });
}

test('an empty group takes any protocol, whatever its last members had', () => {
  const driver = new GroupDriver();
  const [a = ''] = driver.stable(named('a'));
  driver.leave({ memberId: a });
  assert.equal(driver.group.state, 'Empty');
  const join = driver.join({ protocolType: 'connect', protocols: [protocol('default')] });
  driver.clock.advance(0);
  assert.equal(answered(join).protocolType, 'connect');
  assert.equal(answered(join).generation, 3);
});

test('a full group refuses newcomers and keeps its members', () => {
  const driver = new GroupDriver({ maxSize: 2 });
  const [, b = ''] = driver.stable(named('a'), named('b'));
  const refused = answered(driver.join(named('c')));
  assert.equal(refused.error, 'GROUP_MAX_SIZE_REACHED');
  assert.equal(refused.memberId, '');
  assert.equal(driver.group.state, 'Stable');
  assert.equal(answered(driver.join({ memberId: b })).error, 'NONE');
});

test('while a full group rebalances, the last to join are turned away', () => {
  const driver = new GroupDriver({ maxSize: 2 });
  const [a = '', b = ''] = driver.stable(named('a'), named('b'));
  const rejoin = driver.join({ memberId: a });
  const newcomer = driver.join(named('c'));
  const late = driver.join({ memberId: b });
  assert.equal(answered(late).error, 'GROUP_MAX_SIZE_REACHED');
  assert.equal(driver.heartbeat(b), 'UNKNOWN_MEMBER_ID');
  driver.clock.advance(REBALANCE_MS);
  assert.equal(answered(rejoin).error, 'NONE');
  assert.equal(answered(newcomer).error, 'NONE');
});

test('a client that joins again over a new connection leaves nobody waiting on the old one', () => {
  const driver = new GroupDriver();
  const [a = ''] = driver.stable(named('a'), named('b'));
  const lost = driver.join({ memberId: a });
  const again = driver.join({ memberId: a });
  assert.equal(answered(lost).error, 'REBALANCE_IN_PROGRESS');
  assert.equal(again.answer, undefined);
});

test('a member whose connection died in the join phase is in the generation until its session expires', () => {
  const driver = new GroupDriver();
  const [a = ''] = driver.stable(named('a'));
  driver.join(named('dead'));
  const rejoin = driver.join({ memberId: a });
  assert.equal(answered(rejoin).members.length, 2);
  driver.syncAll([a]);
  driver.clock.advance(SESSION_MS - 1);
  assert.equal(driver.heartbeat(a), 'NONE');
  driver.clock.advance(1);
  assert.equal(driver.heartbeat(a), 'REBALANCE_IN_PROGRESS');
  assert.equal(answered(driver.join({ memberId: a })).members.length, 1);
});
