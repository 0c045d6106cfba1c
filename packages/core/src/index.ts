export { type BackoffOptions, backoffDelayMs, pause } from './backoff.ts';
export type {
  AssignedPartition,
  Broker,
  BrokerAdmin,
  BrokerCapabilities,
  Handled,
  Publisher,
  PublishResult,
  RecordBatch,
  Subscriber,
  SubscriptionHandler,
  SubscriptionOptions,
  TopicPartition,
} from './broker.ts';
export type { Effect, RowEffect, TimestampRow } from './effect.ts';
export { ERROR_CODES, type ErrorCode, isRetryable, SluiceError, wantsReassignment } from './errors.ts';
export { DEFAULT_CLIENT, HEADER } from './headers.ts';
export { commandIdOf, idempotentCommandId, identify, isUuid, type RecordIdentity } from './identity.ts';
export { type Instant, instantFromMs, type ParsedInstant, parseInstant } from './instant.ts';
export type { ProjectionObserver } from './projection/observer.ts';
export { type ProjectionOptions, runProjection } from './projection/run.ts';
export { printable, quoted } from './quoted.ts';
export {
  type BrokerRecord,
  type HeaderNames,
  headerTexts,
  type NewRecord,
  type RecordHeader,
  type RecordPosition,
} from './record.ts';
export {
  type ApplyOutcome,
  type DeadLetter,
  type DeadLetterReason,
  type PositionAdvance,
  partitionKey,
  type Store,
  type StoreBatch,
  type StoredPosition,
  type StoreItem,
  type StoreReader,
  type StoreWriter,
  type TimestampRecord,
} from './store.ts';
export type { Reading, Stream } from './stream.ts';
export { netEffect } from './table-transaction/decide.ts';
export { canonical, fits, shownCell, typeRule } from './table-transaction/fits.ts';
export type {
  CellText,
  DeleteRows,
  InsertRows,
  NetEffect,
  TableColumns,
  TransactionOutcome,
} from './table-transaction/net-effect.ts';
export {
  type Activity,
  BARE_DECIMAL,
  type Catalogue,
  type Cell,
  type Column,
  type ColumnType,
  type DecimalType,
  type DeleteActivity,
  type InsertActivity,
  type TableTransaction,
  type TypedCell,
} from './table-transaction/table-transaction.ts';
export { utf8Text } from './utf8.ts';
