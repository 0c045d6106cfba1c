import type { Clock } from '@sluice/durable-log';
import type { ErrorName } from '../protocol/errors.ts';
import { type Generation, joinAnswer, newGeneration, syncAnswer } from './generation.ts';
import type { Member } from './member.ts';
import { EMPTY, joinRefused, NO_MEMBER_ID, type Protocol, syncRefused } from './messages.ts';
import { Roster } from './roster.ts';
import { EMPTY_GROUP, type GroupSnapshot, restoreMember, saveMember } from './snapshot.ts';
import { Timers } from './timers.ts';

export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead';

export interface GroupOptions {
  /** `group.initial.rebalance.delay.ms`: how long the first member of an empty group waits for others. */
  readonly initialRebalanceDelayMs: number;
  /** `group.max.size`. */
  readonly maxSize: number;
}

export interface GroupSurroundings {
  readonly clock: Clock;
  readonly options: GroupOptions;
  /** A new unique text for member ids. */
  readonly newId: () => string;
  /** Makes this the group that a restart brings back, and then says how that went. */
  readonly save: (snapshot: GroupSnapshot, saved: (error: ErrorName) => void) => void;
}

const session = (memberId: string): string => `session of ${memberId}`;

/**
 * One consumer group of the classic protocol, with the behaviour of Apache Kafka 4.1:
 *
 *     Empty ── a member joins ──▶ PreparingRebalance ── all have joined ──▶ CompletingRebalance ── leader syncs ──▶ Stable
 *       ▲                          │      ▲                                        │                               │
 *       └──── nobody has joined ───┘      └────────── a member joins anew, changes, leaves or expires ─────────────┘
 *
 * This class holds the state, the timers and the transitions; what each request does to them is in `join.ts`,
 * `static-member.ts`, `sync.ts` and `session.ts`. All is synchronous, but for {@link GroupSurroundings.save}.
 */
export class Group {
  readonly id: string;
  readonly roster = new Roster();
  readonly #surroundings: GroupSurroundings;
  readonly #timers: Timers;
  /** Members that have not asked for their assignment in this generation. */
  readonly #withoutSync = new Set<string>();
  #state: GroupState;
  #cameFrom: GroupState = 'Dead';
  #stateSinceMs: number;
  #generation: Generation;
  #grewWhileWaiting = false;

  /** With a snapshot: as it was saved then. Its members have a whole session to be heard of. */
  constructor(id: string, surroundings: GroupSurroundings, saved: GroupSnapshot = EMPTY_GROUP) {
    const { generation, protocolType, protocolName, leader, members } = saved;
    this.id = id;
    this.#surroundings = surroundings;
    this.#timers = new Timers(surroundings.clock);
    this.#state = members.length === 0 ? 'Empty' : 'Stable';
    this.#stateSinceMs = saved.stateSinceMs ?? surroundings.clock.now();
    for (const member of members) this.roster.add(restoreMember(member, protocolName));
    this.roster.restoreLeader(leader);
    this.#generation = newGeneration(generation, protocolType, protocolName, this.roster);
    for (const member of this.roster.all) this.keepAlive(member);
  }

  get state(): GroupState {
    return this.#state;
  }

  get stateSinceMs(): number {
    return this.#stateSinceMs;
  }

  get generation(): Generation {
    return this.#generation;
  }

  get options(): GroupOptions {
    return this.#surroundings.options;
  }

  newMemberId(prefix: string): string {
    return `${prefix}-${this.#surroundings.newId()}`;
  }

  /** Why a request that claims to come from this member cannot be from it; NONE where it may. */
  identityFault(memberId: string, instanceId: string | null): ErrorName {
    if (instanceId !== null) {
      const current = this.roster.withInstance(instanceId);
      if (current === undefined) return 'UNKNOWN_MEMBER_ID';
      if (current.id !== memberId) return 'FENCED_INSTANCE_ID';
    }
    return this.roster.get(memberId) === undefined ? 'UNKNOWN_MEMBER_ID' : 'NONE';
  }

