import type { DeadLetter } from '@sluice/core';
import type { PoolClient } from 'pg';
import type { EffectsItem } from './batch.ts';
import { uuidArray } from './binary-array.ts';
import { bounded } from './dead-letter-bounds.ts';
import { isSamePlace, type Place, placeOf } from './place.ts';
import { SCHEMA } from './schema.ts';

const ANY = `select exists (select from ${SCHEMA}.dead_letters where command_id = any($1::uuid[])) as found`;

const FIND = `select command_id, topic, partition, record_offset::float8, message_id
from ${SCHEMA}.dead_letters where command_id = any($1::uuid[])`;

const REMOVE = `delete from ${SCHEMA}.dead_letters where command_id = any($1::uuid[])`;

const idsOf = (items: readonly EffectsItem[]): Buffer => uuidArray(items.map(({ commandId }) => commandId));

/** Whether any of the commands was dead-lettered. */
export async function isAnyDeadLettered(client: PoolClient, commandIds: readonly string[]): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(ANY, [uuidArray(commandIds)]);
  return rows[0]?.found ?? false;
}

/**
 * Leaves out the items whose command was dead-lettered at another place, since the first outcome stands. A dead letter at
 * the same place is this very record's, from before its projection was mended: it is removed, and the item stays.
 */
export async function withoutDeadLettered(
  client: PoolClient,
  items: readonly EffectsItem[],
): Promise<readonly EffectsItem[]> {
  if (items.length === 0) return items;
  const { rows } = await client.query<Place & { command_id: string }>(FIND, [idsOf(items)]);
  const places = new Map(rows.map((row) => [row.command_id, row]));
  const kept = items.filter(({ commandId, record }) => {
    const place = places.get(commandId);
    return !place || isSamePlace(place, placeOf(record));
  });
  const redeemed = kept.filter(({ commandId }) => places.has(commandId));
  if (redeemed.length > 0) await client.query(REMOVE, [idsOf(redeemed)]);
  return kept;
}

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

/** What one statement carries at most, roughly: the values go as base64 in one JSON text, and a text has a limit. */
const CHUNK_BYTES = 8 * 1024 * 1024;

/** Writes those whose command has no outcome yet, and returns their ids. */
export async function insertDeadLetters(client: PoolClient, deadLetters: readonly DeadLetter[]): Promise<Set<string>> {
  const inserted = new Set<string>();
  for (const chunk of chunks(deadLetters)) {
    const { rows } = await client.query<{ command_id: string }>(INSERT, [JSON.stringify(chunk.map(columnsOf))]);
    for (const { command_id } of rows) inserted.add(command_id);
  }
  return inserted;
}

function* chunks(deadLetters: readonly DeadLetter[]): Generator<readonly DeadLetter[]> {
  let chunk: DeadLetter[] = [];
  let bytes = 0;
  for (const given of deadLetters) {
    const deadLetter = bounded(given);
    chunk.push(deadLetter);
    bytes += sizeOf(deadLetter);
    if (bytes < CHUNK_BYTES) continue;
    yield chunk;
    chunk = [];
    bytes = 0;
  }
  if (chunk.length > 0) yield chunk;
}

function sizeOf({ detail, record: { key, value, headers } }: DeadLetter): number {
  const headerBytes = headers.reduce((sum, header) => sum + header.name.length + (header.value?.length ?? 0), 0);
  return detail.length + (key?.length ?? 0) + (value?.length ?? 0) + headerBytes;
}

function columnsOf({ commandId, stream, client, reason, detail, createdAt, record }: DeadLetter) {
  const place = placeOf(record);
  return {
    command_id: commandId,
    stream: storable(stream),
    client: storable(client),
    reason,
    detail: storable(detail),
    created_at: createdAt,
    ...place,
    message_id: place.message_id && storable(place.message_id),
    record_timestamp_ms: record.timestampMs,
    key: record.key?.toString('base64') ?? null,
    value: record.value?.toString('base64') ?? null,
    headers: record.headers.map(({ name, value }) => ({
      ...(storable(name) === name ? { name } : { name_base64: Buffer.from(name, 'utf8').toString('base64') }),
      value: value?.toString('base64') ?? null,
    })),
  };
}

/** What PostgreSQL's text cannot hold (NUL, half a surrogate pair) becomes U+FFFD: a dead letter must be storable. */
const storable = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD');
