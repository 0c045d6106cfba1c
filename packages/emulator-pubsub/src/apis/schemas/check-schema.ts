import { invalid, invalidArgument, shown } from '../../grpc/errors.ts';
import type { SchemaProto } from '../../resources/schema.ts';
import { typeOf } from '../../resources/schema.ts';
import { loadCompiler } from '../../resources/schema-compiler.ts';
import type { CompiledSchema, SchemaType } from '../../schemas/schema.ts';

export interface CheckedSchema {
  readonly type: SchemaType;
  readonly definition: string;
  readonly compiled: CompiledSchema;
}

/** @throws RpcError `INVALID_ARGUMENT` where it is missing, its type is, or its definition is none of that type. */
export async function checkSchema(schema: SchemaProto | null | undefined): Promise<CheckedSchema> {
  if (!schema) throw invalidArgument('schema');
  const type = typeOf(schema.type);
  if (type === undefined) throw invalidArgument('schema.type');
  const definition = schema.definition ?? '';
  if (definition === '') throw invalid('The schema definition must not be empty.');
  const { compileSchema } = await loadCompiler();
  const compiled = compileSchema(type, definition);
  if (compiled.kind === 'faulty') throw invalid(`Invalid schema definition: ${shown(compiled.detail)}`);
  return { type, definition, compiled };
}