  supports(protocolType: string, protocols: readonly Protocol[]): boolean {
    if (this.#state === 'Empty') return protocolType !== '' && protocols.length > 0;
    return this.#generation.protocolType === protocolType && this.roster.supports(protocols);
  }

  /** Begins the member's session anew. */
  keepAlive(member: Member, timeoutMs = member.sessionTimeoutMs): void {
    this.#timers.set(session(member.id), timeoutMs, () => this.#expire(member));
  }

  /** Holds the id for a member that has to come back with it. */
  addPending(memberId: string, timeoutMs: number): void {
    this.roster.addPending(memberId);
    this.#timers.set(session(memberId), timeoutMs, () => this.#expirePending(memberId));
  }

  /** It is up to the caller to rebalance. */
  add(member: Member, protocolType: string, timeoutMs: number): void {
    if (this.roster.size === 0) this.#generation = { ...this.#generation, protocolType };
    if (this.#isInitialRebalance) this.#grewWhileWaiting = true;
    this.roster.add(member);
    this.keepAlive(member, timeoutMs);
  }

  /** Whatever the member waits for is answered. It is up to the caller to rebalance. */
  remove(memberId: string): void {
    const member = this.roster.get(memberId);
    this.roster.remove(memberId);
    this.#withoutSync.delete(memberId);
    this.#timers.cancel(session(memberId));
    member?.answerJoin(joinRefused('UNKNOWN_MEMBER_ID', NO_MEMBER_ID));
    member?.answerSync(syncRefused('UNKNOWN_MEMBER_ID'));
  }

  /** Gives a member another id and a new session. */
  rename(former: Member, memberId: string): Member {
    const member = this.roster.rename(former, memberId);
    if (this.#withoutSync.delete(former.id)) this.#withoutSync.add(memberId);
    this.#timers.cancel(session(former.id));
    this.keepAlive(member);
    return member;
  }

  /** After the membership, or what a member says, has changed. */
  rebalance(): void {
    if (this.#state === 'PreparingRebalance') {
      if (!this.#isInitialRebalance && this.roster.allJoined) this.#completeJoin();
    } else {
      this.#prepareRebalance();
    }
  }

  /** The member has asked for its assignment: it takes part in this generation. */
  synced(member: Member): void {
    this.#withoutSync.delete(member.id);
  }

  /** Makes the leader's assignment the group's, and answers who waits for it. */
  assign(assignments: ReadonlyMap<string, Buffer>): void {
    const generation = this.#generation;
    const assignmentOf = (member: Member): Buffer => assignments.get(member.id) ?? EMPTY;
    this.save((error) => {
      if (this.#state !== 'CompletingRebalance' || this.#generation !== generation) return;
      if (error === 'NONE') {
        this.#enter('Stable');
        this.#answerSyncs('NONE', assignmentOf);
      } else {
        this.#answerSyncs(error, () => EMPTY);
        this.rebalance();
      }
    }, assignmentOf);
  }

  save(saved: (error: ErrorName) => void, assignmentOf = (member: Member): Buffer => member.assignment): void {
    const { number, protocolType, protocolName } = this.#generation;
    const snapshot: GroupSnapshot = {
      generation: number,
      protocolType,
      protocolName,
      leader: this.roster.leader,
      stateSinceMs: this.#stateSinceMs,
      members: this.roster.all.map((member) => saveMember(member, protocolName, assignmentOf(member))),
    };
    this.#surroundings.save(snapshot, (error) => {
      if (this.#state !== 'Dead') saved(error);
    });
  }

  /** The group was deleted, or the broker stops: nothing happens to it any more, nobody waits any longer. */
  end(): void {
    this.#enter('Dead');
    this.#timers.clear();
    for (const member of this.roster.all) {
      member.answerJoin(joinRefused('NOT_COORDINATOR', member.id));
      member.answerSync(syncRefused('NOT_COORDINATOR'));
    }
  }

  get #isInitialRebalance(): boolean {
    return this.#state === 'PreparingRebalance' && this.#cameFrom === 'Empty';
  }

  #enter(state: GroupState): void {
    this.#cameFrom = this.#state;
    this.#state = state;
    this.#stateSinceMs = this.#surroundings.clock.now();
  }

  /** Has every member join again. */
  #prepareRebalance(): void {
    if (this.#state === 'CompletingRebalance') this.#answerSyncs('REBALANCE_IN_PROGRESS', () => EMPTY);
    this.#withoutSync.clear();
    this.#timers.cancel('sync');
    this.#enter('PreparingRebalance');
    if (this.#isInitialRebalance)
      this.#waitForMore(this.options.initialRebalanceDelayMs, this.roster.rebalanceTimeoutMs);
    else if (this.roster.allJoined) this.#completeJoin();
    else this.#timers.set('join', this.roster.rebalanceTimeoutMs, () => this.#completeJoin());
  }

  /** An empty group gets more time as long as members keep coming (KIP-134). */
  #waitForMore(delayMs: number, leftMs: number): void {
    this.#grewWhileWaiting = false;
    this.#timers.set('join', delayMs, () => {
      const restMs = Math.max(leftMs - delayMs, 0);
      if (this.#grewWhileWaiting && restMs > 0) this.#waitForMore(Math.min(delayMs, restMs), restMs);
      else this.#completeJoin();
    });
  }

  /** Ends the join phase: the next generation is made of those who have joined, and of static members. */
  #completeJoin(): void {
    this.#timers.cancel('join');
    for (const member of this.roster.all) {
      if (!member.isJoining && !member.isStatic) this.remove(member.id);
    }
    if (this.roster.size === 0) {
      this.#nextGeneration(null);
      this.#enter('Empty');
      this.save(() => undefined);
    } else if (this.roster.electLeader()) {
      this.#beginGeneration();
    } else {
      // Only static members are left and none is back: they have until their sessions expire.
      this.#timers.set('join', this.roster.rebalanceTimeoutMs, () => this.#completeJoin());
    }
  }

