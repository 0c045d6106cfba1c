export { CONTROL_STREAM } from './control.ts';
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
