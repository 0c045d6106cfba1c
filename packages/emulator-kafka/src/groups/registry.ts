import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { ErrorName } from '../protocol/errors.ts';
import { Group, type GroupOptions, type GroupSurroundings } from './group.ts';
import { appendError, type GroupLog } from './group-log.ts';

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
    for (const groupId of log.table.groupIds) this.obtain(groupId);
  }

  get all(): readonly Group[] {
    return [...this.#groups.values()];
  }

  get(groupId: string): Group | undefined {
    return this.#groups.get(groupId);
  }

  /** The group, which begins to exist, or to exist again, where it does not. */
  obtain(groupId: string): Group {
    const existing = this.#groups.get(groupId);
    if (existing !== undefined) return existing;
    const group = new Group(groupId, this.#surroundings(groupId), this.#log.table.snapshot(groupId));
    this.#groups.set(groupId, group);
    return group;
  }

  /** Ends an empty group with all its offsets. Where that cannot be made durable, the group is back. */
  async remove(group: Group): Promise<ErrorName> {
    group.end();
    this.#groups.delete(group.id);
    const appended = await this.#log.append({ kind: 'group-removed', groupId: group.id });
    if (appended.kind !== 'durable') this.obtain(group.id);
    return appendError(appended);
  }

  end(): void {
    for (const group of this.#groups.values()) group.end();
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
