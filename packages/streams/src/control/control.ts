import {
  type BrokerRecord,
  DEFAULT_CLIENT,
  type DeadLetterMark,
  identify,
  type NewRecord,
  printable,
  type Reading,
  type RegistrationEffect,
  type Stream,
} from '@sluice/core';
import type { JsonValue } from '@sluice/schemas';
import { eventHeaders } from '../envelope.ts';
import { jsonOfRecord } from '../record-json.ts';
import { controlEffect } from './effect.ts';
import { CONTROL_STREAM } from './schemas.ts';

const DATA_SCHEMA = `urn:sluice:schema:${CONTROL_STREAM}:1`;
const MAX_DETAIL_LENGTH = 300;

/**
 * The stream of what is decided about streams and dead letters. All of it is in one order, on one key, since which of two
 * registrations was first must be the same for everybody, and at every replay.
 */
export function controlStream({ topic }: { readonly topic: string }): Stream {
  return { name: CONTROL_STREAM, topic, read: readControl };
}

function readControl(record: BrokerRecord): Reading {
  const identity = identify(record);
  const json = jsonOfRecord(record);
  if (json.kind === 'poison') return { ...json, identity };
  const read = controlEffect(json.value, identity, record.timestampMs);
  return read.kind === 'refused'
    ? { kind: 'poison', identity, reason: 'schema-violation', detail: printable(read.detail, MAX_DETAIL_LENGTH) }
    : { kind: 'command', identity, effects: [read.effect] };
}

/** What every control command has. */
export interface ControlCommand {
  /** Of the control stream. */
  readonly topic: string;
  readonly commandId: string;
  /** When ingest accepted it, in ms since the epoch. */
  readonly acceptedAtMs: number;
  readonly correlationId: string;
}

/** A registration that ingest asks for. */
export interface RegistrationCommand
  extends ControlCommand,
    Pick<RegistrationEffect, 'client' | 'event' | 'compatibility' | 'base'> {
  readonly schema: JsonValue;
}

/** A version of a stream, as ingest asks for it. */
export function registrationCommand(command: RegistrationCommand): NewRecord {
  const { client, event, schema, compatibility, base } = command;
  return controlRecord(command, client, { kind: 'registration', client, event, schema, compatibility, base });
}

/** What ingest asks to become of dead letters. */
export interface DeadLettersCommand extends ControlCommand {
  /** Who asks. */
  readonly client?: string;
  /** At most `MAX_MARKS`. */
  readonly deadLetters: readonly DeadLetterMark[];
}

/** Says that these dead letters are about to be put into the log again. */
export function redriveCommand(command: DeadLettersCommand): NewRecord {
  return deadLettersRecord('redrive', command);
}

/** Says that nobody wants these dead letters. */
export function discardCommand(command: DeadLettersCommand): NewRecord {
  return deadLettersRecord('discard', command);
}

/** Says nothing. Whoever puts it into the log finds out by its outcome that all before it is projected. */
export function markerCommand(command: ControlCommand): NewRecord {
  return controlRecord(command, DEFAULT_CLIENT, { kind: 'marker' });
}

function deadLettersRecord(kind: 'redrive' | 'discard', command: DeadLettersCommand): NewRecord {
  const { client = DEFAULT_CLIENT, deadLetters } = command;
  return controlRecord(command, client, { kind, dead_letters: deadLetters.map(markOnTheWire) });
}

function markOnTheWire({ commandId, topic, position, reason, detail }: DeadLetterMark): JsonValue {
  const place =
    position.kind === 'offset'
      ? { partition: position.partition, offset: position.offset }
      : { message_id: position.messageId };
  return { command_id: commandId, topic, ...place, reason, detail };
}

function controlRecord(command: ControlCommand, client: string, value: JsonValue): NewRecord {
  const { topic, commandId, acceptedAtMs, correlationId } = command;
  return {
    topic,
    key: CONTROL_STREAM,
    value: Buffer.from(JSON.stringify(value)),
    headers: eventHeaders({
      stream: CONTROL_STREAM,
      dataSchema: DATA_SCHEMA,
      commandId,
      client,
      acceptedAtMs,
      correlationId,
    }),
  };
}
