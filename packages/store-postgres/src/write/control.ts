import {
  collisionName,
  type DiscardEffect,
  type EffectsItem,
  placeText,
  quoted,
  type RedriveEffect,
  type RegistrationEffect,
} from '@sluice/core';
import type { PoolClient } from 'pg';
import { placeOf } from '../place.ts';
import { SCHEMA } from '../schema.ts';
import type { Decision } from './decisions.ts';

const APPLIED: Decision = { kind: 'projected' };

/** Registers a version of a client's stream, unless another one was first in the log. */
export async function applyRegistration(
  client: PoolClient,
  { identity }: EffectsItem,
  registration: RegistrationEffect,
): Promise<Decision> {
  const { event, topic, schema, compatibility, base } = registration;
  const name = { client: registration.client, event };
  const latest = await latestVersion(client, name);
  if (latest !== base) {
    const at = latest === 0 ? 'not registered' : `at version ${latest}`;
    const wanted = base === 0 ? 'new' : `at version ${base}`;
    return {
      kind: 'rejected',
      detail: `stream ${topic} must be ${wanted} for this registration, and it is ${at}: another was first`,
    };
  }
  const other = base === 0 ? await collidingTopic(client, topic) : undefined;
  if (other !== undefined) {
    return {
      kind: 'rejected',
      detail: `the topic ${quoted(topic)} must differ from every other once "." and "_" are one, and ${quoted(other)} is there`,
    };
  }
  await client.query(
    `insert into ${SCHEMA}.schema_versions
      (client, event, version, topic, schema, compatibility, registered_at, command_id)
    values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [name.client, event, base + 1, topic, schema, compatibility, identity.time, identity.commandId],
  );
  return APPLIED;
}

async function latestVersion(client: PoolClient, { client: owner, event }: { client: string; event: string }) {
  const { rows } = await client.query<{ latest: number }>(
    `select coalesce(max(version), 0) as latest from ${SCHEMA}.schema_versions where client = $1 and event = $2`,
    [owner, event],
  );
  return rows[0]?.latest ?? 0;
}

async function collidingTopic(client: PoolClient, topic: string): Promise<string | undefined> {
  const { rows } = await client.query<{ topic: string }>(
    `select topic from ${SCHEMA}.schema_versions where version = 1 and replace(topic, '.', '_') = $1`,
    [collisionName(topic)],
  );
  return rows[0]?.topic;
}

const MARK = `
insert into ${SCHEMA}.dead_letter_marks
  (place, topic, partition, record_offset, decision, command_id, reason, detail, decided_by)
select place, topic, partition, record_offset, $2, command_id, reason, detail, $3
from json_to_recordset($1) as m(place text, topic text, partition integer, record_offset bigint, command_id uuid,
  reason text, detail text)
on conflict (place) do nothing returning place`;

/** From here on a marked dead letter is what a rebuild makes of its mark. */
const OBEY = `update ${SCHEMA}.dead_letters d set reason = m.reason, detail = m.detail
from ${SCHEMA}.dead_letter_marks m where m.place = d.place and d.place = any($1::text[])`;

const EMPTY = `update ${SCHEMA}.dead_letters set key = null, value = null, headers = '[]', is_cut = false
where place = any($1::text[])`;

/** Marks dead letters. The first mark of a place stands, whatever the dead letters are today: a rebuild has to agree. */
export async function applyMarks(
  client: PoolClient,
  { identity }: EffectsItem,
  { kind, deadLetters }: RedriveEffect | DiscardEffect,
): Promise<Decision> {
  const marks = new Map(
    deadLetters.toReversed().map(({ commandId, topic, position, reason, detail }) => {
      const place = placeText(topic, position);
      return [place, { place, ...placeOf({ topic, position }), command_id: commandId, reason, detail }];
    }),
  );
  const { rows } = await client.query<{ place: string }>(MARK, [
    JSON.stringify([...marks.values()]),
    kind,
    identity.commandId,
  ]);
  const marked = rows.map(({ place }) => place);
  await client.query(OBEY, [marked]);
  if (kind === 'discard') await client.query(EMPTY, [marked]);
  return APPLIED;
}
