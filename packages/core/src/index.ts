export { type BackoffOptions, backoffDelayMs, pause } from './backoff.ts';
export type {
  AssignedPartition,
  Broker,
  BrokerAdmin,
  BrokerCapabilities,
  GroupSnapshot,
  GroupTopics,
  Handled,
  Publisher,
  PublishResult,
  RecordBatch,
  SeekTarget,
  Subscriber,
  SubscriptionHandler,
  SubscriptionOptions,
  TopicPartition,
} from './broker.ts';
export { DEAD_LETTER_REASONS, type DeadLetter, type DeadLetterReason } from './dead-letter.ts';
export {
  type BuriedCommand,
  obeying,
  type PlaceMark,
  replacesDeadLetter,
  type StandingItem,
  standingItems,
  withoutBytes,
} from './dead-letter-rules.ts';
export { type Decimal, readDecimal } from './decimal.ts';
export type {
  ActivityEventRow,
  ClientEventRow,
  CommandRow,
  DeadLetterMark,
  DiscardEffect,
  Effect,
  RedriveEffect,
  RegistrationEffect,
  RowEffect,
  TableTransactionEffect,
  TimestampRow,
} from './effect.ts';
export { ERROR_CODES, type ErrorCode, isRetryable, SluiceError, wantsReassignment } from './errors.ts';
export { DEFAULT_CLIENT, HEADER } from './headers.ts';
export { commandIdOf, idempotentCommandId, identify, isUuid, type RecordIdentity } from './identity.ts';
export { type Instant, instantFromMs, type ParsedInstant, parseInstant } from './instant.ts';
export { OpenRuns } from './open-runs.ts';
export { placeText } from './place.ts';
export { partitionKey, type StoredPosition } from './position.ts';
export type { ProjectionObserver } from './projection/observer.ts';
export { type ProjectionOptions, runProjection } from './projection/run.ts';
export { type WaitContext, type Waited, whileDown } from './projection/while-down.ts';
export { printable, quoted } from './quoted.ts';
export {
  type BrokerRecord,
  type HeaderNames,
  headerTexts,
  type NewRecord,
  type OutgoingRecord,
  type RecordHeader,
  type RecordPosition,
} from './record.ts';
export {
  type Compatibility,
  clientTopic,
  collisionName,
  type RegistryChanges,
  type RegistryMark,
  type SchemaVersion,
} from './registry.ts';
export { type AskForChanges, RegistryFollower } from './registry-follower.ts';
export { refusesReplay } from './replay-by-offset.ts';
export type {
  ApplyOutcome,
  DeadLetterItem,
  EffectsItem,
  PositionAdvance,
  Store,
  StoreBatch,
  StoreItem,
  StoreWriter,
} from './store.ts';
export { isDecidedOnce, itemCommandId, itemPlace } from './store-item.ts';
export type {
  ActivityEventFilter,
  ClientEventFilter,
  CommandOutcome,
  DeadLetterFilter,
  DeadLetterState,
  DeadLetterSummary,
  PageEnd,
  PageRequest,
  StoredDeadLetter,
  StoreReader,
  TimeRange,
  TimestampRecord,
} from './store-reader.ts';
export type { StoreWatch } from './store-watch.ts';
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
