import type { Clock } from '@sluice/durable-log';
import { type FileSystem, LogError } from '@sluice/durable-log';
import type { BrokerEvent } from '../events.ts';
import type { ErrorName } from '../protocol/errors.ts';
import { expireOffsets } from './expiry.ts';
import type { Group } from './group.ts';
import { GroupLog } from './group-log.ts';
import { join } from './join.ts';
import {
  type Answer,
  type JoinAnswer,
  type JoinRequest,
  joinRefused,
  NO_MEMBER_ID,
  type SyncAnswer,
  type SyncRequest,
  syncRefused,
} from './messages.ts';
import { Offsets } from './offsets.ts';
import { GroupRegistry } from './registry.ts';
import { heartbeat, type LeftMember, leave, type MemberIdentity } from './session.ts';
import { sync } from './sync.ts';

/** Named as Apache Kafka's settings, with its defaults except for the delay. */
export interface GroupSettings {
  /** `group.initial.rebalance.delay.ms`. Default 0, where Apache Kafka has 3 s. */
  readonly initialRebalanceDelayMs: number;
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  readonly maxSize: number;
  /** `offset.metadata.max.bytes`. */
  readonly maxMetadataLength: number;
  readonly offsetsRetentionMs: number;
  readonly offsetsRetentionCheckIntervalMs: number;
}

const DEFAULTS: GroupSettings = {
  initialRebalanceDelayMs: 0,
  minSessionTimeoutMs: 6_000,
  maxSessionTimeoutMs: 1_800_000,
  maxSize: 2 ** 31 - 1,
  maxMetadataLength: 4096,
  offsetsRetentionMs: 7 * 24 * 3_600_000,
  offsetsRetentionCheckIntervalMs: 600_000,
};

export interface GroupCoordinatorOptions {
  /** For the groups' own durable log. */
  readonly directory: string;
  readonly fileSystem?: FileSystem | undefined;
  readonly clock: Clock;
  readonly log: (event: BrokerEvent) => void;
  /** Ends the broker at once, since what the disk holds is unknown. */
  readonly fail: (error: Error) => void;
  /** Undefined where there is no such topic: offsets for it are dropped when the coordinator opens. */
  readonly partitionCount: (topic: string) => number | undefined;
  readonly settings?: Partial<GroupSettings> | undefined;
}

/** Opens what the last process left: offsets, and groups with their members, which have a session's time to be heard. */
export async function openGroupCoordinator(options: GroupCoordinatorOptions): Promise<GroupCoordinator> {
  const { directory, fileSystem, clock, log, fail, partitionCount } = options;
  const groupLog = await GroupLog.open({
    directory,
    fileSystem,
    clock,
    onEvent: (event) => log({ kind: 'log', name: 'groups', event }),
    onFailure: (error) => {
      if (error instanceof LogError && error.code === 'broken') fail(error);
      else log({ kind: 'storage-failed', doing: 'keeping consumer groups', error });
    },
  });
  const coordinator = new GroupCoordinator(groupLog, options);
  for (const topic of groupLog.table.topics) {
    if (partitionCount(topic) === undefined) await coordinator.topicDeleted(topic);
  }
  return coordinator;
}

/** All consumer groups of the broker. Group ids are checked here, members and generations in each group. */
export class GroupCoordinator implements AsyncDisposable {
  readonly offsets: Offsets;
  readonly #groups: GroupRegistry;
  readonly #log: GroupLog;
  readonly #clock: Clock;
  readonly #settings: GroupSettings;
  #cancelExpiry: () => void = () => undefined;
  #expiring: Promise<void> = Promise.resolve();

