export {
  TIMESTAMP_SCHEMA,
  TIMESTAMP_STREAM,
  type TimestampCommand,
  timestampCommand,
  timestampStream,
} from './timestamp.ts';
