export {
  type ClientEventCommand,
  type ClientEventStreamOptions,
  clientEventCommand,
  clientEventStream,
} from './client-event.ts';
export { type CheckedName, clientName, eventName, NAME_PATTERN } from './client-event-name.ts';
export { CompiledSchemas, type ReadableVersion, type SchemaVersions, schemaVersions } from './client-event-schemas.ts';
export {
  CONTROL_STREAM,
  type ControlCommand,
  controlStream,
  type DeadLettersCommand,
  discardCommand,
  type RegistrationCommand,
  redriveCommand,
  registrationCommand,
} from './control.ts';
export { CONTROL_SCHEMAS, MAX_MARKS } from './control-schemas.ts';
export {
  type TableTransactionCommand,
  tableTransactionCommand,
  tableTransactionStream,
} from './table-transaction.ts';
export { type ReadActivities, readActivities } from './table-transaction-reader.ts';
export { TABLE_TRANSACTION_SCHEMA, TABLE_TRANSACTION_STREAM } from './table-transaction-schema.ts';
export {
  TIMESTAMP_SCHEMA,
  TIMESTAMP_STREAM,
  type TimestampCommand,
  timestampCommand,
  timestampStream,
} from './timestamp.ts';
export type { Violation } from './violation.ts';
