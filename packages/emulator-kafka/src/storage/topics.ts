import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Clock, FileSystem, LogEvent } from '@sluice/durable-log';
import { type TopicSettings, topicSettings } from '../topic-config.ts';
import { collisionKey } from '../topic-name.ts';
import type { MetadataLog, TopicRecord } from './metadata-log.ts';
import { Partition } from './partition.ts';

export interface TopicsOptions {
  readonly metadata: MetadataLog;
  readonly directory: string;
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  readonly onLogEvent: (name: string, event: LogEvent) => void;
  /** The topic is gone for good; its files go once this has resolved. */
  readonly onDeleted: (name: string) => Promise<void>;
}

export interface Topic {
  readonly name: string;
  readonly id: string;
  /** What was set for this topic; everything else is default. */
  readonly configs: Readonly<Record<string, string>>;
  readonly settings: TopicSettings;
  /** By index. */
  readonly partitions: readonly Partition[];
}

/**
 * The topics and their partitions. A topic's folder is named by its id, so that a topic that is deleted and made anew
 * can never show what the first one held; folders that no topic owns are removed at the start.
 *
 * Changes are made one at a time and are durable before they are visible. The caller decides whether they are allowed,
 * in the same turn: {@link exclusively}.
 */
export class Topics implements AsyncDisposable {
  readonly #options: TopicsOptions;
  readonly #byName = new Map<string, Topic>();
  readonly #byId = new Map<string, Topic>();
  readonly #byCollisionKey = new Map<string, string>();
  #turn: Promise<unknown> = Promise.resolve();

  static async open(options: TopicsOptions): Promise<Topics> {
    const topics = new Topics(options);
    const { metadata, directory, fileSystem } = options;
    await fileSystem.createDirectory(directory);
    const records = [...metadata.topics];
    const owned = new Set(records.map(({ id }) => id));
    const orphans = (await fileSystem.list(directory)).filter((name) => !owned.has(name));
    await Promise.all(orphans.map((name) => fileSystem.removeDirectory(join(directory, name))));
    const opened = await Promise.allSettled(records.map(async (record) => topics.#show(await topics.#open(record))));
    const failed = opened.find((result) => result.status === 'rejected');
    if (failed !== undefined) {
      await topics[Symbol.asyncDispose]();
      throw failed.reason;
    }
    return topics;
  }

  private constructor(options: TopicsOptions) {
    this.#options = options;
  }

  [Symbol.iterator](): IterableIterator<Topic> {
    return this.#byName.values();
  }

  get(name: string): Topic | undefined {
    return this.#byName.get(name);
  }

  getById(id: string): Topic | undefined {
    return this.#byId.get(id);
  }

  partition(name: string, index: number): Partition | undefined {
    return this.#byName.get(name)?.partitions[index];
  }

  /** The topic whose name differs from this one by dots and underscores only. */
  collidesWith(name: string): string | undefined {
    const existing = this.#byCollisionKey.get(collisionKey(name));
    return existing === name ? undefined : existing;
  }

  /** Runs one change after the other, so that what a change was checked against still holds when it is made. */
  exclusively<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(change);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async create(name: string, partitions: number, configs: Readonly<Record<string, string>>): Promise<Topic> {
    const record = { name, id: randomUUID(), partitions, configs, deletedBefore: {} };
    try {
      const topic = await this.#open(record);
      try {
        await this.#options.metadata.write({ type: 'topic', topic: record });
      } catch (error) {
        await Promise.all(topic.partitions.map((partition) => partition.discard()));
        throw error;
      }
      this.#show(topic);
      return topic;
    } catch (error) {
      // Where this fails too, the next start removes it.
      await this.#removeFiles(record.id).catch(() => undefined);
      throw error;
    }
  }

  async delete(topic: Topic): Promise<void> {
    await this.#options.metadata.write({ type: 'topic-deleted', id: topic.id });
    this.#hide(topic);
    await this.#options.onDeleted(topic.name);
    await Promise.all(topic.partitions.map((partition) => partition.discard()));
    await this.#removeFiles(topic.id);
  }

  async addPartitions(topic: Topic, count: number): Promise<void> {
    const record = this.#record(topic);
    const added = await this.#openPartitions(record, topic.settings, topic.partitions.length, count);
    try {
      await this.#options.metadata.write({ type: 'topic', topic: { ...record, partitions: count } });
    } catch (error) {
      await Promise.all(added.map((partition) => partition.discard()));
      throw error;
    }
    this.#show({ ...topic, partitions: [...topic.partitions, ...added] });
  }

  async configure(topic: Topic, configs: Readonly<Record<string, string>>): Promise<void> {
    await this.#options.metadata.write({ type: 'topic', topic: { ...this.#record(topic), configs } });
    const settings = topicSettings(configs);
    for (const partition of topic.partitions) partition.configure(settings);
    this.#show({ ...topic, configs, settings });
  }

  async deleteRecords(topic: Topic, partition: Partition, before: number): Promise<void> {
    const record = this.#record(topic);
    const deletedBefore = { ...record.deletedBefore, [partition.index]: before };
    await this.#options.metadata.write({ type: 'topic', topic: { ...record, deletedBefore } });
    await partition.deleteBefore(before);
  }

  #record({ id }: Topic): TopicRecord {
    const record = this.#options.metadata.topic(id);
    if (record === undefined) throw new Error(`topic ${id} has no record`);
    return record;
  }

  async #open(record: TopicRecord): Promise<Topic> {
    const { id, name, configs } = record;
    const settings = topicSettings(configs);
    const partitions = await this.#openPartitions(record, settings, 0, record.partitions);
    return { id, name, configs, settings, partitions };
  }

  async #openPartitions(
    { id, name, deletedBefore }: TopicRecord,
    settings: TopicSettings,
    from: number,
    to: number,
  ): Promise<Partition[]> {
    const { directory, fileSystem, clock, onLogEvent } = this.#options;
    const opening = Array.from({ length: to - from }, (_, at) => {
      const index = from + at;
      return Partition.open({
        index,
        directory: join(directory, id, String(index)),
        fileSystem,
        clock,
        settings,
        deletedBefore: deletedBefore[index] ?? 0,
        onLogEvent: (event) => onLogEvent(`${name}-${index}`, event),
      });
    });
    const opened = await Promise.allSettled(opening);
    const partitions = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const failed = opened.find((result) => result.status === 'rejected');
    if (failed === undefined) return partitions;
    await Promise.all(partitions.map((partition) => partition.discard()));
    throw failed.reason;
  }

  #show(topic: Topic): void {
    this.#byName.set(topic.name, topic);
    this.#byId.set(topic.id, topic);
    this.#byCollisionKey.set(collisionKey(topic.name), topic.name);
  }

  #hide(topic: Topic): void {
    this.#byName.delete(topic.name);
    this.#byId.delete(topic.id);
    this.#byCollisionKey.delete(collisionKey(topic.name));
  }

  #removeFiles(id: string): Promise<void> {
    return this.#options.fileSystem.removeDirectory(join(this.#options.directory, id));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turn;
    await Promise.all(
      [...this.#byName.values()].flatMap(({ partitions }) => partitions.map((each) => each[Symbol.asyncDispose]())),
    );
  }
}