  #beginGeneration(): void {
    this.#nextGeneration(this.roster.selectProtocol());
    this.#enter('CompletingRebalance');
    this.#timers.set('sync', this.roster.rebalanceTimeoutMs, () => this.#expireSyncs());
    for (const member of this.roster.all) {
      this.#withoutSync.add(member.id);
      this.keepAlive(member);
      member.isNew = false;
    }
    for (const member of this.roster.all) member.answerJoin(joinAnswer(this.#generation, this.roster, member.id));
  }

  #nextGeneration(protocolName: string | null): void {
    const { number, protocolType } = this.#generation;
    this.#generation = newGeneration(number + 1, protocolType, protocolName, this.roster);
    this.#withoutSync.clear();
  }

  #answerSyncs(error: ErrorName, assignmentOf: (member: Member) => Buffer): void {
    for (const member of this.roster.all) {
      member.assignment = assignmentOf(member);
      const answer = error === 'NONE' ? syncAnswer(this.#generation, member) : syncRefused(error);
      // A session that ended while its member waited here was let pass; from now on it counts again.
      if (member.answerSync(answer)) this.keepAlive(member);
    }
  }

  #expire(member: Member): void {
    if (member.isExcused) return;
    this.remove(member.id);
    if (this.#state === 'PreparingRebalance') this.#completeJoinIfAll();
    else this.rebalance();
  }

  #expirePending(memberId: string): void {
    this.remove(memberId);
    if (this.#state === 'PreparingRebalance') this.#completeJoinIfAll();
  }

  /** Also before the delay of an initial rebalance is over. */
  #completeJoinIfAll(): void {
    if (this.roster.allJoined) this.#completeJoin();
  }

  /** Members that took no part in the generation for so long are gone. */
  #expireSyncs(): void {
    if (this.#withoutSync.size === 0) return;
    for (const memberId of [...this.#withoutSync]) this.remove(memberId);
    this.#prepareRebalance();
  }
}
