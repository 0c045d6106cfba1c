import type { Member } from './member.ts';
import type { JoinAnswer, SyncAnswer } from './messages.ts';
import type { Roster } from './roster.ts';
import { subscribedTopics } from './subscription.ts';

/** What the members of a group agree on until it rebalances. */
export interface Generation {
  /** 0 before the first rebalance; each one makes it greater. */
  readonly number: number;
  /** Null while no member has ever joined: only offsets were committed. */
  readonly protocolType: string | null;
  /** Null while there are no members. */
  readonly protocolName: string | null;
  /** What the members subscribe to; undefined where that cannot be known. */
  readonly topics: ReadonlySet<string> | undefined;
}

export function newGeneration(
  number: number,
  protocolType: string | null,
  protocolName: string | null,
  roster: Roster,
): Generation {
  return { number, protocolType, protocolName, topics: subscribedTopics(roster, protocolType, protocolName) };
}

/** What a member learns of the generation it is in; the leader hears of all members. */
export function joinAnswer(generation: Generation, roster: Roster, memberId: string): JoinAnswer {
  const { number, protocolType, protocolName } = generation;
  const leader = roster.leader ?? '';
  const members = memberId === leader ? roster.describe(protocolName) : [];
  return {
    error: 'NONE',
    memberId,
    generation: number,
    protocolType,
    protocolName,
    leader,
    skipAssignment: false,
    members,
  };
}

export function syncAnswer({ protocolType, protocolName }: Generation, { assignment }: Member): SyncAnswer {
  return { error: 'NONE', protocolType, protocolName, assignment };
}
