import type { ErrorName } from '../protocol/errors.ts';
import { syncAnswer } from './generation.ts';
import type { Group } from './group.ts';
import { type Answer, type SyncAnswer, type SyncRequest, syncRefused } from './messages.ts';

/** A member asks for its assignment, the leader brings it for all. Answered at once or when the leader has synced. */
export function sync(group: Group, request: SyncRequest, answer: Answer<SyncAnswer>): void {
  const { memberId, assignments } = request;
  const fault = syncFault(group, request);
  const member = group.roster.get(memberId);
  if (fault !== 'NONE' || member === undefined) {
    answer(syncRefused(fault));
  } else if (group.state === 'Stable') {
    group.synced(member);
    answer(syncAnswer(group.generation, member));
  } else {
    member.waitForSync(answer);
    group.synced(member);
    if (group.roster.leader === memberId) group.assign(assignments);
  }
}

function syncFault(group: Group, request: SyncRequest): ErrorName {
  const { memberId, instanceId, generation, protocolType, protocolName } = request;
  if (group.state === 'Dead') return 'COORDINATOR_NOT_AVAILABLE';
  const fault = group.identityFault(memberId, instanceId);
  if (fault !== 'NONE') return fault;
  if (generation !== group.generation.number) return 'ILLEGAL_GENERATION';
  if (differ(protocolType, group.generation.protocolType) || differ(protocolName, group.generation.protocolName)) {
    return 'INCONSISTENT_GROUP_PROTOCOL';
  }
  return group.state === 'PreparingRebalance' ? 'REBALANCE_IN_PROGRESS' : 'NONE';
}

const differ = (said: string | null, known: string | null): boolean =>
  said !== null && known !== null && said !== known;
