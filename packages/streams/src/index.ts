export { CONTROL_STREAM } from './control.ts';
export {
  TIMESTAMP_SCHEMA,
  TIMESTAMP_STREAM,
  type TimestampCommand,
  timestampCommand,
  timestampStream,
} from './timestamp.ts';
