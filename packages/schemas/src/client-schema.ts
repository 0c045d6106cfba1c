import { refusal, type SchemaRefusal } from './client-schema-graph.ts';
import { openSchema } from './client-schema-open.ts';
import { type CompiledSchema, Run, type Violation } from './client-validation.ts';
import { type JsonValue, parseStrictJson } from './strict-json.ts';

/** The text of a client's schema may be this long, in UTF-8. */
export const MAX_SCHEMA_BYTES = 64 * 1024;

/** Holds values against one client's schema. Never throws, and takes time near linear in the value's size. */
export interface ClientValidator {
  /** Where the value breaks the schema: `MAX_VIOLATIONS` at most, none where it is valid. The value is strict JSON. */
  violations(value: JsonValue): readonly Violation[];
}

export type ClientSchema = { readonly kind: 'schema'; readonly validator: ClientValidator } | SchemaRefusal;

export type ParsedClientSchema =
  | { readonly kind: 'schema'; readonly validator: ClientValidator; readonly schema: JsonValue }
  | SchemaRefusal;

/** `compileClientSchema` of a text: at most `MAX_SCHEMA_BYTES` of strict JSON. Gives the value as well. */
export function parseClientSchema(source: Uint8Array | string): ParsedClientSchema {
  const bytes = typeof source === 'string' ? Buffer.byteLength(source) : source.byteLength;
  if (bytes > MAX_SCHEMA_BYTES) return tooLong(bytes);
  const parsed = parseStrictJson(source);
  if (parsed.kind === 'refused')
    return { kind: 'refused', pointer: parsed.pointer, detail: `a schema must ${parsed.must}` };
  const compiled = compileWithin(parsed.value);
  return compiled.kind === 'schema' ? { ...compiled, schema: parsed.value } : compiled;
}

/**
 * Makes a validator of what a stranger registers as a JSON Schema: draft-07, or 2019-09 or 2020-12 where `$schema` says
 * so. `format` is an annotation and unknown keywords are ignored, as the specifications say. Nothing is looked up outside
 * of the schema, nothing of it becomes code, and nothing is kept.
 *
 * What is written by hand here is bounded where a general validator is not: compiling is linear, and a value costs its
 * own size times what `MAX_EVALUATIONS` allows.
 * @param schema strict JSON
 */
export function compileClientSchema(schema: JsonValue): ClientSchema {
  const bytes = Buffer.byteLength(JSON.stringify(schema));
  return bytes > MAX_SCHEMA_BYTES ? tooLong(bytes) : compileWithin(schema);
}

function compileWithin(schema: JsonValue): ClientSchema {
  const opened = openSchema(schema);
  return opened.kind === 'refused' ? opened : { kind: 'schema', validator: new Validator(opened.checkOf(schema)) };
}

class Validator implements ClientValidator {
  readonly #schema: CompiledSchema;

  constructor(schema: CompiledSchema) {
    this.#schema = schema;
  }

  violations(value: JsonValue): readonly Violation[] {
    // Most are valid, and asking only whether they are is cheaper than noting where one is.
    if (this.#schema.check(value, new Run(), undefined)) return NONE;
    const violations: Violation[] = [];
    this.#schema.check(value, new Run(violations), undefined);
    return violations;
  }
}

const NONE: readonly Violation[] = Object.freeze([]);

const tooLong = (bytes: number): SchemaRefusal =>
  refusal([], `a schema must have at most ${MAX_SCHEMA_BYTES} bytes, got ${bytes}`);
