import { notFound } from '../../grpc/errors.ts';
import type { Schema, SchemaProto } from '../../resources/schema.ts';
import type { SchemaName } from './schema-name.ts';

const BASIC = 1;
const FULL = 2;

/** GetSchema shows all where it is not told; lists show no definitions. */
export const isFull = (view: number, byDefault: 'BASIC' | 'FULL'): boolean =>
  view === FULL || (view !== BASIC && byDefault === 'FULL');

export function inView(revision: SchemaProto, full: boolean): SchemaProto {
  if (full) return revision;
  const { definition: _, ...basic } = revision;
  return basic;
}

/** @throws RpcError `NOT_FOUND` */
export function revisionOf(schema: Schema, { name, revisionId }: SchemaName): SchemaProto {
  if (revisionId === undefined) return schema.latest;
  const revision = schema.find(revisionId);
  if (revision === undefined) throw notFound(`${name}@${revisionId}`);
  return revision;
}
