import type { Clock } from '@sluice/durable-log';
import type { EmulatorEvent } from '../events.ts';
import type { Faults } from '../faults.ts';
import { alreadyExists, notFound } from '../grpc/errors.ts';
import type { Storage } from '../storage/storage.ts';
import type { MessageLogs } from './message-logs.ts';
import type { Schema } from './schema.ts';
import type { Snapshot } from './snapshot.ts';
import type { Subscription } from './subscription.ts';
import type { Topic } from './topic.ts';
import type { Turns } from './turns.ts';

/** Resources of one kind, by name. What is in here is durable; only a task that has its turn changes it. */
export class Named<Resource> {
  readonly #byName = new Map<string, Resource>();

  /** @throws RpcError `NOT_FOUND` */
  get(name: string): Resource {
    const resource = this.#byName.get(name);
    if (resource === undefined) throw notFound(name);
    return resource;
  }

  find(name: string): Resource | undefined {
    return this.#byName.get(name);
  }

  /** @throws RpcError `ALREADY_EXISTS` */
  checkAbsent(name: string): void {
    if (this.#byName.has(name)) throw alreadyExists(name);
  }

  set(name: string, resource: Resource): void {
    this.#byName.set(name, resource);
  }

  delete(name: string): void {
    this.#byName.delete(name);
  }

  values(): Iterable<Resource> {
    return this.#byName.values();
  }
}

/** All that the emulator has, as every handler sees it. */
export interface Service {
  readonly clock: Clock;
  readonly storage: Storage;
  readonly faults: Faults;
  readonly logs: MessageLogs;
  readonly topics: Named<Topic>;
  readonly subscriptions: Named<Subscription>;
  readonly snapshots: Named<Snapshot>;
  readonly schemas: Named<Schema>;
  /** Changes to resources, one after the other. */
  readonly turns: Turns;
  /** Tells whoever runs the emulator; never throws. */
  readonly log: (event: EmulatorEvent) => void;
  /** How long a pull waits for a message. */
  readonly pullWaitMs: number;
  /** Aborted when the emulator stops. */
  readonly stopping: AbortSignal;
}
