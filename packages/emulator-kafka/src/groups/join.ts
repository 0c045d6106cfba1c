import { joinAnswer } from './generation.ts';
import type { Group } from './group.ts';
import { Member } from './member.ts';
import { type Answer, EMPTY, type JoinAnswer, type JoinRequest, joinRefused, NO_MEMBER_ID } from './messages.ts';
import { replaceStaticMember } from './static-member.ts';

type AnswerJoin = Answer<JoinAnswer>;

/** A member that is not told its id before the join phase ends may wait so long; its client has given up by then. */
const NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60_000;

/** A client wants to be, or to stay, a member. Answered at once or at the end of the join phase. */
export function join(group: Group, request: JoinRequest, answer: AnswerJoin): void {
  const { memberId } = request;
  if (group.state === 'Dead') {
    answer(joinRefused('COORDINATOR_NOT_AVAILABLE', memberId));
  } else if (!hasRoom(group, memberId)) {
    group.remove(memberId);
    answer(joinRefused('GROUP_MAX_SIZE_REACHED', NO_MEMBER_ID));
  } else if (!group.supports(request.protocolType, request.protocols)) {
    answer(joinRefused('INCONSISTENT_GROUP_PROTOCOL', memberId));
  } else if (memberId === NO_MEMBER_ID) {
    joinAsNew(group, request, answer);
  } else if (group.roster.isPending(memberId)) {
    joinAsPending(group, request, answer);
  } else {
    joinAgain(group, request, answer);
  }
}

/**
 * While members join, those who wait already count, so that of a group that has become too large the last to come back
 * are turned away.
 */
function hasRoom({ state, roster, options }: Group, memberId: string): boolean {
  const member = roster.get(memberId);
  switch (state) {
    case 'Empty':
    case 'Dead':
      return true;
    case 'PreparingRebalance':
      return member?.isJoining === true || roster.joining < options.maxSize;
    case 'CompletingRebalance':
    case 'Stable':
      return member !== undefined || roster.size < options.maxSize;
    default:
      return state satisfies never;
  }
}

function joinAsNew(group: Group, request: JoinRequest, answer: AnswerJoin): void {
  const { instanceId, clientId, sessionTimeoutMs, needsMemberId } = request;
  const memberId = group.newMemberId(instanceId ?? clientId);
  const former = instanceId === null ? undefined : group.roster.withInstance(instanceId);
  if (former !== undefined) {
    replaceStaticMember(group, former, memberId, request, answer);
  } else if (instanceId === null && needsMemberId) {
    group.addPending(memberId, sessionTimeoutMs);
    answer(joinRefused('MEMBER_ID_REQUIRED', memberId));
  } else {
    admit(group, memberId, request, answer);
  }
}

function joinAsPending(group: Group, request: JoinRequest, answer: AnswerJoin): void {
  // Only dynamic members are told to come back with an id. Apache Kafka has no better answer either.
  if (request.instanceId !== null) answer(joinRefused('UNKNOWN_SERVER_ERROR', NO_MEMBER_ID));
  else admit(group, request.memberId, request, answer);
}

function admit(group: Group, id: string, request: JoinRequest, answer: AnswerJoin): void {
  const member = new Member({ ...request, id, assignment: EMPTY });
  member.isNew = true;
  member.waitForJoin(answer);
  group.add(member, request.protocolType, NEW_MEMBER_JOIN_TIMEOUT_MS);
  group.rebalance();
}

function joinAgain(group: Group, request: JoinRequest, answer: AnswerJoin): void {
  const { memberId, instanceId, protocols } = request;
  const fault = group.identityFault(memberId, instanceId);
  const member = group.roster.get(memberId);
  if (fault !== 'NONE' || member === undefined) {
    answer(joinRefused(fault, memberId));
  } else if (changesNothing(group, member, protocols)) {
    answer(joinAnswer(group.generation, group.roster, memberId));
  } else {
    member.terms = request;
    member.waitForJoin(answer);
    group.rebalance();
  }
}

/**
 * A member that lost its answer hears it again. But a leader that joins a stable group wants a new assignment, since
 * something that is not in its metadata has changed.
 */
function changesNothing({ state, roster }: Group, member: Member, protocols: JoinRequest['protocols']): boolean {
  if (!member.saysTheSame(protocols)) return false;
  return state === 'CompletingRebalance' || (state === 'Stable' && roster.leader !== member.id);
}
