import type { Instant } from './instant.ts';

/** How a new version of a schema is held against the last: `backward` takes what that took, `none` is not compared. */
export type Compatibility = 'backward' | 'none';

/** One version of a client's stream, as the log's registrations made it. */
export interface SchemaVersion {
  readonly client: string;
  readonly event: string;
  readonly topic: string;
  /** Counts from 1, without gaps. */
  readonly version: number;
  /** The JSON Schema, as JSON text. */
  readonly schema: string;
  readonly compatibility: Compatibility;
  /** When ingest accepted the registration. */
  readonly registeredAt: Instant;
  /** Of the registration. */
  readonly commandId: string;
}

/** What was registered since the mark, in the order of registration. */
export interface RegistryChanges {
  /** Where to go on from the next time. */
  readonly mark: RegistryMark;
  /** The registry was replaced as a whole (a rebuild was swapped in): `versions` is all of it. */
  readonly isWhole: boolean;
  readonly versions: readonly SchemaVersion[];
}

/** How far somebody has read the registry; opaque to all but the store that made it. */
export interface RegistryMark {
  readonly generation: string;
  readonly sequence: number;
}

/** A client's stream is named after both, and so is its topic: names have no dots. */
export const clientTopic = (client: string, event: string): string => `${client}.${event}`;

/** Kafka refuses a topic whose name equals another's after this, since its metrics would be the same. */
export const collisionName = (topic: string): string => topic.replaceAll('.', '_');
