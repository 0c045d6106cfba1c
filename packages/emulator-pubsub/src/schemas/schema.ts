import { avroRevisionFault, avroValidator } from './avro/avro-schema.ts';
import type { Encoding } from './encoding.ts';
import { protobufRevisionFault, protobufValidator } from './protobuf/protobuf-schema.ts';
import { SchemaFault } from './schema-fault.ts';

export type { Encoding } from './encoding.ts';

export type SchemaType = 'AVRO' | 'PROTOCOL_BUFFER';

export interface CompiledSchema {
  readonly kind: 'schema';
  /** Why a message's data does not fit, fit for an answer; undefined where it does. Its time is bounded by the data's length. */
  validate(data: Buffer, encoding: Encoding): string | undefined;
}

export type Compiled =
  | CompiledSchema
  /** Why the definition is none: the rule and what was found instead, fit for an answer. */
  | { readonly kind: 'faulty'; readonly detail: string };

/** The limit that https://cloud.google.com/pubsub/docs/schemas names, 300 KB. */
export const MAX_DEFINITION_BYTES = 300 * 1024;

/** Reads a schema's definition, which may be a stranger's. */
export function compileSchema(type: SchemaType, definition: string): Compiled {
  const size = sizeFault(definition);
  if (size !== undefined) return { kind: 'faulty', detail: size };
  try {
    const validate = type === 'AVRO' ? avroValidator(definition) : protobufValidator(definition);
    return {
      kind: 'schema',
      validate: (data, encoding) => faultOf(() => validate(data, encoding)),
    };
  } catch (error) {
    if (error instanceof SchemaFault) return { kind: 'faulty', detail: error.message };
    throw error;
  }
}

/**
 * Why a definition cannot be the next revision of a schema, by
 * https://cloud.google.com/pubsub/docs/commit-schema-revision; undefined where it can.
 */
export function compatibilityFault(type: SchemaType, oldDefinition: string, newDefinition: string): string | undefined {
  const size = sizeFault(newDefinition);
  if (size !== undefined) return size;
  const revisionFault = type === 'AVRO' ? avroRevisionFault : protobufRevisionFault;
  return faultOf(() => revisionFault(oldDefinition, newDefinition));
}

function sizeFault(definition: string): string | undefined {
  const bytes = Buffer.byteLength(definition);
  if (bytes <= MAX_DEFINITION_BYTES) return undefined;
  return `a definition must have at most ${MAX_DEFINITION_BYTES} bytes, got ${bytes}`;
}

function faultOf(check: () => string | undefined): string | undefined {
  try {
    return check();
  } catch (error) {
    if (error instanceof SchemaFault) return error.message;
    throw error;
  }
}
