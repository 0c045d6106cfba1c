import { invalid, invalidArgument, shown } from '../../grpc/errors.ts';
import type { SchemaProto } from '../../resources/schema.ts';
import { typeOf } from '../../resources/schema.ts';
import { type CompiledSchema, compileSchema, type SchemaType } from '../../schemas/schema.ts';

export interface CheckedSchema {
  readonly type: SchemaType;
  readonly definition: string;
  readonly compiled: CompiledSchema;
}

/** @throws RpcError `INVALID_ARGUMENT` where it is missing, its type is, or its definition is none of that type. */
export function checkSchema(schema: SchemaProto | null | undefined): CheckedSchema {
  if (!schema) throw invalidArgument('schema');
  const type = typeOf(schema.type);
  if (type === undefined) throw invalidArgument('schema.type');
  const definition = schema.definition ?? '';
  if (definition === '') throw invalid('The schema definition must not be empty.');
  const compiled = compileSchema(type, definition);
  if (compiled.kind === 'faulty') throw invalid(`Invalid schema definition: ${shown(compiled.detail)}`);
  return { type, definition, compiled };
}
