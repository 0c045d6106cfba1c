export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  endLeftoverPostgres,
  startEmbeddedPostgres,
} from './embedded-postgres.ts';
export { EmbeddedPostgresError, type EmbeddedPostgresErrorCode } from './errors.ts';
