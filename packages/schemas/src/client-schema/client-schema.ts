import { type JsonValue, parseStrictJson } from '../json/strict-json.ts';
import { refusal, type SchemaRefusal } from './graph.ts';
import { openSchema } from './open.ts';
import type { ClientValidator } from './validator.ts';

/** The text of a client's schema may be this long, in UTF-8. */
export const MAX_SCHEMA_BYTES = 64 * 1024;

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
 * of the schema, and nothing is kept. Ajv makes code of it only once it is checked, and of a copy without identifiers and
 * unknown words (`AjvForm`).
 *
 * What a schema may be, so that it compiles within about a tenth of a second and a value costs its own size times a bound:
 *
 * | | at most |
 * |---|---|
 * | bytes | `MAX_SCHEMA_BYTES`, 64 KiB |
 * | levels of JSON | 32 |
 * | subschemas | `MAX_SUBSCHEMAS`, 1,000 |
 * | subschemas held against one place in a value | `MAX_EVALUATIONS`, 64; a pattern, a division and 16 properties count too |
 * | subschemas at work within one another | `MAX_NESTING`, 512 |
 * | different patterns | `MAX_PATTERNS`, 400, of `MAX_PATTERNS_SIZE`, 4,096 steps together |
 *
 * By 2020-12, `unevaluatedItems` over a `contains` in another schema is refused.
 * @param schema strict JSON
 */
export function compileClientSchema(schema: JsonValue): ClientSchema {
  const bytes = Buffer.byteLength(JSON.stringify(schema));
  return bytes > MAX_SCHEMA_BYTES ? tooLong(bytes) : compileWithin(schema);
}

function compileWithin(schema: JsonValue): ClientSchema {
  const opened = openSchema(schema);
  return opened.kind === 'refused' ? opened : opened.compile();
}

const tooLong = (bytes: number): SchemaRefusal =>
  refusal([], `a schema must have at most ${MAX_SCHEMA_BYTES} bytes, got ${bytes}`);
