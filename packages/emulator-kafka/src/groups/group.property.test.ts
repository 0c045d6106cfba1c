import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { JoinAnswer, JoinedMember, SyncAnswer } from './messages.ts';
import { GroupDriver, type Pending, protocol } from './testing/group-driver.ts';

const CLIENTS = 4;
const MAX_SIZE = 3;
const PROTOCOLS = [
  [protocol('range')],
  [protocol('range', 'news')],
  [protocol('sticky'), protocol('range')],
  [protocol('range'), protocol('sticky')],
];

const client = fc.nat(CLIENTS - 1);
const step = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('join' as const),
      client,
      protocols: fc.nat(PROTOCOLS.length - 1),
      sessionTimeoutMs: fc.constantFrom(6_000, 20_000),
      rebalanceTimeoutMs: fc.constantFrom(5_000, 30_000),
      needsMemberId: fc.boolean(),
      canSkipAssignment: fc.boolean(),
    }),
  },
  // Whatever a well-behaved client would do next.
  { weight: 40, arbitrary: fc.record({ kind: fc.constant('proceed' as const), client }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('sync' as const), client }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('heartbeat' as const), client }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), client }) },
  // The process of the client dies and another one starts.
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), client }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(0, 1, 1, 2_500, 2_500, 2_500, 7_000, 31_000),
    }),
  },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('saved' as const), fails: fc.nat(9) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Client {
  readonly instanceId: string | null;
  memberId: string;
  generation: number;
  leads: readonly JoinedMember[] | undefined;
  /** What it knows to be next. */
  next: 'join' | 'sync' | 'heartbeat';
  /** The answers still to be looked at. */
  join: Pending<JoinAnswer> | undefined;
  sync: Pending<SyncAnswer> | undefined;
}

/** Clients that do what they like, in any order, to one group. */
class World {
  readonly driver: GroupDriver;
  readonly clients: Client[];
  readonly requests: Pending<JoinAnswer | SyncAnswer>[] = [];
  /** By generation: its leader and protocol, as the members were told; and which of the leader's tries stood. */
  readonly told = new Map<number, string>();
  readonly tries = new Map<number, string>();
  #tries = 0;
  #generation = 0;
  #savesSettled = 0;

  constructor(initialRebalanceDelayMs: number) {
    this.driver = new GroupDriver({ initialRebalanceDelayMs, maxSize: MAX_SIZE });
    this.driver.savesAtOnce = false;
    this.clients = Array.from({ length: CLIENTS }, (_, index) => freshClient(index === 0 ? 'static' : null));
  }

