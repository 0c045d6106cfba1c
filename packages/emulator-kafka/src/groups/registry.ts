import { randomUUID } from 'node:crypto';
import type { Clock } from '@sluice/durable-log';
import type { ErrorName } from '../protocol/errors.ts';
import { Group, type GroupOptions, type GroupSurroundings } from './group.ts';
import { appendError, type GroupLog } from './group-log.ts';
import type { GroupSnapshot } from './snapshot.ts';

/** All groups that exist, as they are now; the log has what of them is durable. */
export class GroupRegistry {
  readonly #groups = new Map<string, Group>();
  readonly #log: GroupLog;
  readonly #clock: Clock;
  readonly #options: GroupOptions;

  constructor(log: GroupLog, clock: Clock, options: GroupOptions) {
    this.#log = log;
    this.#clock = clock;
    this.#options = options;
    for (const groupId of log.table.groupIds) this.#open(groupId, log.table.snapshot(groupId));
  }

  get all(): readonly Group[] {
    return [...this.#groups.values()];
  }

  get(groupId: string): Group | undefined {
    return this.#groups.get(groupId);
  }

  /** The group, which begins to exist where it does not. */
  obtain(groupId: string): Group {
    return this.#groups.get(groupId) ?? this.#open(groupId);
  }

  /** Ends an empty group with all its offsets. Where that cannot be made durable, the group is back. */
  async remove(group: Group): Promise<ErrorName> {
    const { id } = group;
    group.end();
    this.#groups.delete(id);
    const appended = await this.#log.append({ kind: 'group-removed', groupId: id });
    if (appended.kind !== 'durable' && !this.#groups.has(id)) this.#open(id, this.#log.table.snapshot(id));
    return appendError(appended);
  }

  end(): void {
    for (const group of this.#groups.values()) group.end();
  }

  #open(groupId: string, saved?: GroupSnapshot): Group {
    const group = new Group(groupId, this.#surroundings(groupId), saved);
    this.#groups.set(groupId, group);
    return group;
  }

  #surroundings(groupId: string): GroupSurroundings {
    return {
      clock: this.#clock,
      options: this.#options,
      newId: randomUUID,
      save: (snapshot, saved) => {
        void this.#log
          .append({ kind: 'group-saved', groupId, snapshot })
          .then((appended) => saved(appendError(appended)));
      },
    };
  }
}
