import type { Located } from '../client/metadata.ts';
import { Lane } from './lane.ts';
import type { PendingRecord } from './pending-record.ts';

/** A topic's partitions and their lanes; records wait here until the cluster has told how many there are. */
export class Route {
  readonly topic: string;
  readonly #unplaced = new Set<PendingRecord>();
  readonly #lanes: Lane[] = [];
  #partitions = 0;

  constructor(topic: string) {
    this.topic = topic;
  }

  /** The lane that the record went into; none while the topic is not located. */
  add(record: PendingRecord): Lane | undefined {
    if (this.#partitions === 0) {
      this.#unplaced.add(record);
      return undefined;
    }
    const lane = this.#lanes[record.keyHash % this.#partitions];
    lane?.add(record);
    return lane;
  }

  drop(record: PendingRecord): void {
    this.#unplaced.delete(record);
    for (const lane of this.#lanes) lane.drop(record);
  }

  /** Whether records wait for a place or for a leader. */
  get isLost(): boolean {
    return this.#unplaced.size > 0 || this.#lanes.some((lane) => lane.leader === null && lane.hasWork);
  }

  /** Takes in what the cluster says; returns the lanes that have something to send and somewhere to send it. */
  locate(located: Located): readonly Lane[] {
    if (located.kind === 'refused') for (const record of this.#unplaced) record.failed(located.error);
    const places = located.kind === 'found' ? located.partitions : [];
    this.#partitions = places.length;
    while (this.#lanes.length < places.length) this.#lanes.push(new Lane(this.topic, this.#lanes.length));
    const leaders = new Map(places.map(({ partitionId, leader }) => [partitionId, leader]));
    for (const lane of this.#lanes) {
      const leader = leaders.get(lane.partition) ?? -1;
      lane.leader = leader < 0 ? null : String(leader);
    }
    const unplaced = [...this.#unplaced];
    this.#unplaced.clear();
    for (const record of unplaced) if (!record.settled) this.add(record);
    return this.#lanes.filter((lane) => lane.leader !== null && lane.hasWork);
  }
}
