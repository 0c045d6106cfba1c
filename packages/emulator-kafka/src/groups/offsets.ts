import type { Clock } from '@sluice/durable-log';
import type { ErrorName } from '../protocol/errors.ts';
import type { PartitionOffset, TopicPartitions } from './changes.ts';
import { appendError, type GroupLog } from './group-log.ts';
import type { GroupRegistry } from './registry.ts';
import { commitFault, type MemberIdentity } from './session.ts';
import { isConsumer, isSubscribed } from './subscription.ts';

export interface OffsetsOptions {
  /** Undefined where there is no such topic. */
  readonly partitionCount: (topic: string) => number | undefined;
  /** `offset.metadata.max.bytes`, which counts characters. */
  readonly maxMetadataLength: number;
}

export interface CommitRequest extends MemberIdentity {
  readonly groupId: string;
  /** -1 for who is no member. */
  readonly generation: number;
  /** How long the offsets are kept; undefined for as long as the broker's rule says. */
  readonly retentionMs: number | undefined;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly OffsetToCommit[];
  }[];
  /** What a member of a group that does not exist is told: newer versions have a better answer. */
  readonly noGroupError: ErrorName;
}

export interface OffsetToCommit {
  readonly partition: number;
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly metadata: string | null;
}

export interface TopicErrors {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number; readonly error: ErrorName }[];
}

export type FetchedOffset = Pick<PartitionOffset, 'partition' | 'offset' | 'leaderEpoch' | 'metadata'>;

export interface FetchedTopic {
  readonly topic: string;
  readonly partitions: readonly FetchedOffset[];
}

/** What partitions without a committed offset answer. */
const NOTHING_COMMITTED = { offset: -1, leaderEpoch: -1, metadata: '' };

/** The offsets that groups commit: checked against group and topics, durable before they are acknowledged or seen. */
export class Offsets {
  readonly #groups: GroupRegistry;
  readonly #log: GroupLog;
  readonly #clock: Clock;
  readonly #options: OffsetsOptions;

  constructor(groups: GroupRegistry, log: GroupLog, clock: Clock, options: OffsetsOptions) {
    this.#groups = groups;
    this.#log = log;
    this.#clock = clock;
    this.#options = options;
  }

  async commit(request: CommitRequest): Promise<TopicErrors[]> {
    const judged = request.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map((offset) => ({ ...offset, error: this.#offsetFault(topic, offset) })),
    }));
    // As in Apache Kafka: where no partition exists, nobody asks whether the sender may commit.
    const isIdle = judged.every(({ partitions }) => partitions.every(({ error }) => isUnknown(error)));
    const outcome = isIdle ? 'NONE' : await this.#commitAccepted(request, judged);
    return judged.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition, error }) => ({
        partition,
        error: isUnknown(error) || outcome === 'NONE' ? error : outcome,
      })),
    }));
  }

  fetch(groupId: string, topics: readonly TopicPartitions[]): FetchedTopic[] {
    return topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map((partition) => {
        const { offset, leaderEpoch, metadata } =
          this.#log.table.offset(groupId, topic, partition) ?? NOTHING_COMMITTED;
        return { partition, offset, leaderEpoch, metadata };
      }),
    }));
  }

  fetchAll(groupId: string): FetchedTopic[] {
    return this.#log.table.offsets(groupId);
  }

  /** @returns an error for the whole request, or one for each partition. */
  async delete(groupId: string, topics: readonly TopicPartitions[]): Promise<ErrorName | TopicErrors[]> {
    if (groupId === '') return 'INVALID_GROUP_ID';
    const group = this.#groups.get(groupId);
    if (group === undefined) return 'GROUP_ID_NOT_FOUND';
    const { generation, state } = group;
    if (state !== 'Empty' && !isConsumer(generation)) return 'NON_EMPTY_GROUP';
    const judged = topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map((partition) => {
        if (!this.#exists(topic, partition)) return { partition, error: 'UNKNOWN_TOPIC_OR_PARTITION' as const };
        return { partition, error: isSubscribed(generation, topic) ? 'GROUP_SUBSCRIBED_TO_TOPIC' : 'NONE' } as const;
      }),
    }));
    const removed = accepted(judged).map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition }) => partition),
    }));
    if (removed.length === 0) return judged;
    const appended = await this.#log.append({ kind: 'offsets-removed', groupId, topics: removed });
    return appended.kind === 'durable' ? judged : appendError(appended);
  }

  #offsetFault(topic: string, { partition, metadata }: OffsetToCommit): ErrorName {
    if (!this.#exists(topic, partition)) return 'UNKNOWN_TOPIC_OR_PARTITION';
    const isTooLong = metadata !== null && metadata.length > this.#options.maxMetadataLength;
    return isTooLong ? 'OFFSET_METADATA_TOO_LARGE' : 'NONE';
  }

  #exists(topic: string, partition: number): boolean {
    return partition >= 0 && partition < (this.#options.partitionCount(topic) ?? 0);
  }

  async #commitAccepted(request: CommitRequest, judged: readonly Judged<OffsetToCommit>[]): Promise<ErrorName> {
    const { groupId, retentionMs } = request;
    const fault = this.#groupFault(request);
    if (fault !== 'NONE') return fault;
    const committedAtMs = this.#clock.now();
    const expiresAtMs = retentionMs === undefined ? undefined : clampTime(committedAtMs + retentionMs);
    const topics = accepted(judged).map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition, offset, leaderEpoch, metadata }) => ({
        ...{ partition, offset, leaderEpoch, metadata: metadata ?? '' },
        ...{ committedAtMs, expiresAtMs },
      })),
    }));
    if (topics.length === 0) return 'NONE';
    // Where the group does not exist, offsets are all there is of it until a member joins.
    this.#groups.obtain(groupId);
    return appendError(await this.#log.append({ kind: 'offsets-committed', groupId, topics }));
  }

  #groupFault(request: CommitRequest): ErrorName {
    const { groupId, generation, noGroupError } = request;
    const group = this.#groups.get(groupId);
    if (group !== undefined) return commitFault(group, request, generation);
    return generation >= 0 ? noGroupError : 'NONE';
  }
}

interface Judged<Partition> {
  readonly topic: string;
  readonly partitions: readonly (Partition & { readonly error: ErrorName })[];
}

/** The partitions without an error, and the topics that have such. */
function accepted<Partition>(judged: readonly Judged<Partition>[]): Judged<Partition>[] {
  return judged
    .map(({ topic, partitions }) => ({ topic, partitions: partitions.filter(({ error }) => error === 'NONE') }))
    .filter(({ partitions }) => partitions.length > 0);
}

const isUnknown = (error: ErrorName): boolean => error === 'UNKNOWN_TOPIC_OR_PARTITION';

/** Clients send the largest int64 for "never". */
const clampTime = (ms: number): number => Math.min(Math.max(ms, 0), Number.MAX_SAFE_INTEGER);
