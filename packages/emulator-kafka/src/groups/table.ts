import type { CommittedOffset, GroupChange, GroupImage, TopicOffsets } from './changes.ts';
import type { GroupSnapshot } from './snapshot.ts';

type Offsets = Map<string, Map<number, CommittedOffset>>;

interface Row {
  snapshot: GroupSnapshot | undefined;
  readonly offsets: Offsets;
}

/** The durable state of all groups: what the log's entries amount to. */
export class GroupTable {
  readonly #rows = new Map<string, Row>();

  constructor(groups: readonly GroupImage[] = []) {
    for (const { groupId, snapshot, topics } of groups) {
      if (snapshot !== undefined) this.apply({ kind: 'group-saved', groupId, snapshot });
      if (topics.length > 0) this.apply({ kind: 'offsets-committed', groupId, topics });
    }
  }

  get groupIds(): string[] {
    return [...this.#rows.keys()];
  }

  get topics(): Set<string> {
    return new Set([...this.#rows.values()].flatMap(({ offsets }) => [...offsets.keys()]));
  }

  snapshot(groupId: string): GroupSnapshot | undefined {
    return this.#rows.get(groupId)?.snapshot;
  }

  offset(groupId: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.#rows.get(groupId)?.offsets.get(topic)?.get(partition);
  }

  offsets(groupId: string): TopicOffsets[] {
    return listOffsets(this.#rows.get(groupId)?.offsets ?? new Map());
  }

  images(): GroupImage[] {
    return [...this.#rows].map(([groupId, { snapshot, offsets }]) => ({
      groupId,
      snapshot,
      topics: listOffsets(offsets),
    }));
  }

  apply(change: GroupChange): void {
    switch (change.kind) {
      case 'offsets-committed':
        this.#commit(change.groupId, change.topics);
        break;
      case 'offsets-removed':
        for (const { topic, partitions } of change.topics) this.#removeOffsets(change.groupId, topic, partitions);
        break;
      case 'group-saved':
        this.#row(change.groupId).snapshot = change.snapshot;
        break;
      case 'group-removed':
        this.#rows.delete(change.groupId);
        break;
      case 'topic-removed':
        for (const groupId of this.groupIds) this.#removeOffsets(groupId, change.topic, undefined);
        break;
      default:
        change satisfies never;
    }
  }

  #row(groupId: string): Row {
    const row = this.#rows.get(groupId) ?? { snapshot: undefined, offsets: new Map() };
    this.#rows.set(groupId, row);
    return row;
  }

  #commit(groupId: string, topics: readonly TopicOffsets[]): void {
    const { offsets } = this.#row(groupId);
    for (const { topic, partitions } of topics) {
      const ofTopic = offsets.get(topic) ?? new Map<number, CommittedOffset>();
      offsets.set(topic, ofTopic);
      for (const { partition, ...committed } of partitions) ofTopic.set(partition, committed);
    }
  }

  /** Of all partitions where none are named. A group of which nothing is left is gone. */
  #removeOffsets(groupId: string, topic: string, partitions: readonly number[] | undefined): void {
    const row = this.#rows.get(groupId);
    const ofTopic = row?.offsets.get(topic);
    if (row === undefined || ofTopic === undefined) return;
    for (const partition of partitions ?? [...ofTopic.keys()]) ofTopic.delete(partition);
    if (ofTopic.size === 0) row.offsets.delete(topic);
    if (row.offsets.size === 0 && row.snapshot === undefined) this.#rows.delete(groupId);
  }
}

function listOffsets(offsets: Offsets): TopicOffsets[] {
  return [...offsets].map(([topic, ofTopic]) => ({
    topic,
    partitions: [...ofTopic].map(([partition, committed]) => ({ partition, ...committed })),
  }));
}
