import type { FileSystem } from '@sluice/durable-log';
import type { Clock } from '../clock.ts';
import type { BrokerEvent } from '../events.ts';

export interface GroupCoordinatorOptions {
  /** For the groups' own durable log. */
  readonly directory: string;
  readonly fileSystem?: FileSystem;
  readonly clock: Clock;
  readonly log: (event: BrokerEvent) => void;
  /** Undefined where there is no such topic. */
  readonly partitionCount: (topic: string) => number | undefined;
}

export interface GroupCoordinator extends AsyncDisposable {
  /** Forgets the offsets committed for a topic that is being deleted; resolves once that is durable. */
  topicDeleted(topic: string): Promise<void>;
}

export async function openGroupCoordinator(_options: GroupCoordinatorOptions): Promise<GroupCoordinator> {
  return { topicDeleted: async () => undefined, [Symbol.asyncDispose]: async () => undefined };
}
