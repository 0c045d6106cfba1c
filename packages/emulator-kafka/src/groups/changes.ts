import type { GroupSnapshot } from './snapshot.ts';

/** What a group has committed for one partition. */
export interface CommittedOffset {
  readonly offset: number;
  /** -1 where the client knows none. */
  readonly leaderEpoch: number;
  readonly metadata: string;
  /** In ms since the epoch. */
  readonly committedAtMs: number;
  /** Only where the client named a retention time (OffsetCommit up to version 4); otherwise the broker's rule holds. */
  readonly expiresAtMs: number | undefined;
}

export interface PartitionOffset extends CommittedOffset {
  readonly partition: number;
}

export interface TopicOffsets {
  readonly topic: string;
  readonly partitions: readonly PartitionOffset[];
}

export interface TopicPartitions {
  readonly topic: string;
  readonly partitions: readonly number[];
}

/**
 * What is durable of the groups changes by these alone. Each says what is from then on, whatever was before: a run of
 * changes that is applied once more, in order, changes nothing.
 */
export type GroupChange =
  | { readonly kind: 'offsets-committed'; readonly groupId: string; readonly topics: readonly TopicOffsets[] }
  | { readonly kind: 'offsets-removed'; readonly groupId: string; readonly topics: readonly TopicPartitions[] }
  | { readonly kind: 'group-saved'; readonly groupId: string; readonly snapshot: GroupSnapshot }
  | { readonly kind: 'group-removed'; readonly groupId: string }
  | { readonly kind: 'topic-removed'; readonly topic: string };

/** Everything durable of one group. */
export interface GroupImage {
  readonly groupId: string;
  /** Undefined for a group that only committed offsets. */
  readonly snapshot: GroupSnapshot | undefined;
  readonly topics: readonly TopicOffsets[];
}

/** All groups at some time. */
export interface Checkpoint {
  readonly kind: 'checkpoint';
  readonly groups: readonly GroupImage[];
}
