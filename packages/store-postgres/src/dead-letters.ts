import type { DeadLetter } from '@sluice/core';
import type { PoolClient } from 'pg';
import { placeOf } from './place.ts';
import { SCHEMA } from './schema.ts';

const INSERT = `
insert into ${SCHEMA}.dead_letters (command_id, stream, client, reason, detail, created_at,
  topic, partition, record_offset, message_id, record_timestamp_ms, key, value, headers)
select d.command_id, d.stream, d.client, d.reason, d.detail, d.created_at,
  d.topic, d.partition, d.record_offset, d.message_id, d.record_timestamp_ms,
  decode(d.key, 'base64'), decode(d.value, 'base64'), d.headers
from json_to_recordset($1) as d(command_id uuid, stream text, client text, reason text, detail text,
  created_at timestamptz, topic text, partition integer, record_offset bigint, message_id text,
  record_timestamp_ms double precision, key text, value text, headers jsonb)
where not exists (select from ${SCHEMA}.timestamp_records r where r.id = d.command_id)
on conflict (command_id) do nothing
returning command_id`;

/** Values are sent as base64 in JSON; one statement carries about this much, since a string has a limit. */
const CHUNK_BYTES = 8 * 1024 * 1024;

/** Writes those whose command has no outcome yet and returns their ids. */
export async function insertDeadLetters(client: PoolClient, deadLetters: readonly DeadLetter[]): Promise<Set<string>> {
  const inserted = new Set<string>();
  for (const chunk of chunks(deadLetters)) {
    const { rows } = await client.query<{ command_id: string }>(INSERT, [JSON.stringify(chunk.map(columnsOf))]);
    for (const { command_id } of rows) inserted.add(command_id);
  }
  return inserted;
}

function* chunks(deadLetters: readonly DeadLetter[]): Generator<DeadLetter[]> {
  let chunk: DeadLetter[] = [];
  let bytes = 0;
  for (const deadLetter of deadLetters) {
    const { key, value, headers } = deadLetter.record;
    bytes += 1_000 + (key?.length ?? 0) + (value?.length ?? 0);
    for (const header of headers) bytes += header.name.length + (header.value?.length ?? 0);
    chunk.push(deadLetter);
    if (bytes < CHUNK_BYTES) continue;
    yield chunk;
    chunk = [];
    bytes = 0;
  }
  if (chunk.length > 0) yield chunk;
}

function columnsOf({ commandId, stream, client, reason, detail, createdAt, record }: DeadLetter) {
  return {
    command_id: commandId,
    stream: storable(stream),
    client: storable(client),
    reason,
    detail: storable(detail),
    created_at: createdAt,
    ...placeOf(record),
    record_timestamp_ms: record.timestampMs,
    key: record.key?.toString('base64') ?? null,
    value: record.value?.toString('base64') ?? null,
    headers: record.headers.map(({ name, value }) => ({
      ...(storable(name) === name ? { name } : { name_base64: Buffer.from(name, 'utf8').toString('base64') }),
      value: value?.toString('base64') ?? null,
    })),
  };
}

/** What PostgreSQL's text cannot hold (NUL, half a surrogate pair) is shown as U+FFFD: a dead letter is always storable. */
const storable = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD');
