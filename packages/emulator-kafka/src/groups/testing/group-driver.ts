import { ManualClock } from '@sluice/durable-log';
import type { ErrorName } from '../../protocol/errors.ts';
import { Group, type GroupOptions } from '../group.ts';
import { join } from '../join.ts';
import type { Answer, JoinAnswer, JoinRequest, Protocol, SyncAnswer, SyncRequest } from '../messages.ts';
import { commitFault, heartbeat, leave, type MemberIdentity } from '../session.ts';
import type { GroupSnapshot } from '../snapshot.ts';
import { sync } from '../sync.ts';

/** What a request was answered with; undefined while it waits. */
export interface Pending<T> {
  readonly answer: T | undefined;
  /** How often it was answered: never more than once, if all is well. */
  readonly answers: number;
}

export const SESSION_MS = 10_000;
export const REBALANCE_MS = 60_000;

export const protocol = (name: string, metadata = name): Protocol => ({ name, metadata: Buffer.from(metadata) });

/** For tests: one group, a clock that stands still, and requests with all that a test does not care for filled in. */
export class GroupDriver {
  readonly clock = new ManualClock();
  readonly group: Group;
  /** Whether what the group saves is durable at once, with `saveError`. Otherwise it waits in `saves`. */
  savesAtOnce = true;
  saveError: ErrorName = 'NONE';
  readonly saves: { readonly snapshot: GroupSnapshot; readonly saved: (error: ErrorName) => void }[] = [];
  #lastId = 0;

  constructor(options: Partial<GroupOptions> = {}, saved?: GroupSnapshot) {
    const surroundings = {
      clock: this.clock,
      options: { initialRebalanceDelayMs: 0, maxSize: 1000, ...options },
      newId: () => `id${++this.#lastId}`,
      save: (snapshot: GroupSnapshot, answer: (error: ErrorName) => void) => {
        if (this.savesAtOnce) answer(this.saveError);
        this.saves.push({ snapshot, saved: answer });
      },
    };
    this.group = new Group('group', surroundings, saved);
  }

  join(request: Partial<JoinRequest> = {}): Pending<JoinAnswer> {
    return pending((answer) => join(this.group, { ...JOIN, ...request }, answer));
  }

  sync(request: Partial<SyncRequest> & { memberId: string }): Pending<SyncAnswer> {
    const generation = this.group.generation.number;
    return pending((answer) => sync(this.group, { ...SYNC, generation, ...request }, answer));
  }

  heartbeat(memberId: string, { generation = this.generation, instanceId = null }: Claim = {}): ErrorName {
    return heartbeat(this.group, { memberId, instanceId }, generation);
  }

  commit(memberId: string, { generation = this.generation, instanceId = null }: Claim = {}): ErrorName {
    return commitFault(this.group, { memberId, instanceId }, generation);
  }

  leave(...leaving: Partial<MemberIdentity>[]): ErrorName[] {
    const identities = leaving.map((identity) => ({ memberId: '', instanceId: null, ...identity }));
    return leave(this.group, identities).map(({ error }) => error);
  }

  get generation(): number {
    return this.group.generation.number;
  }

  /** Lets members join an empty group together, and syncs them. @returns their ids, the leader first. */
  stable(...requests: Partial<JoinRequest>[]): string[] {
    const joins = requests.map((request) => this.join(request));
    this.clock.advance(0);
    const ids = joins.map(({ answer }) => answer?.memberId ?? '');
    this.syncAll(ids);
    return ids;
  }

  /** Gives every member an assignment of its own name. */
  syncAll(ids: readonly string[]): Pending<SyncAnswer>[] {
    const assignments = new Map(ids.map((id) => [id, Buffer.from(`part of ${id}`)]));
    const leader = this.group.roster.leader;
    return ids.map((memberId) => this.sync({ memberId, ...(memberId === leader && { assignments }) }));
  }
}

interface Claim {
  readonly generation?: number;
  readonly instanceId?: string | null;
}

export const JOIN: JoinRequest = {
  memberId: '',
  instanceId: null,
  clientId: 'client',
  clientHost: '/127.0.0.1',
  sessionTimeoutMs: SESSION_MS,
  rebalanceTimeoutMs: REBALANCE_MS,
  protocolType: 'consumer',
  protocols: [protocol('range')],
  needsMemberId: false,
  canSkipAssignment: true,
};

export const SYNC: SyncRequest = {
  memberId: '',
  instanceId: null,
  generation: 0,
  protocolType: null,
  protocolName: null,
  assignments: new Map(),
};

function pending<T>(request: (answer: Answer<T>) => void): Pending<T> {
  const state: { answer: T | undefined; answers: number } = { answer: undefined, answers: 0 };
  request((answer) => {
    state.answers += 1;
    state.answer ??= answer;
  });
  return state;
}
