import { randomUUID } from 'node:crypto';
import {
  type Activity,
  type ActivityEventRow,
  type BrokerRecord,
  type ClientEventRow,
  type CommandRow,
  type DeadLetter,
  type DeadLetterItem,
  type DeadLetterMark,
  type Effect,
  type EffectsItem,
  type Instant,
  type PositionAdvance,
  parseInstant,
  type RecordPosition,
  type RegistrationEffect,
  type TimestampRow,
} from '@sluice/core';

export const TOPIC = 'timestamp.command.v1';

export function instantOf(text: string): Instant {
  const parsed = parseInstant(text);
  if (parsed.kind === 'refused') throw new Error(`${text} must ${parsed.rule}`);
  return parsed.instant;
}

/** Partition 0 of the topic, unless a whole position is given. */
export function recordAt(at: number | RecordPosition, changes: Partial<BrokerRecord> = {}): BrokerRecord {
  return {
    topic: TOPIC,
    position: typeof at === 'number' ? { kind: 'offset', partition: 0, offset: at } : at,
    timestampMs: 1_700_000_000_000,
    key: Buffer.from('key'),
    value: Buffer.from('{}'),
    headers: [],
    ...changes,
  };
}

export const inPartition = (partition: number, offset: number): RecordPosition => ({
  kind: 'offset',
  partition,
  offset,
});

export const asMessage = (messageId: string): RecordPosition => ({ kind: 'message', messageId });

export function rowOf(id: string, changes: Partial<TimestampRow> = {}): TimestampRow {
  return {
    id,
    eventTimestamp: instantOf('2024-02-29T23:59:59.123456Z'),
    createdAt: instantOf('2024-03-01T00:00:00.000001Z'),
    client: 'default',
    ...changes,
  };
}

export function rowItem(
  at: number | RecordPosition,
  { id = randomUUID(), ...row }: Partial<TimestampRow> = {},
): EffectsItem & { readonly commandId: string } {
  const made = rowOf(id, row);
  return { ...effectsItem(at, id, [{ kind: 'row', table: 'timestamp_records', row: made }]), commandId: id };
}

/** What a command of a stream does, whatever it is. */
export function effectsItem(
  at: number | RecordPosition,
  commandId: string,
  effects: readonly Effect[],
  { redriveOf, ...changes }: Partial<EffectsItem> & { readonly redriveOf?: string } = {},
): EffectsItem {
  const identity = { commandId, client: 'default', time: instantOf('2024-03-01T00:00:00.000001Z') };
  return {
    kind: 'effects',
    stream: TOPIC,
    identity: redriveOf === undefined ? identity : { ...identity, redriveOf },
    record: recordAt(at),
    effects,
    ...changes,
  };
}

/** An item whose effects are a row's, or those of a command that is decided once. */
export type CommandItem = EffectsItem & { readonly commandId: string };

function commandItem(
  at: number | RecordPosition,
  commandId: string,
  effects: readonly Effect[],
  changes: Parameters<typeof effectsItem>[3] = {},
): CommandItem {
  return { ...effectsItem(at, commandId, effects, changes), commandId };
}

const shared = (changes: Partial<CommandRow>): CommandRow => ({
  id: randomUUID(),
  createdAt: instantOf('2024-03-01T00:00:00.000001Z'),
  client: 'default',
  ...changes,
});

export function activityEventItem(at: number | RecordPosition, changes: Partial<ActivityEventRow> = {}): CommandItem {
  const texts = { email: 'a@b.example', component: 'web', environment: 'test', message: 'hello', data: '{}' };
  const row: ActivityEventRow = { ...shared(changes), ...texts, ...changes };
  const topic = 'activity.event.v1';
  const record = recordAt(at, { topic });
  return commandItem(at, row.id, [{ kind: 'row', table: 'activity_events', row }], { stream: topic, record });
}

