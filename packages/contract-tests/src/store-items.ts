import { randomUUID } from 'node:crypto';
import {
  type BrokerRecord,
  type DeadLetter,
  type DeadLetterItem,
  type Effect,
  type EffectsItem,
  type Instant,
  type PositionAdvance,
  parseInstant,
  type RecordPosition,
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

export function deadLetterItem(
  at: number | RecordPosition,
  { commandId = randomUUID(), record, ...changes }: Partial<DeadLetter> = {},
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
  return { kind: 'dead-letter', deadLetter };
}

/** To the place behind offset `to - 1`. */
export function advance(from: number | null, to: number, partition = 0, topic = TOPIC): PositionAdvance {
  return { from, to: { topic, partition, nextOffset: to, lastOffset: to - 1, lastDigest: `digest of ${to - 1}` } };
}
