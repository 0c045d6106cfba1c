import type { Compatibility, Instant, RegistryChanges, RegistryMark } from '@sluice/core';
import type { Pool } from 'pg';
import { instantText } from '../instant-text.ts';
import { noGeneration } from '../positions.ts';
import { SCHEMA } from '../schema.ts';

const CHANGES = {
  name: 'registry-changes',
  text: `select g.id as generation, v.sequence, v.client, v.event, v.topic, v.version, v.schema::text as schema,
    v.compatibility, ${instantText('v.registered_at', 'registered_at')}, v.command_id
  from ${SCHEMA}.generation g left join ${SCHEMA}.schema_versions v
    on v.sequence > case when g.id::text = $1 then $2::bigint else 0 end
  order by v.sequence`,
};

interface VersionColumns {
  readonly sequence: string;
  readonly client: string;
  readonly event: string;
  readonly topic: string;
  readonly version: number;
  readonly schema: string;
  readonly compatibility: Compatibility;
  readonly registered_at: Instant;
  readonly command_id: string;
}

type Row = { readonly generation: string } & (VersionColumns | { readonly sequence: null });

/** What was registered after the mark, or all of it where the mark is of another generation. */
export async function registryChanges(pool: Pool, since: RegistryMark | null): Promise<RegistryChanges> {
  const { rows } = await pool.query<Row>({ ...CHANGES, values: [since?.generation ?? '', since?.sequence ?? 0] });
  const [first] = rows;
  if (!first) throw noGeneration();
  const { generation } = first;
  const isWhole = generation !== since?.generation;
  const versions = rows.filter((row) => row.sequence !== null);
  const sequence = Number(versions.at(-1)?.sequence ?? (isWhole ? 0 : since.sequence));
  return { mark: { generation, sequence }, isWhole, versions: versions.map(versionFrom) };
}

const versionFrom = (row: VersionColumns) => ({
  client: row.client,
  event: row.event,
  topic: row.topic,
  version: row.version,
  schema: row.schema,
  compatibility: row.compatibility,
  registeredAt: row.registered_at,
  commandId: row.command_id,
});
