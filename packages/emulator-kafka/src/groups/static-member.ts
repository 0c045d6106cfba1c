import { joinAnswer } from './generation.ts';
import type { Group } from './group.ts';
import type { Member, MemberTerms } from './member.ts';
import { type Answer, type JoinAnswer, type JoinRequest, joinRefused, NO_MEMBER_ID, syncRefused } from './messages.ts';

/**
 * A static member came back without the id it had, after a restart: under a new id it takes the place of the former
 * one, which is fenced off. In a stable group it keeps its assignment and nobody rebalances (KIP-345).
 */
export function replaceStaticMember(
  group: Group,
  former: Member,
  memberId: string,
  request: JoinRequest,
  answer: Answer<JoinAnswer>,
): void {
  const { terms } = former;
  const formerLeader = group.roster.leader;
  const member = takeOver(group, former, memberId, request, answer);
  if (group.state !== 'Stable' || group.roster.selectProtocol() !== group.generation.protocolName) {
    group.rebalance();
    return;
  }
  group.save((error) => {
    // Yet another one has come meanwhile and has fenced off this one, or all join again, and this one already does.
    if (group.roster.get(memberId) !== member || group.state !== 'Stable') return;
    group.keepAlive(member);
    const current = joinAnswer(group.generation, group.roster, memberId);
    if (error !== 'NONE') {
      member.answerJoin({ ...current, error, memberId: NO_MEMBER_ID, leader: formerLeader ?? '', members: [] });
      // Nobody learned the new id, so the former one is valid again.
      group.rename(member, former.id).terms = terms;
    } else if (request.canSkipAssignment) {
      member.answerJoin({ ...current, skipAssignment: current.leader === memberId });
    } else {
      // A leader of an older version, which cannot be told to skip the assignment, is kept from it by its former id.
      member.answerJoin({ ...current, leader: formerLeader ?? '', members: [] });
    }
  });
}

function takeOver(
  group: Group,
  former: Member,
  memberId: string,
  terms: MemberTerms,
  answer: Answer<JoinAnswer>,
): Member {
  former.answerJoin(joinRefused('FENCED_INSTANCE_ID', former.id));
  former.answerSync(syncRefused('FENCED_INSTANCE_ID'));
  const member = group.rename(former, memberId);
  member.terms = terms;
  member.waitForJoin(answer);
  return member;
}
