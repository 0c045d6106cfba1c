import type { CommandOutcome, DeadLetterReason, Instant } from '@sluice/core';
import type { Pool } from 'pg';
import { uuidArray } from '../binary/array.ts';
import { instantText } from '../instant-text.ts';
import { type PlaceColumns, positionFrom } from '../place.ts';
import { SCHEMA } from '../schema.ts';
import { stateBy } from '../write/dead-letters.ts';

const FIND = {
  name: 'outcomes',
  text: `select command_id, stream, client, status, reason, detail, ${instantText('created_at')},
    topic, partition, record_offset, message_id, ${stateBy('mark')} as state
  from ${SCHEMA}.commands where command_id = any($1::uuid[])`,
};

interface OutcomeColumns extends PlaceColumns {
  readonly command_id: string;
  readonly stream: string;
  readonly client: string;
  readonly status: CommandOutcome['status'];
  readonly reason: DeadLetterReason | null;
  readonly detail: string | null;
  readonly created_at: Instant;
  readonly state: Extract<CommandOutcome, { status: 'dead-lettered' }>['state'];
}

/** What became of the commands; of one id in several streams, one is told. @param commandIds UUIDs in lower case */
export async function outcomesOf(pool: Pool, commandIds: readonly string[]): Promise<readonly CommandOutcome[]> {
  const { rows } = await pool.query<OutcomeColumns>({ ...FIND, values: [uuidArray(commandIds)] });
  const byId = new Map(rows.toReversed().map((row) => [row.command_id, outcomeFrom(row)]));
  return [...byId.values()];
}

function outcomeFrom(row: OutcomeColumns): CommandOutcome {
  const about = {
    id: row.command_id,
    stream: row.stream,
    client: row.client,
    createdAt: row.created_at,
    topic: row.topic,
    position: positionFrom(row),
  };
  switch (row.status) {
    case 'projected':
      return { ...about, status: row.status };
    case 'rejected':
      return { ...about, status: row.status, detail: row.detail ?? '' };
    case 'dead-lettered':
      return {
        ...about,
        status: row.status,
        reason: row.reason ?? 'unstorable',
        detail: row.detail ?? '',
        state: row.state,
      };
    default:
      return row.status satisfies never;
  }
}
