export {
  type ClientSchema,
  compileClientSchema,
  MAX_SCHEMA_BYTES,
  type ParsedClientSchema,
  parseClientSchema,
} from './client-schema/client-schema.ts';
export type { SchemaRefusal } from './client-schema/graph.ts';
export type { ClientValidator } from './client-schema/validator.ts';
export { MAX_VIOLATIONS, type Violation } from './client-schema/violations.ts';
export { checkBackward } from './compatibility/compatibility.ts';
export type { Compatibility } from './compatibility/verdict.ts';
export { isSameSchema } from './json/canonical-json.ts';
export type { JsonFault, JsonRule } from './json/json-fault.ts';
export { type JsonValue, parseStrictJson, type StrictJson } from './json/strict-json.ts';
export { received } from './received.ts';
