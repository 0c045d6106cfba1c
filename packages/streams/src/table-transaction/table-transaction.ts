import { type BrokerRecord, identify, type NewRecord, type Reading, type Stream } from '@sluice/core';
import { type AcceptedEvent, eventHeaders } from '../envelope.ts';
import { commandIdIn, jsonOfRecord } from '../record-json.ts';
import { toldViolations } from '../told-violations.ts';
import { readActivities } from './reader.ts';
import { TABLE_TRANSACTION_SCHEMA, TABLE_TRANSACTION_STREAM } from './schema.ts';

/** The stream of table transactions. Each changes the tables of its client, all or nothing, and is decided once. */
export function tableTransactionStream({ topic }: { readonly topic: string }): Stream {
  return { name: TABLE_TRANSACTION_STREAM, topic, read: readTableTransaction };
}

/** A table transaction as ingest publishes it: keyed by its client, whose transactions keep their order. */
export function tableTransactionCommand(accepted: AcceptedEvent): NewRecord {
  const { topic, client, value } = accepted;
  const headers = eventHeaders({
    ...accepted,
    stream: TABLE_TRANSACTION_STREAM,
    dataSchema: TABLE_TRANSACTION_SCHEMA.$id,
  });
  return { topic, key: client, value, headers };
}

function readTableTransaction(record: BrokerRecord): Reading {
  const json = jsonOfRecord(record);
  if (json.kind === 'poison') return { ...json, identity: identify(record) };
  const identity = identify(record, commandIdIn(json.value));
  const read = readActivities(json.value);
  if (read.kind === 'invalid') {
    return { kind: 'poison', identity, reason: 'schema-violation', detail: toldViolations(read.violations) };
  }
  const transaction = { client: identity.client, activities: read.activities };
  return { kind: 'command', identity, effects: [{ kind: 'table-transaction', transaction }] };
}
