export { activityEventCommand, activityEventStream } from './activity-event/activity-event.ts';
export { activityEventJson, epochSeconds, STORED_ACTIVITY_SCHEMA } from './activity-event/json.ts';
export {
  type ActivityEvent,
  type ActivityViolation,
  type ReadActivityEvent,
  readActivityEvent,
} from './activity-event/reader.ts';
export {
  ACTIVITY_FIELDS,
  ACTIVITY_SCHEMA,
  ACTIVITY_STREAM,
  type ActivityField,
  LONGEST as LONGEST_ACTIVITY_FIELDS,
} from './activity-event/schema.ts';
export { builtInLike } from './built-in.ts';
export {
  type ClientEventCommand,
  type ClientEventStreamOptions,
  clientEventCommand,
  clientEventCommands,
  clientEventStream,
  schemaUrn,
} from './client-event/client-event.ts';
export { type CheckedName, clientName, eventName, NAME_PATTERN } from './client-event/name.ts';
export { CompiledSchemas, type ReadableVersion, type SchemaVersions, schemaVersions } from './client-event/schemas.ts';
export {
  type ControlCommand,
  controlStream,
  type DeadLettersCommand,
  discardCommand,
  markerCommand,
  type RegistrationCommand,
  redriveCommand,
  registrationCommand,
} from './control/control.ts';
export { CONTROL_SCHEMAS, CONTROL_STREAM, MAX_MARKS } from './control/schemas.ts';
export type { AcceptedEvent } from './envelope.ts';
export { type ReadActivities, readActivities } from './table-transaction/reader.ts';
export { TABLE_TRANSACTION_SCHEMA, TABLE_TRANSACTION_STREAM } from './table-transaction/schema.ts';
export { tableTransactionCommand, tableTransactionStream } from './table-transaction/table-transaction.ts';
export {
  TIMESTAMP_SCHEMA,
  TIMESTAMP_STREAM,
  type TimestampCommand,
  timestampCommand,
  timestampStream,
} from './timestamp.ts';
