import { itemPlace, type PlaceMark, type StoreItem } from '@sluice/core';
import type { PoolClient } from 'pg';
import { SCHEMA } from '../schema.ts';
import type { EncodedRows } from './rows.ts';

const ANY_WITHIN = `select exists (select from ${SCHEMA}.dead_letter_marks
  where topic = $1 and partition = $2 and record_offset between $3 and $4) as found`;

const ANY_OF = `select exists (select from ${SCHEMA}.dead_letter_marks where place = any($1::text[])) as found`;

/** Whether a record of these is at a marked place. */
export async function isAnyMarked(client: PoolClient, rows: EncodedRows): Promise<boolean> {
  const { span } = rows;
  const answer = span
    ? await client.query<{ found: boolean }>(ANY_WITHIN, [span.topic, span.partition, span.first, span.last])
    : await client.query<{ found: boolean }>(ANY_OF, [rows.places()]);
  return answer.rows[0]?.found ?? false;
}

const FIND = `select place, decision, command_id as "commandId", reason, detail
from ${SCHEMA}.dead_letter_marks where place = any($1::text[])`;

/** The marks of the places that the items come from, by place. */
export async function marksOf(
  client: PoolClient,
  items: readonly StoreItem[],
): Promise<ReadonlyMap<string, PlaceMark>> {
  const { rows } = await client.query<PlaceMark & { place: string }>(FIND, [items.map(itemPlace)]);
  return new Map(rows.map((mark) => [mark.place, mark]));
}
