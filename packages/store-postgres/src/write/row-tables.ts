import type { ActivityEventRow, ClientEventRow, RowEffect, TimestampRow } from '@sluice/core';
import { InstantWriter, TextMaker } from '../binary/field.ts';
import type { BinaryRows } from '../binary/rows.ts';

export type TableName = RowEffect['table'];
type RowOf<T extends TableName> = Extract<RowEffect, { table: T }>['row'];

/** A table's own columns, beside those that every row has. */
export interface RowTable<T extends TableName> {
  /** Names and types, in their order. */
  readonly columns: readonly (readonly [name: string, type: string])[];
  /** Makes a writer for the rows of one batch: their values as COPY reads them, in the columns' order. */
  binary(): (into: BinaryRows, row: RowOf<T>) => void;
  /** The values by column, as JSON. */
  values(row: RowOf<T>): Readonly<Record<string, string | number>>;
  /** What a stranger has put into texts, by name. */
  texts(row: RowOf<T>): Readonly<Record<string, string>>;
}

const timestampRecords: RowTable<'timestamp_records'> = {
  columns: [['event_timestamp', 'timestamptz']],
  binary() {
    const instants = new InstantWriter();
    return (into, row: TimestampRow) => into.instant(instants, row.eventTimestamp);
  },
  values: ({ eventTimestamp }) => ({ event_timestamp: eventTimestamp }),
  texts: () => ({}),
};

const activityEvents: RowTable<'activity_events'> = {
  columns: [
    ['email', 'text'],
    ['component', 'text'],
    ['environment', 'text'],
    ['message', 'text'],
    ['data', 'json'],
  ],
  binary() {
    const emails = new TextMaker('email');
    const components = new TextMaker('component');
    const environments = new TextMaker('environment');
    const messages = new TextMaker('message');
    const data = new TextMaker('data');
    return (into, row: ActivityEventRow) => {
      into.text(emails.make(row.email));
      into.text(components.make(row.component));
      into.text(environments.make(row.environment));
      into.text(messages.make(row.message));
      into.text(data.make(row.data));
    };
  },
  values: ({ email, component, environment, message, data }) => ({ email, component, environment, message, data }),
  texts: ({ email, component, environment, message, data }) => ({ email, component, environment, message, data }),
};

const events: RowTable<'events'> = {
  columns: [
    ['event', 'text'],
    ['schema_version', 'integer'],
    ['data', 'jsonb'],
  ],
  binary() {
    const names = new TextMaker('event');
    const data = new TextMaker('data', JSONB_VERSION);
    return (into, row: ClientEventRow) => {
      into.text(names.make(row.event));
      into.integer(row.schemaVersion);
      into.text(data.make(row.data));
    };
  },
  values: ({ event, schemaVersion, data }) => ({ event, schema_version: schemaVersion, data }),
  texts: ({ event, data }) => ({ event, data }),
};

const markers: RowTable<'markers'> = {
  columns: [],
  binary: () => () => {},
  values: () => ({}),
  texts: () => ({}),
};

/** What goes before the text in jsonb's binary format (`jsonb_recv`). */
const JSONB_VERSION = '\x01';

export const ROW_TABLES: { readonly [T in TableName]: RowTable<T> } = {
  timestamp_records: timestampRecords,
  activity_events: activityEvents,
  events,
  markers,
};
