import { type BrokerRecord, identify, type NewRecord, parseInstant, type Reading, type Stream } from '@sluice/core';
import { type JsonValue, received } from '@sluice/schemas';
import { eventHeaders } from './envelope.ts';
import { isJsonObject } from './json-object.ts';
import { jsonOfRecord } from './record-json.ts';

/** The stream of timestamp commands, and its topic unless told otherwise. */
export const TIMESTAMP_STREAM = 'timestamp.command.v1';

/** The payload on the wire, as JSON Schema 2020-12. Further keys are ignored. */
export const TIMESTAMP_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: `urn:sluice:schema:${TIMESTAMP_STREAM}:1`,
  title: 'Timestamp command',
  type: 'object',
  required: ['event_timestamp'],
  properties: {
    event_timestamp: {
      description: 'RFC 3339, with its offset as the sender gave it',
      type: 'string',
      format: 'date-time',
    },
    command_id: {
      description: 'A UUID; any other text becomes the UUIDv5 of client and text. A ce_id header comes before it',
      type: 'string',
    },
  },
} as const;

/** The stream of timestamp commands. Each is one row of `timestamp_records`. */
export function timestampStream({ topic }: { readonly topic: string }): Stream {
  return { name: TIMESTAMP_STREAM, topic, read: readTimestamp };
}

/** A timestamp command that ingest accepted. */
export interface TimestampCommand {
  readonly topic: string;
  readonly commandId: string;
  /** RFC 3339, published as it is. */
  readonly eventTimestamp: string;
  readonly client: string;
  /** When ingest accepted it, in ms since the epoch. */
  readonly acceptedAtMs: number;
  readonly correlationId: string;
}

/** A timestamp command as ingest publishes it: keyed by its id, so that each stands alone and spreads over partitions. */
export function timestampCommand(command: TimestampCommand): NewRecord {
  const { topic, commandId, eventTimestamp, client, acceptedAtMs, correlationId } = command;
  return {
    topic,
    key: commandId,
    value: Buffer.from(
      `{"event_timestamp":${JSON.stringify(eventTimestamp)},"command_id":${JSON.stringify(commandId)}}`,
    ),
    headers: eventHeaders({
      stream: TIMESTAMP_STREAM,
      dataSchema: TIMESTAMP_SCHEMA.$id,
      commandId,
      client,
      acceptedAtMs,
      correlationId,
    }),
  };
}

function readTimestamp(record: BrokerRecord): Reading {
  const bytes = record.value;
  const own = bytes && bytes.length <= OWN_FORM_LENGTH ? OWN_FORM.exec(bytes.toString('latin1')) : null;
  if (own) return readFields(record, own[1], own[2]);
  const json = jsonOfRecord(record);
  if (json.kind === 'poison') return { ...json, identity: identify(record) };
  if (!isJsonObject(json.value)) return poison(record, `value must be an object, got ${received(json.value)}`);
  const { event_timestamp: timestamp, command_id: id } = json.value;
  if (id !== undefined && typeof id !== 'string') {
    return poison(record, `/command_id must be a string, got ${received(id)}`);
  }
  return readFields(record, timestamp, id);
}

/**
 * A value as `timestampCommand` writes it, which most are: without escapes, it is strict JSON by its form, and telling that
 * takes a quarter of the time that parsing does.
 */
const OWN_FORM_LENGTH = 160;
const OWN_FORM = /^\{"event_timestamp":"([\dT:.Z+-]{1,64})","command_id":"([\da-f-]{36})"\}$/;

function readFields(record: BrokerRecord, timestamp: JsonValue | undefined, id: string | undefined): Reading {
  const instant = typeof timestamp === 'string' ? parseInstant(timestamp) : NOT_A_STRING;
  if (instant.kind === 'refused') {
    return poison(record, `/event_timestamp must ${instant.rule}, got ${received(timestamp)}`, id);
  }
  const identity = identify(record, id);
  const { commandId, client, time } = identity;
  const row = { id: commandId, eventTimestamp: instant.instant, createdAt: time, client };
  return { kind: 'command', identity, effects: [{ kind: 'row', table: 'timestamp_records', row }] };
}

const NOT_A_STRING = { kind: 'refused', rule: 'be a string' } as const;

function poison(record: BrokerRecord, detail: string, valueId?: string): Reading {
  return { kind: 'poison', identity: identify(record, valueId), reason: 'schema-violation', detail };
}
