import { Member, type MemberFields } from './member.ts';

/** What is kept of a group over a restart: its last stable generation, or that it is empty. */
export interface GroupSnapshot {
  readonly generation: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leader: string | null;
  /** Since when the group is in its state, in ms since the epoch; undefined for now. */
  readonly stateSinceMs: number | undefined;
  readonly members: readonly MemberSnapshot[];
}

/** Of the protocols the generation's one is kept. */
export interface MemberSnapshot extends Omit<MemberFields, 'protocols'> {
  readonly metadata: Buffer;
}

/** A group that nobody ever joined. */
export const EMPTY_GROUP: GroupSnapshot = {
  generation: 0,
  protocolType: null,
  protocolName: null,
  leader: null,
  stateSinceMs: undefined,
  members: [],
};

export function saveMember(member: Member, protocolName: string | null, assignment: Buffer): MemberSnapshot {
  const { id, instanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs } = member;
  const metadata = member.metadataFor(protocolName);
  return { id, instanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, metadata, assignment };
}

export function restoreMember({ metadata, ...fields }: MemberSnapshot, protocolName: string | null): Member {
  return new Member({ ...fields, protocols: [{ name: protocolName ?? '', metadata }] });
}
