import { createHash } from 'node:crypto';

/** What a client's name may be to stand in a schema's name as it is; PostgreSQL cuts a name after 63 bytes. */
const PLAIN = /^[A-Za-z][A-Za-z0-9_-]{0,55}$/;

/** The comment on every such schema, which tells it from others that happen to be called so. */
export const OWN_SCHEMA = 'Sluice: the tables of a client';

/**
 * The PostgreSQL schema with a client's own tables. Any other source of a foreign record gets a name of its hash, which no
 * plain name can be.
 */
export function clientSchema(client: string): string {
  return PLAIN.test(client)
    ? `sluice_${client}`
    : `sluice_~${createHash('sha256').update(client).digest('hex').slice(0, 40)}`;
}
