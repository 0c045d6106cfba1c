import { type DeadLetterItem, type DeadLetterReason, placeText, type StoreItem } from '@sluice/core';
import type { PoolClient } from 'pg';
import { SCHEMA } from '../schema.ts';
import type { EncodedRows } from './rows.ts';

/** What the control stream says of a place: its record is never projected. */
interface Mark {
  readonly place: string;
  readonly decision: 'redrive' | 'discard';
  readonly reason: DeadLetterReason;
  readonly detail: string;
}

const ANY = `select exists (select from ${SCHEMA}.dead_letter_marks
  where topic = $1 and partition = $2 and record_offset between $3 and $4) as found`;

/** Whether a record of these is at a marked place. Where that takes asking for each, the answer is yes. */
export async function isAnyMarked(client: PoolClient, { span }: EncodedRows): Promise<boolean> {
  if (!span) return true;
  const { topic, partition, first, last } = span;
  const { rows } = await client.query<{ found: boolean }>(ANY, [topic, partition, first, last]);
  return rows[0]?.found ?? false;
}

const FIND = `select place, decision, reason, detail from ${SCHEMA}.dead_letter_marks where place = any($1::text[])`;

/**
 * Makes dead letters of the records at marked places, whatever they would be read as today: what takes a re-driven one's
 * stead comes later in the log.
 */
export async function withMarksObeyed(client: PoolClient, items: readonly StoreItem[]): Promise<readonly StoreItem[]> {
  const { rows } = await client.query<Mark>(FIND, [items.map(placeOfItem)]);
  if (rows.length === 0) return items;
  const marks = new Map(rows.map((mark) => [mark.place, mark]));
  return items.map((item) => {
    const mark = marks.get(placeOfItem(item));
    return mark ? marked(item, mark) : item;
  });
}

function placeOfItem(item: StoreItem): string {
  const { topic, position } = item.kind === 'effects' ? item.record : item.deadLetter.record;
  return placeText(topic, position);
}

function marked(item: StoreItem, { decision, reason, detail }: Mark): DeadLetterItem {
  const { deadLetter, redriveOf } = item.kind === 'dead-letter' ? item : deadLetterOf(item);
  const { record } = deadLetter;
  return {
    kind: 'dead-letter',
    deadLetter: {
      ...deadLetter,
      reason,
      detail,
      record: decision === 'redrive' ? record : { ...record, key: null, value: null, headers: [] },
    },
    ...(redriveOf !== undefined && { redriveOf }),
  };
}

function deadLetterOf({ stream, identity, record }: Extract<StoreItem, { kind: 'effects' }>): DeadLetterItem {
  const { commandId, client, time, redriveOf } = identity;
  const deadLetter = { commandId, stream, client, reason: 'unstorable', detail: '', createdAt: time, record } as const;
  return { kind: 'dead-letter', deadLetter, ...(redriveOf !== undefined && { redriveOf }) };
}
