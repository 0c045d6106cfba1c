import { isJsonObject, type JsonObject } from '../json/canonical-json.ts';
import { received } from '../received.ts';

/** Keywords that name schemas, look elsewhere for them, or change what validating means. */
const REFUSED: Readonly<Record<string, string>> = {
  $async: 'validation is never asynchronous',
  $id: 'a schema has no identifier of its own; refer to its parts by "#/…"',
  $anchor: 'refer to parts of a schema by "#/…"',
  $dynamicAnchor: 'refer to parts of a schema by "#/…"',
  $recursiveAnchor: 'refer to parts of a schema by "#/…"',
  $dynamicRef: 'use $ref',
  $recursiveRef: 'use $ref',
  $data: 'a value to compare with must be in the schema',
};

/** Those that compare, for which some validators read `{"$data": …}` as "the value over there". */
const COMPARING = new Set([
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['minLength', 'maxLength', 'pattern', 'format'],
  ...['minItems', 'maxItems', 'uniqueItems', 'minProperties', 'maxProperties', 'required', 'enum'],
]);

/** The first keyword of a schema that is refused in whatever dialect, with the message. */
export function identifierFault(schema: JsonObject): { readonly keyword: string; readonly detail: string } | undefined {
  for (const [keyword, value] of Object.entries(schema)) {
    const why = Object.hasOwn(REFUSED, keyword) ? REFUSED[keyword] : undefined;
    if (why !== undefined) {
      return { keyword, detail: `a schema must not use ${keyword}, got ${received(value)}: ${why}` };
    }
    // Draft-04's name of $id; anything but a text is a keyword that nobody knows, and those are ignored.
    if (keyword === 'id' && typeof value === 'string') {
      return { keyword, detail: `a schema must not use id, got ${received(value)}: ${REFUSED.$id}` };
    }
    if (COMPARING.has(keyword) && isJsonObject(value) && value.$data !== undefined) {
      return { keyword, detail: `${keyword} must not use $data, got ${received(value.$data)}: ${REFUSED.$data}` };
    }
  }
  return undefined;
}
