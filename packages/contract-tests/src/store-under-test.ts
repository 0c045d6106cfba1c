import type { Column, DeadLetter, RecordPosition, Store, TimestampRow } from '@sluice/core';

/** A stored row, whole. */
export interface RowSeen extends TimestampRow {
  readonly topic: string;
  readonly position: RecordPosition;
}

/** One of a client's own tables, whole. */
export interface TableSeen {
  readonly name: string;
  readonly columns: readonly Column[];
  /** The values' texts as the store prints them, in the order of the columns. */
  readonly rows: readonly (readonly (string | null)[])[];
}

/** A store with nothing in it, and ways behind the port's back. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: Store;
  /** Opens the same data once more, as another process would. */
  openAnother(): Promise<Store>;
  /** All rows of timestamp commands, in any order; the reader shows the others. */
  rows(): Promise<readonly RowSeen[]>;
  /** All dead letters, in any order. */
  deadLetters(): Promise<readonly DeadLetter[]>;
  /** A client's own tables, in any order. */
  clientTables(client: string): Promise<readonly TableSeen[]>;
  /** Takes all rows out of all tables but clients' own, as a TRUNCATE does; positions and dead letters stay. */
  removeRows(): Promise<void>;
}

export interface StoreContractOptions {
  readonly name: string;
  readonly open: () => Promise<StoreUnderTest>;
}

/** Everything that is stored, in an order of its own, to compare before with after. */
export async function contents({ store, rows, deadLetters }: StoreUnderTest, groups: readonly string[] = ['g']) {
  const positions = await Promise.all(groups.map((group) => store.writer.positions(group)));
  return {
    rows: [...(await rows())].sort((a, b) => compare(a.id, b.id)),
    deadLetters: [...(await deadLetters())].sort((a, b) => compare(a.commandId, b.commandId)),
    positions: positions.map((list) => [...list].sort((a, b) => compare(placeText(a), placeText(b)))),
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const placeText = ({ topic, partition }: { topic: string; partition: number }): string => `${topic}/${partition}`;
