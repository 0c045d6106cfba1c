import {
  type AssignedPartition,
  type BrokerRecord,
  type RecordHeader,
  SluiceError,
  type TopicPartition,
} from '@sluice/core';
import { Group } from './group.ts';

/** A record before it has a place. */
export interface UnplacedRecord extends TopicPartition {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
  readonly timestampMs: number;
}

/** Topics, their partitions and the groups that read them. Brokers that are opened on one log share it. */
export class MemoryLog {
  readonly #topics = new Map<string, BrokerRecord[][]>();
  readonly #groups = new Map<string, Group>();
  #changed = Promise.withResolvers<void>();

  /** Leaves a topic that exists as it is. */
  create(topic: string, partitions: number): void {
    if (this.#topics.has(topic)) return;
    this.#topics.set(
      topic,
      Array.from({ length: partitions }, () => []),
    );
    this.#wake();
  }

  delete(topic: string): void {
    this.#topics.delete(topic);
    this.#wake();
  }

  /** 0 where the topic does not exist. */
  partitionsOf(topic: string): number {
    return this.#topics.get(topic)?.length ?? 0;
  }

  /** Returns the record's offset. */
  append({ topic, partition, ...content }: UnplacedRecord): number {
    const records = this.#records({ topic, partition });
    const offset = records.length;
    records.push({ topic, position: { kind: 'offset', partition, offset }, ...content });
    this.#wake();
    return offset;
  }

  /** The ends of those of the topics that exist. */
  ends(topics: readonly string[]): readonly AssignedPartition[] {
    return topics.flatMap((topic) =>
      (this.#topics.get(topic) ?? []).map(({ length }, partition) => ({
        topic,
        partition,
        startOffset: 0,
        endOffset: length,
      })),
    );
  }

  /** @throws SluiceError `unavailable` where the partition has no such offset */
  read(place: TopicPartition, from: number, limit: number): readonly BrokerRecord[] {
    const records = this.#records(place);
    if (from <= records.length) return records.slice(from, from + limit);
    throw new SluiceError('unavailable', `${place.topic}/${place.partition} ends before offset ${from}`);
  }

  /** Resolves at the next change of any partition. */
  changed(): Promise<void> {
    return this.#changed.promise;
  }

  group(name: string): Group {
    const known = this.#groups.get(name);
    if (known) return known;
    const group = new Group(this);
    this.#groups.set(name, group);
    return group;
  }

  #records({ topic, partition }: TopicPartition): BrokerRecord[] {
    const records = this.#topics.get(topic)?.[partition];
    if (records) return records;
    throw new SluiceError('unavailable', `there is no partition ${topic}/${partition}`);
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
