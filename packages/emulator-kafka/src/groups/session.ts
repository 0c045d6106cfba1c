import type { ErrorName } from '../protocol/errors.ts';
import type { Group } from './group.ts';
import { NO_MEMBER_ID } from './messages.ts';

export interface MemberIdentity {
  readonly memberId: string;
  readonly instanceId: string | null;
}

/** A member says that it lives, and hears whether it has to join again. */
export function heartbeat(group: Group, identity: MemberIdentity, generation: number): ErrorName {
  if (group.state === 'Dead') return 'COORDINATOR_NOT_AVAILABLE';
  const fault = group.identityFault(identity.memberId, identity.instanceId);
  if (fault !== 'NONE') return fault;
  if (generation !== group.generation.number) return 'ILLEGAL_GENERATION';
  keepAlive(group, identity.memberId);
  return group.state === 'PreparingRebalance' ? 'REBALANCE_IN_PROGRESS' : 'NONE';
}

export interface LeftMember extends MemberIdentity {
  readonly error: ErrorName;
}

/** Members leave, or an administrator removes static members by their instance ids alone. */
export function leave(group: Group, leaving: readonly MemberIdentity[]): LeftMember[] {
  const left = leaving.map((identity) => ({ ...identity, error: leaveOne(group, identity) }));
  if (left.some(({ error }) => error === 'NONE') && group.state !== 'Empty') group.rebalance();
  return left;
}

function leaveOne(group: Group, { memberId, instanceId }: MemberIdentity): ErrorName {
  if (memberId === NO_MEMBER_ID) {
    const member = instanceId === null ? undefined : group.roster.withInstance(instanceId);
    if (member === undefined) return 'UNKNOWN_MEMBER_ID';
    group.remove(member.id);
    return 'NONE';
  }
  const fault = group.roster.isPending(memberId) ? 'NONE' : group.identityFault(memberId, instanceId);
  if (fault === 'NONE') group.remove(memberId);
  return fault;
}

/**
 * Whether offsets may be committed for the group by whoever sent this: by a member of the present generation, or, while
 * there are no members, by anyone who claims no generation.
 */
export function commitFault(group: Group, { memberId, instanceId }: MemberIdentity, generation: number): ErrorName {
  if (group.state === 'Dead') return 'COORDINATOR_NOT_AVAILABLE';
  if (generation < 0 && group.state === 'Empty') return 'NONE';
  if (generation < 0 && memberId === NO_MEMBER_ID && instanceId === null) return 'UNKNOWN_MEMBER_ID';
  const fault = group.identityFault(memberId, instanceId);
  if (fault !== 'NONE') return fault;
  if (generation !== group.generation.number) return 'ILLEGAL_GENERATION';
  // It knows the generation, but has not asked for its part in it yet.
  if (group.state === 'CompletingRebalance') return 'REBALANCE_IN_PROGRESS';
  keepAlive(group, memberId);
  return 'NONE';
}

function keepAlive(group: Group, memberId: string): void {
  const member = group.roster.get(memberId);
  if (member !== undefined) group.keepAlive(member);
}
