import { randomBytes } from 'node:crypto';
import { invalid } from '../../grpc/errors.ts';
import { Schema, type SchemaProto, schemaRecord, typeNumber } from '../../resources/schema.ts';
import { loadCompiler } from '../../resources/schema-compiler.ts';
import type { Service } from '../../resources/service.ts';
import { timestampOf } from '../../resources/times.ts';
import type { SchemaType } from '../../schemas/schema.ts';

/** Of https://cloud.google.com/pubsub/quotas. */
const MAX_REVISIONS = 20;

/** Puts a new revision behind those that a schema has; a schema that has none is made. Needs its turn. */
export async function addRevision(
  service: Service,
  name: string,
  { type, definition }: { readonly type: SchemaType; readonly definition: string },
): Promise<SchemaProto> {
  const revisions = service.schemas.find(name)?.revisions ?? [];
  if (revisions.length >= MAX_REVISIONS) {
    throw invalid(`A schema must have ${MAX_REVISIONS} revisions at the most: delete one before.`);
  }
  const revision: SchemaProto = {
    name,
    type: typeNumber(type),
    definition,
    revisionId: randomBytes(4).toString('hex'),
    revisionCreateTime: timestampOf(service.clock.now()),
  };
  const schema = service.schemas.find(name) ?? new Schema(name, type, [], await loadCompiler());
  await saveSchema(service, schema.with([...schema.revisions, revision]));
  return revision;
}

/** Stores a schema in place of what has its name. Needs its turn. */
export async function saveSchema(service: Service, schema: Schema): Promise<void> {
  await service.storage.resources.write([schemaRecord(schema)]);
  service.schemas.set(schema.name, schema);
}
