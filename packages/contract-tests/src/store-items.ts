import { randomUUID } from 'node:crypto';
import {
  type BrokerRecord,
  type DeadLetter,
  type Instant,
  type PositionAdvance,
  parseInstant,
  type RecordPosition,
  type StoreItem,
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
): Extract<StoreItem, { kind: 'effects' }> {
  const effects = [{ kind: 'row', table: 'timestamp_records', row: rowOf(id, row) }] as const;
  return { kind: 'effects', commandId: id, record: recordAt(at), effects };
}

export function deadLetterItem(
  at: number | RecordPosition,
  { commandId = randomUUID(), record, ...changes }: Partial<DeadLetter> = {},
): Extract<StoreItem, { kind: 'dead-letter' }> {
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
