import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '@sluice/durable-log';
import { type FileSystem, openJournaledFileSystem } from '@sluice/durable-log';
import type { BrokerEvent } from '../events.ts';
import { type GroupCoordinator, type GroupSettings, openGroupCoordinator } from '../groups/coordinator.ts';
import { MetadataLog } from './metadata-log.ts';
import { ProducerIds } from './producer-ids.ts';
import { Topics } from './topics.ts';

export interface StorageOptions {
  readonly directory: string;
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  readonly groups: Partial<GroupSettings>;
  readonly log: (event: BrokerEvent) => void;
  /** Ends the broker, since what the disk holds is unknown. */
  readonly fail: (error: Error) => void;
}

/** All that the broker keeps on disk. */
export interface Storage extends AsyncDisposable {
  readonly clusterId: string;
  readonly topics: Topics;
  readonly producerIds: ProducerIds;
  readonly groups: GroupCoordinator;
}

export async function openStorage(options: StorageOptions): Promise<Storage> {
  const { directory, clock, log, fail } = options;
  await using opened = new AsyncDisposableStack();
  // One synced write for a request, however many partitions it is for.
  const fileSystem = opened.use(await openJournaledFileSystem({ fileSystem: options.fileSystem, directory }));
  const metadata = opened.use(
    await MetadataLog.open({
      directory: join(directory, 'metadata'),
      fileSystem,
      onLogEvent: (event) => log({ kind: 'log', name: 'metadata', event }),
    }),
  );
  const clusterId = metadata.clusterId ?? randomBytes(16).toString('base64url');
  if (metadata.clusterId === undefined) await metadata.write({ type: 'cluster', clusterId });
  let groups: GroupCoordinator | undefined;
  const topics = opened.use(
    await Topics.open({
      metadata,
      directory: join(directory, 'topics'),
      fileSystem,
      clock,
      onLogEvent: (name, event) => log({ kind: 'log', name, event }),
      onDeleted: async (topic) => groups?.topicDeleted(topic),
    }),
  );
  groups = opened.use(
    await openGroupCoordinator({
      directory: join(directory, 'groups'),
      fileSystem,
      clock,
      log,
      fail,
      partitionCount: (topic) => topics.get(topic)?.partitions.length,
      settings: options.groups,
    }),
  );
  const owned = opened.move();
  const producerIds = new ProducerIds(metadata);
  return { clusterId, topics, producerIds, groups, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
