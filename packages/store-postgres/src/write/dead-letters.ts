import {
  type BuriedCommand,
  type DeadLetter,
  type DeadLetterItem,
  itemCommandId,
  replacesDeadLetter,
  type StandingItem,
} from '@sluice/core';
import type { PoolClient } from 'pg';
import { uuidArray } from '../binary/array.ts';
import { placeOf } from '../place.ts';
import { SCHEMA } from '../schema.ts';
import { bounded } from './dead-letter-bounds.ts';

const ANY = `select exists (select from ${SCHEMA}.dead_letters where command_id = any($1::uuid[])) as found`;

/** What a dead letter's mark, whose decision is in a column, makes of it. */
export const stateBy = (decision: string): string =>
  `case ${decision} when 'redrive' then 'redriven' when 'discard' then 'discarded' else 'kept' end`;

const FIND = `select d.command_id, place, ${stateBy('decision')} as state
from ${SCHEMA}.dead_letters d left join ${SCHEMA}.dead_letter_marks m using (place)
where d.command_id = any($1::uuid[])`;

const REMOVE = `delete from ${SCHEMA}.dead_letters where command_id = any($1::uuid[])`;

interface Found extends BuriedCommand {
  readonly command_id: string;
}

/** Whether any of the commands was dead-lettered. */
export async function isAnyDeadLettered(client: PoolClient, commandIds: readonly string[]): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(ANY, [uuidArray(commandIds)]);
  return rows[0]?.found ?? false;
}

/**
 * Leaves out the items whose command was dead-lettered before, since the first outcome stands; the dead letters of those
 * that decide anew are removed.
 */
export async function withoutDeadLettered(
  client: PoolClient,
  items: readonly StandingItem[],
): Promise<readonly StandingItem[]> {
  if (items.length === 0) return items;
  const { rows } = await client.query<Found>(FIND, [uuidArray(items.map(idOf))]);
  if (rows.length === 0) return items;
  const found = new Map(rows.map((row) => [row.command_id, row]));
  const kept = items.filter((standing) => {
    const before = found.get(idOf(standing));
    return !before || standing.chain.some((item) => replacesDeadLetter(item, before));
  });
  const replaced = kept.map(idOf).filter((id) => found.has(id));
  if (replaced.length > 0) await client.query(REMOVE, [uuidArray(replaced)]);
  return kept;
}

const idOf = ({ item }: StandingItem): string => itemCommandId(item);

/** The ids come as a parameter of their own: joined to the view, they would be looked for by reading all that it holds. */
export const INSERT = `
with decided as materialized (select command_id from ${SCHEMA}.commands where command_id = any($2::uuid[]))
insert into ${SCHEMA}.dead_letters (command_id, stream, client, reason, detail, created_at,
  topic, partition, record_offset, message_id, record_timestamp_ms, key, value, headers, is_cut)
select d.command_id, d.stream, d.client, d.reason, d.detail, d.created_at,
  d.topic, d.partition, d.record_offset, d.message_id, d.record_timestamp_ms,
  decode(d.key, 'base64'), decode(d.value, 'base64'), d.headers, d.is_cut
from json_to_recordset($1) as d(command_id uuid, stream text, client text, reason text, detail text,
  created_at timestamptz, topic text, partition integer, record_offset bigint, message_id text,
  record_timestamp_ms double precision, key text, value text, headers jsonb, is_cut boolean)
where not exists (select from decided where decided.command_id = d.command_id)
on conflict (command_id) do nothing
returning command_id`;

/** What one statement carries at most, roughly: the values go as base64 in one JSON text, and a text has a limit. */
const CHUNK_BYTES = 8 * 1024 * 1024;

/** Writes those whose command has no outcome yet, and returns their ids. */
export async function insertDeadLetters(client: PoolClient, items: readonly DeadLetterItem[]): Promise<Set<string>> {
  const inserted = new Set<string>();
  for (const chunk of chunks(items)) {
    const { rows } = await client.query<{ command_id: string }>(INSERT, [
      JSON.stringify(chunk.map(columnsOf)),
      uuidArray(chunk.map(({ deadLetter }) => deadLetter.commandId)),
    ]);
    for (const { command_id } of rows) inserted.add(command_id);
  }
  return inserted;
}

interface Bounded {
  readonly deadLetter: DeadLetter;
  readonly isCut: boolean;
}

function* chunks(items: readonly DeadLetterItem[]): Generator<readonly Bounded[]> {
  let chunk: Bounded[] = [];
  let bytes = 0;
  for (const { deadLetter: given } of items) {
    const deadLetter = bounded(given);
    chunk.push({ deadLetter, isCut: deadLetter !== given });
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

function columnsOf({ deadLetter, isCut }: Bounded) {
  const { commandId, stream, client, reason, detail, createdAt, record } = deadLetter;
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
    is_cut: isCut,
  };
}

/** What PostgreSQL's text cannot hold (NUL, half a surrogate pair) becomes U+FFFD: a dead letter must be storable. */
const storable = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD');