export function clientEventItem(at: number | RecordPosition, changes: Partial<ClientEventRow> = {}): CommandItem {
  const row: ClientEventRow = {
    ...shared(changes),
    client: 'SpongeBob',
    event: 'Fruits',
    schemaVersion: 1,
    data: '{}',
    ...changes,
  };
  const stream = `${row.client}.${row.event}`;
  const record = recordAt(at, { topic: stream.toWellFormed().replaceAll('\0', '_') });
  return commandItem(at, row.id, [{ kind: 'row', table: 'events', row }], { stream, record });
}

/** What whoever put it into the log waits for. */
export function markerItem(at: number | RecordPosition, changes: Partial<CommandRow> = {}): CommandItem {
  const row = shared(changes);
  const topic = 'sluice.control.v1';
  const record = recordAt(at, { topic });
  return commandItem(at, row.id, [{ kind: 'row', table: 'markers', row }], { stream: topic, record });
}

/** Changes of a client's own tables. */
export function transactionItem(
  at: number | RecordPosition,
  client: string,
  activities: readonly Activity[],
  { id = randomUUID(), redriveOf }: { readonly id?: string; readonly redriveOf?: string } = {},
): CommandItem {
  const stream = 'database.activities.v1';
  const time = instantOf('2024-03-01T00:00:00.000001Z');
  const identity = { commandId: id, client, time, ...(redriveOf !== undefined && { redriveOf }) };
  const effect: Effect = { kind: 'table-transaction', transaction: { client, activities } };
  return commandItem(at, id, [effect], { stream, identity, record: recordAt(at, { topic: stream }) });
}

export const CONTROL = 'sluice.control.v1';

function controlItem(at: number | RecordPosition, id: string, effect: Effect): CommandItem {
  return commandItem(at, id, [effect], { stream: CONTROL, record: recordAt(at, { topic: CONTROL }) });
}

export function registrationItem(
  at: number | RecordPosition,
  changes: Partial<RegistrationEffect> & { readonly id?: string } = {},
): CommandItem {
  const { id = randomUUID(), client = 'SpongeBob', event = 'Fruits', ...rest } = changes;
  const about = {
    client,
    event,
    topic: `${client}.${event}`,
    schema: '{}',
    compatibility: 'backward',
    base: 0,
  } as const;
  return controlItem(at, id, { kind: 'registration', ...about, ...rest });
}

/** Marks dead letters to be re-driven or discarded. */
export function markItem(
  at: number | RecordPosition,
  kind: 'redrive' | 'discard',
  deadLetters: readonly (DeadLetterMark | DeadLetterItem)[],
  id = randomUUID(),
): CommandItem {
  return controlItem(at, id, { kind, deadLetters: deadLetters.map((one) => ('kind' in one ? markOf(one) : one)) });
}

export function markOf({ deadLetter }: DeadLetterItem): DeadLetterMark {
  const { commandId, record, reason, detail } = deadLetter;
  return { commandId, topic: record.topic, position: record.position, reason, detail };
}

export function deadLetterItem(
  at: number | RecordPosition,
  {
    commandId = randomUUID(),
    record,
    redriveOf,
    ...changes
  }: Partial<DeadLetter> & { readonly redriveOf?: string } = {},
): DeadLetterItem {
  const deadLetter: DeadLetter = {
    commandId,
    stream: 'timestamp.command.v1',
    client: 'default',
    reason: 'malformed-json',
    detail: 'the value must be JSON, got "x"',
    createdAt: instantOf('2024-03-01T00:00:00.000001Z'),
    record: record ?? recordAt(at),
    ...changes,
  };
  return { kind: 'dead-letter', deadLetter, ...(redriveOf !== undefined && { redriveOf }) };
}

/** To the place behind offset `to - 1`. */
export function advance(from: number | null, to: number, partition = 0, topic = TOPIC): PositionAdvance {
  return { from, to: { topic, partition, nextOffset: to, lastOffset: to - 1, lastDigest: `digest of ${to - 1}` } };
}
