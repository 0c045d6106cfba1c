import type { ErrorName } from '../protocol/errors.ts';

/** The member id of who has none yet. */
export const NO_MEMBER_ID = '';

/** The generation of who knows none. */
export const NO_GENERATION = -1;

/** A way of sharing out the partitions that a member knows, and what it tells the leader under that name. */
export interface Protocol {
  readonly name: string;
  readonly metadata: Buffer;
}

export interface JoinRequest {
  readonly memberId: string;
  /** `group.instance.id` of a static member (KIP-345). */
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  /** In the order of the member's preference. */
  readonly protocols: readonly Protocol[];
  /** Whether a dynamic member without an id is given one first and has to come back with it (KIP-394). */
  readonly needsMemberId: boolean;
  /** Whether the leader may be told that the assignment stands (KIP-814). */
  readonly canSkipAssignment: boolean;
}

export interface JoinAnswer {
  readonly error: ErrorName;
  readonly memberId: string;
  readonly generation: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leader: string;
  readonly skipAssignment: boolean;
  /** For the leader all members, for the others none. */
  readonly members: readonly JoinedMember[];
}

export interface JoinedMember {
  readonly id: string;
  readonly instanceId: string | null;
  readonly metadata: Buffer;
}

export interface SyncRequest {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly generation: number;
  /** Null where the version has no such field. */
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  /** By member id; of the leader only. */
  readonly assignments: ReadonlyMap<string, Buffer>;
}

export interface SyncAnswer {
  readonly error: ErrorName;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Buffer;
}

export type Answer<T> = (answer: T) => void;

export const EMPTY = Buffer.alloc(0);

export function joinRefused(error: ErrorName, memberId: string): JoinAnswer {
  return {
    error,
    memberId,
    generation: NO_GENERATION,
    protocolType: null,
    protocolName: null,
    leader: '',
    skipAssignment: false,
    members: [],
  };
}

export function syncRefused(error: ErrorName): SyncAnswer {
  return { error, protocolType: null, protocolName: null, assignment: EMPTY };
}
