import { type BrokerRecord, identify, type NewRecord, type Reading, type Stream } from '@sluice/core';
import { type AcceptedEvent, eventHeaders } from '../envelope.ts';
import { commandIdIn, jsonOfRecord } from '../record-json.ts';
import { toldViolations } from '../told-violations.ts';
import { readActivityEvent } from './reader.ts';
import { ACTIVITY_SCHEMA, ACTIVITY_STREAM } from './schema.ts';

/** The stream of activity events. Each is one row of `activity_events`. */
export function activityEventStream({ topic }: { readonly topic: string }): Stream {
  return { name: ACTIVITY_STREAM, topic, read: readRecord };
}

/** An activity event as ingest publishes it: keyed by its id, so that each stands alone and spreads over partitions. */
export function activityEventCommand(accepted: AcceptedEvent): NewRecord {
  const { topic, commandId, value } = accepted;
  const headers = eventHeaders({ ...accepted, stream: ACTIVITY_STREAM, dataSchema: ACTIVITY_SCHEMA.$id });
  return { topic, key: commandId, value, headers };
}

function readRecord(record: BrokerRecord): Reading {
  const json = jsonOfRecord(record);
  if (json.kind === 'poison') return { ...json, identity: identify(record) };
  const identity = identify(record, commandIdIn(json.value));
  const read = readActivityEvent(json.value);
  if (read.kind === 'invalid') {
    return { kind: 'poison', identity, reason: 'schema-violation', detail: toldViolations(read.violations) };
  }
  const { commandId: id, time: createdAt, client } = identity;
  const { email, component, environment, message, data } = read.event;
  const row = { id, createdAt, client, email, component, environment, message, data: JSON.stringify(data) };
  return { kind: 'command', identity, effects: [{ kind: 'row', table: 'activity_events', row }] };
}
