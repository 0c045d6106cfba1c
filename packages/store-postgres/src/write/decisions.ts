import type { ApplyOutcome, EffectsItem } from '@sluice/core';
import type { PoolClient } from 'pg';
import { uuidArray } from '../binary/array.ts';
import { placeOf } from '../place.ts';
import { SCHEMA } from '../schema.ts';

/** What a command that is decided once came to. */
export type Decision = Extract<ApplyOutcome, { kind: 'projected' | 'rejected' }>;

const FIND = `select command_id from ${SCHEMA}.decisions where command_id = any($1::uuid[])`;

/** Leaves out the commands that were decided before: a new group decides nothing again. */
export async function undecided(client: PoolClient, items: readonly EffectsItem[]): Promise<readonly EffectsItem[]> {
  if (items.length === 0) return items;
  const { rows } = await client.query<{ command_id: string }>(FIND, [
    uuidArray(items.map(({ identity }) => identity.commandId)),
  ]);
  const decided = new Set(rows.map(({ command_id }) => command_id));
  return items.filter(({ identity }) => !decided.has(identity.commandId));
}

const INSERT = `
insert into ${SCHEMA}.decisions (command_id, stream, client, outcome, detail, created_at,
  topic, partition, record_offset, message_id)
select * from json_to_recordset($1) as d(command_id uuid, stream text, client text, outcome text, detail text,
  created_at timestamptz, topic text, partition integer, record_offset bigint, message_id text)`;

export async function insertDecisions(
  client: PoolClient,
  items: readonly EffectsItem[],
  decisions: ReadonlyMap<string, Decision>,
): Promise<void> {
  const rows = items.flatMap(({ stream, identity, record }) => {
    const decision = decisions.get(identity.commandId);
    return decision ? [columnsOf(stream, identity, record, decision)] : [];
  });
  if (rows.length > 0) await client.query(INSERT, [JSON.stringify(rows)]);
}

function columnsOf(
  stream: string,
  { commandId, client, time }: EffectsItem['identity'],
  record: EffectsItem['record'],
  decision: Decision,
) {
  return {
    command_id: commandId,
    stream,
    client,
    outcome: decision.kind === 'rejected' ? 'rejected' : 'applied',
    detail: decision.kind === 'rejected' ? decision.detail : null,
    created_at: time,
    ...placeOf(record),
  };
}
