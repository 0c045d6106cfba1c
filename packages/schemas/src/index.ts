export type { JsonFault, JsonRule } from './json-fault.ts';
export { received } from './received.ts';
export { type JsonValue, parseStrictJson, type StrictJson } from './strict-json.ts';
