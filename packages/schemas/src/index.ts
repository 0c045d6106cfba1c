export { isSameSchema } from './canonical-json.ts';
export {
  type ClientSchema,
  compileClientSchema,
  MAX_SCHEMA_BYTES,
  type ParsedClientSchema,
  parseClientSchema,
} from './client-schema.ts';
export type { SchemaRefusal } from './client-schema-graph.ts';
export type { ClientValidator } from './client-validator.ts';
export { MAX_VIOLATIONS, type Violation } from './client-violations.ts';
export { checkBackward } from './compatibility.ts';
export type { Compatibility } from './compatibility-verdict.ts';
export type { JsonFault, JsonRule } from './json-fault.ts';
export { received } from './received.ts';
export { type JsonValue, parseStrictJson, type StrictJson } from './strict-json.ts';
