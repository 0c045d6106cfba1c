import type {
  ActivityEventRow,
  ClientEventRow,
  CommandOutcome,
  CommandRow,
  DeadLetter,
  PlaceMark,
  RecordPosition,
  SchemaVersion,
  StoredPosition,
  TimestampRow,
} from '@sluice/core';
import type { ClientTables } from './client-tables.ts';

/** A row and where in the log it comes from. */
export type Stored<Row> = Row & {
  readonly topic: string;
  readonly position: RecordPosition;
};

/** What a database would hold. All but marks and positions is by command id. */
export interface Tables {
  readonly timestampRecords: Map<string, Stored<TimestampRow>>;
  readonly activityEvents: Map<string, Stored<ActivityEventRow>>;
  readonly events: Map<string, Stored<ClientEventRow>>;
  readonly markers: Map<string, Stored<CommandRow>>;
  /** Of commands that are decided once. */
  readonly decisions: Map<string, Extract<CommandOutcome, { status: 'projected' | 'rejected' }>>;
  /** No id is here and in another table. */
  readonly deadLetters: Map<string, DeadLetter>;
  /** By place. */
  readonly marks: Map<string, PlaceMark>;
  /** In the order of registration. */
  readonly schemaVersions: SchemaVersion[];
  /** By client. */
  readonly clientTables: Map<string, ClientTables>;
  /** By group, topic and partition. */
  readonly positions: Map<string, StoredPosition & { readonly group: string }>;
  /** Called after every batch. */
  readonly watchers: Set<() => void>;
}

export const emptyTables = (): Tables => ({
  timestampRecords: new Map(),
  activityEvents: new Map(),
  events: new Map(),
  markers: new Map(),
  decisions: new Map(),
  deadLetters: new Map(),
  marks: new Map(),
  schemaVersions: [],
  clientTables: new Map(),
  positions: new Map(),
  watchers: new Set(),
});

export const positionKey = (group: string, { topic, partition }: StoredPosition): string =>
  JSON.stringify([group, topic, partition]);

/** A group's positions, of all partitions. */
export const positionsOf = ({ positions }: Tables, group: string): readonly StoredPosition[] =>
  [...positions.values()].filter((position) => position.group === group).map(({ group: _, ...position }) => position);