  take(step: Step): void {
    const { driver } = this;
    switch (step.kind) {
      case 'join':
        this.#join(step);
        break;
      case 'proceed':
        this.#proceed(step, this.#client(step));
        break;
      case 'sync':
        this.#sync(this.#client(step));
        break;
      case 'heartbeat': {
        const { memberId, generation, instanceId } = this.#client(step);
        driver.heartbeat(memberId, { generation, instanceId });
        break;
      }
      case 'leave':
        driver.leave(this.#client(step));
        break;
      case 'restart':
        this.clients[step.client] = freshClient(this.#client(step).instanceId);
        break;
      case 'wait':
        driver.clock.advance(step.ms);
        break;
      case 'saved':
        driver.saves[this.#savesSettled]?.saved(step.fails === 0 ? 'COORDINATOR_NOT_AVAILABLE' : 'NONE');
        this.#savesSettled = Math.min(this.#savesSettled + 1, driver.saves.length);
        break;
      default:
        step satisfies never;
    }
    for (const each of this.clients) this.#hear(each);
    this.check();
  }

  /** Every save is done and much time passes: whoever waits must be answered then. */
  finish(): void {
    for (let round = 0; round < 5; round += 1) {
      while (this.#savesSettled < this.driver.saves.length) this.take({ kind: 'saved', fails: 1 });
      this.driver.clock.advance(600_000);
    }
  }

  check(): void {
    const { group, generation } = this.driver;
    assert.ok(generation >= this.#generation, `generation ${generation} follows ${this.#generation}`);
    this.#generation = generation;
    for (const { answers } of this.requests) assert.ok(answers <= 1, 'a request was answered twice');
    if (group.state === 'Empty') assert.equal(group.roster.size, 0);
    // The static member counts also where it did not join again.
    if (group.state === 'CompletingRebalance') assert.ok(group.roster.size <= MAX_SIZE + 1);
    if (group.state !== 'Stable') return;
    for (const { assignment } of group.roster.all) this.#checkAssignment(generation, assignment);
  }

  /** All assignments of a generation are from the same message of its leader, or empty. */
  #checkAssignment(generation: number, assignment: Buffer): string | undefined {
    if (assignment.length === 0) return undefined;
    const [assignedIn, attempt, owner] = String(assignment).split('/');
    assert.equal(Number(assignedIn), generation, 'an assignment of another generation');
    assert.equal(this.tries.get(generation) ?? attempt, attempt, 'assignments of two messages in one generation');
    this.tries.set(generation, attempt ?? '');
    return owner;
  }

  #client({ client }: { readonly client: number }): Client {
    const found = this.clients[client];
    assert.ok(found !== undefined);
    return found;
  }

  #proceed({ client }: { readonly client: number }, { join, sync, next, ...known }: Client): void {
    if (join !== undefined || sync !== undefined) return;
    const timeouts = { sessionTimeoutMs: 20_000, rebalanceTimeoutMs: 30_000 } as const;
    const usual = { protocols: 0, ...timeouts, needsMemberId: true, canSkipAssignment: true };
    if (next === 'join') this.#join({ kind: 'join', client, ...usual });
    else if (next === 'sync') this.#sync(this.#client({ client }));
    else if (this.driver.heartbeat(known.memberId, known) !== 'NONE') this.#client({ client }).next = 'join';
  }

  #join({ kind, client, protocols, ...request }: Extract<Step, { kind: 'join' }>): void {
    const joining = this.#client({ client });
    const { memberId, instanceId } = joining;
    joining.join = this.driver.join({ ...request, memberId, instanceId, protocols: PROTOCOLS[protocols] ?? [] });
    joining.sync = undefined;
    this.requests.push(joining.join);
  }

  #sync(syncing: Client): void {
    if (syncing.memberId === '') return;
    this.#tries += 1;
    const assigned = (syncing.leads ?? []).map(
      ({ id }) => [id, Buffer.from(`${syncing.generation}/${this.#tries}/${id}`)] as const,
    );
    const { memberId, instanceId, generation } = syncing;
    syncing.sync = this.driver.sync({ memberId, instanceId, generation, assignments: new Map(assigned) });
    this.requests.push(syncing.sync);
  }

  #hear(hearing: Client): void {
    const joined = hearing.join?.answer;
    if (joined !== undefined) {
      hearing.join = undefined;
      if (joined.error === 'NONE') this.#hearJoined(hearing, joined);
      else if (joined.error === 'MEMBER_ID_REQUIRED') hearing.memberId = joined.memberId;
      else if (joined.error !== 'REBALANCE_IN_PROGRESS') hearing.memberId = '';
    }
    const synced = hearing.sync?.answer;
    if (synced === undefined) return;
    hearing.sync = undefined;
    hearing.next = synced.error === 'NONE' ? 'heartbeat' : 'join';
    if (synced.error !== 'NONE') return;
    const owner = this.#checkAssignment(hearing.generation, synced.assignment);
    if (owner !== undefined && hearing.instanceId === null) assert.equal(owner, hearing.memberId);
  }

  #hearJoined(hearing: Client, joined: JoinAnswer): void {
    const { generation, memberId, leader, members, protocolName, skipAssignment } = joined;
    Object.assign(hearing, { memberId, generation, leads: undefined, next: 'sync' });
    if (leader === memberId && !skipAssignment) {
      hearing.leads = members;
      assert.ok(members.some(({ id }) => id === memberId));
    }
    // A static leader may come back under another id within a generation.
    const who = leader.startsWith('static') ? 'static' : leader;
    const told = `${protocolName}, led by ${who}`;
    assert.equal(this.told.get(generation) ?? told, told);
    this.told.set(generation, told);
  }
}

const freshClient = (instanceId: string | null): Client => ({
  instanceId,
  memberId: '',
  generation: -1,
  leads: undefined,
  next: 'join',
  join: undefined,
  sync: undefined,
});

test('whatever clients do: one leader and one assignment in a generation, and every request is answered once', () => {
  let stable = 0;
  fc.assert(
    fc.property(fc.constantFrom(0, 3_000), fc.array(step, { minLength: 60, maxLength: 120 }), (delayMs, steps) => {
      const world = new World(delayMs);
      for (const each of steps) {
        world.take(each);
        if (world.driver.group.state === 'Stable') stable += 1;
      }
      world.finish();
      for (const { answers } of world.requests) assert.equal(answers, 1, 'a request was never answered');
      assert.equal(world.driver.group.roster.size, 0, 'members that are not heard of go');
    }),
    { numRuns: 300 },
  );
  assert.ok(stable > 300, `groups were stable in ${stable} steps: the steps reach nothing`);
});