  constructor(log: GroupLog, { clock, partitionCount, settings }: GroupCoordinatorOptions) {
    this.#settings = { ...DEFAULTS, ...settings };
    this.#log = log;
    this.#clock = clock;
    this.#groups = new GroupRegistry(log, clock, this.#settings);
    this.offsets = new Offsets(this.#groups, log, clock, {
      partitionCount,
      maxMetadataLength: this.#settings.maxMetadataLength,
    });
    this.#scheduleExpiry();
  }

  /** Resolves at the end of the join phase; once the signal is aborted nobody waits for that. */
  join(groupId: string, request: JoinRequest, signal: AbortSignal): Promise<JoinAnswer> {
    const { memberId, sessionTimeoutMs } = request;
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.#settings;
    if (groupId === '') return Promise.resolve(joinRefused('INVALID_GROUP_ID', memberId));
    if (sessionTimeoutMs < minSessionTimeoutMs || sessionTimeoutMs > maxSessionTimeoutMs) {
      return Promise.resolve(joinRefused('INVALID_SESSION_TIMEOUT', memberId));
    }
    // Who has an id has it from a group.
    const group = memberId === NO_MEMBER_ID ? this.#groups.obtain(groupId) : this.#groups.get(groupId);
    if (group === undefined) return Promise.resolve(joinRefused('UNKNOWN_MEMBER_ID', memberId));
    return answered(signal, joinRefused('NOT_COORDINATOR', memberId), (answer) => join(group, request, answer));
  }

  /** Resolves once the leader has synced; once the signal is aborted nobody waits for that. */
  sync(groupId: string, request: SyncRequest, signal: AbortSignal): Promise<SyncAnswer> {
    if (groupId === '') return Promise.resolve(syncRefused('INVALID_GROUP_ID'));
    const group = this.#groups.get(groupId);
    if (group === undefined) return Promise.resolve(syncRefused('UNKNOWN_MEMBER_ID'));
    return answered(signal, syncRefused('NOT_COORDINATOR'), (answer) => sync(group, request, answer));
  }

  heartbeat(groupId: string, identity: MemberIdentity, generation: number): ErrorName {
    if (groupId === '') return 'INVALID_GROUP_ID';
    const group = this.#groups.get(groupId);
    return group === undefined ? 'UNKNOWN_MEMBER_ID' : heartbeat(group, identity, generation);
  }

  leave(groupId: string, leaving: readonly MemberIdentity[]): { error: ErrorName; members: LeftMember[] } {
    if (groupId === '') return { error: 'INVALID_GROUP_ID', members: [] };
    const group = this.#groups.get(groupId);
    const unknown = (identity: MemberIdentity): LeftMember => ({ ...identity, error: 'UNKNOWN_MEMBER_ID' });
    return { error: 'NONE', members: group === undefined ? leaving.map(unknown) : leave(group, leaving) };
  }

  find(groupId: string): Group | undefined {
    return this.#groups.get(groupId);
  }

  list(): readonly Group[] {
    return this.#groups.all;
  }

  async delete(groupId: string): Promise<ErrorName> {
    const group = this.#groups.get(groupId);
    if (group === undefined) return 'GROUP_ID_NOT_FOUND';
    return group.state === 'Empty' ? this.#groups.remove(group) : 'NON_EMPTY_GROUP';
  }

  /**
   * Forgets the offsets committed for a topic that is being deleted; resolves once that is durable.
   * @throws LogError where it cannot be.
   */
  async topicDeleted(topic: string): Promise<void> {
    const appended = await this.#log.append({ kind: 'topic-removed', topic });
    if (appended.kind === 'failed') throw appended.error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancelExpiry();
    this.#groups.end();
    await this.#expiring;
    await this.#log[Symbol.asyncDispose]();
  }

  #scheduleExpiry(): void {
    this.#cancelExpiry = this.#clock.after(this.#settings.offsetsRetentionCheckIntervalMs, () => {
      this.#expiring = expireOffsets(
        this.#groups,
        this.#log,
        this.#clock.now(),
        this.#settings.offsetsRetentionMs,
      ).then(() => this.#scheduleExpiry());
    });
  }
}

/** A request may wait in its group for minutes, but not for a connection that has ended. */
function answered<T>(signal: AbortSignal, given: T, request: (answer: Answer<T>) => void): Promise<T> {
  return new Promise((resolve) => {
    const giveUp = (): void => resolve(given);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    request((answer) => {
      signal.removeEventListener('abort', giveUp);
      resolve(answer);
    });
  });
}
