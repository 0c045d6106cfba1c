import type {
  DeadLetterFilter,
  DeadLetterReason,
  DeadLetterState,
  DeadLetterSummary,
  Instant,
  PageRequest,
  StoredDeadLetter,
} from '@sluice/core';
import type { Pool } from 'pg';
import { instantText } from '../instant-text.ts';
import { type PlaceColumns, positionFrom } from '../place.ts';
import { SCHEMA } from '../schema.ts';
import { stateBy } from '../write/dead-letters.ts';
import { Conditions } from './page.ts';

const ABOUT = `d.command_id, d.stream, d.client, d.reason, d.detail, ${instantText('d.created_at', 'created_at')},
  d.topic, d.partition, d.record_offset, d.message_id, ${stateBy('decision')} as state`;

const FROM = `from ${SCHEMA}.dead_letters d left join ${SCHEMA}.dead_letter_marks m using (place)`;

interface AboutColumns extends PlaceColumns {
  readonly command_id: string;
  readonly stream: string;
  readonly client: string;
  readonly reason: DeadLetterReason;
  readonly detail: string;
  readonly created_at: Instant;
  readonly state: DeadLetterState;
}

/** Newest first, without those that were discarded. */
export async function deadLetters(
  pool: Pool,
  { stream, reason }: DeadLetterFilter,
  page: PageRequest,
): Promise<readonly DeadLetterSummary[]> {
  const conditions = new Conditions()
    .add('m.decision is distinct from ?', 'discard')
    .add('d.stream = ?', stream)
    .add('d.reason = ?', reason)
    .after('d.created_at', 'd.command_id', page);
  const limit = conditions.limit(page);
  const { rows } = await pool.query<AboutColumns & { readonly value_bytes: number }>(
    `select ${ABOUT}, coalesce(octet_length(value), 0) as value_bytes
    ${FROM} ${conditions.where()} order by d.created_at desc, d.command_id desc ${limit}`,
    conditions.values,
  );
  return rows.map((row) => ({
    ...aboutFrom(row),
    topic: row.topic,
    position: positionFrom(row),
    valueBytes: row.value_bytes,
  }));
}

interface RecordColumns extends AboutColumns {
  readonly record_timestamp_ms: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly { name?: string; name_base64?: string; value: string | null }[];
  readonly is_cut: boolean;
}

export async function deadLetterById(pool: Pool, commandId: string): Promise<StoredDeadLetter | undefined> {
  const { rows } = await pool.query<RecordColumns>(
    `select ${ABOUT}, record_timestamp_ms, key, value, headers, is_cut ${FROM} where d.command_id = $1`,
    [commandId],
  );
  const [row] = rows;
  return row && { ...aboutFrom(row), record: recordFrom(row), isCut: row.is_cut };
}

const aboutFrom = (row: AboutColumns) => ({
  commandId: row.command_id,
  stream: row.stream,
  client: row.client,
  reason: row.reason,
  detail: row.detail,
  createdAt: row.created_at,
  state: row.state,
});

const recordFrom = (row: RecordColumns): StoredDeadLetter['record'] => ({
  topic: row.topic,
  position: positionFrom(row),
  timestampMs: row.record_timestamp_ms,
  key: row.key,
  value: row.value,
  headers: row.headers.map((header) => ({
    name: header.name ?? Buffer.from(header.name_base64 ?? '', 'base64').toString('utf8'),
    value: header.value === null ? null : Buffer.from(header.value, 'base64'),
  })),
});
