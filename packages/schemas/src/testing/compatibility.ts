import fc from 'fast-check';
import { type Dialect, subschemasOf } from '../client-schema/dialect.ts';
import { isJsonObject, type JsonObject } from '../json/canonical-json.ts';
import { resolvePointer } from '../json/json-pointer.ts';
import type { JsonValue } from '../json/strict-json.ts';

/**
 * Whether a schema names every property that a value has, at any depth: only such a value counts as one that was sent.
 * Found out by asking all subschemas that might ever look at a place, whatever their keywords mean.
 */
export function namesAll(document: JsonValue, dialect: Dialect, value: JsonValue): boolean {
  return names([document], value, document, dialect);
}

function names(schemas: readonly JsonValue[], value: JsonValue, document: JsonValue, dialect: Dialect): boolean {
  if (typeof value !== 'object' || value === null) return true;
  const here = inPlace(schemas, document, dialect);
  if (Array.isArray(value)) {
    return value.every((item, index) =>
      names(
        here.flatMap((schema) => itemSchemas(schema, index)),
        item,
        document,
        dialect,
      ),
    );
  }
  return Object.entries(value).every(([key, member]) => {
    const below = here.map((schema) => memberSchemas(schema, key));
    return (
      below.some((found) => found !== undefined) &&
      names(
        below.flatMap((found) => found ?? []),
        member,
        document,
        dialect,
      )
    );
  });
}

function inPlace(schemas: readonly JsonValue[], document: JsonValue, dialect: Dialect): JsonObject[] {
  const found = new Set<JsonObject>();
  const open = [...schemas];
  for (let schema = open.pop(); schema !== undefined; schema = open.pop()) {
    if (!isJsonObject(schema) || found.has(schema)) continue;
    found.add(schema);
    const target = schema.$ref === undefined ? undefined : resolvePointer(document, schema.$ref);
    if (target?.kind === 'value') open.push(target.value);
    if (dialect === 'draft-07' && target) continue;
    for (const { reach, schema: branch } of subschemasOf(schema, dialect)) if (reach === 'here') open.push(branch);
  }
  return [...found];
}

/** What a schema says of a member; undefined where it does not name it. */
function memberSchemas(schema: JsonObject, key: string): JsonValue[] | undefined {
  const found: JsonValue[] = [];
  let isNamed = false;
  const add = (value: JsonValue | undefined): void => {
    isNamed = true;
    if (value !== undefined) found.push(value);
  };
  const mapOf = (keyword: string): JsonObject => (isJsonObject(schema[keyword]) ? schema[keyword] : {});
  if (Object.hasOwn(mapOf('properties'), key)) add(mapOf('properties')[key]);
  for (const [pattern, value] of Object.entries(mapOf('patternProperties')))
    if (new RegExp(pattern, 'u').test(key)) add(value);
  if (Array.isArray(schema.required) && schema.required.includes(key)) add(undefined);
  for (const keyword of ['dependencies', 'dependentRequired', 'dependentSchemas']) {
    for (const [name, value] of Object.entries(mapOf(keyword))) {
      if (name === key || (Array.isArray(value) && value.includes(key))) add(undefined);
    }
  }
  for (const others of [schema.additionalProperties, schema.unevaluatedProperties]) {
    if (isJsonObject(others) && Object.keys(others).length > 0) add(others);
  }
  for (const constant of [schema.const, ...(Array.isArray(schema.enum) ? schema.enum : [])]) {
    if (isJsonObject(constant) && Object.hasOwn(constant, key)) add({ const: constant[key] as JsonValue });
  }
  return isNamed ? found : undefined;
}

function itemSchemas(schema: JsonObject, index: number): JsonValue[] {
  const lists = [schema.prefixItems, schema.items].filter((list) => Array.isArray(list)).map((list) => list[index]);
  const constants = [schema.const, ...(Array.isArray(schema.enum) ? schema.enum : [])].filter((value) =>
    Array.isArray(value),
  );
  const all = [schema.items, schema.additionalItems, schema.unevaluatedItems, schema.contains, ...lists];
  return [
    ...all.filter((value) => value !== undefined),
    ...constants.map((constant) => ({ enum: constant })),
  ] as JsonValue[];
}

/** The same schema with a few changes anywhere: a keyword left out, moved, or given another value. */
export function changed(schema: JsonValue, donor: JsonValue): fc.Arbitrary<JsonValue> {
  return fc
    .array(fc.record({ at: fc.nat(1_000), from: fc.nat(1_000), how: fc.nat(5) }), { minLength: 1, maxLength: 2 })
    .map((edits) => edits.reduce((given, { at, from, how }) => edited(given, donor, at, from, how), schema));
}

function edited(schema: JsonValue, donor: JsonValue, at: number, from: number, how: number): JsonValue {
  const copy = structuredClone(schema) as JsonValue;
  const places = containers(copy);
  const gifts = containers(donor).flatMap((container) => Object.entries(container));
  const place = places[at % Math.max(places.length, 1)] as Record<string, JsonValue> | undefined;
  if (!place) return donor;
  const keys = Object.keys(place);
  const key = keys[from % Math.max(keys.length, 1)];
  const [giftKey, gift] = gifts[from % Math.max(gifts.length, 1)] ?? ['title', 'x'];
  if (key !== undefined && how <= 1) remove(place, key);
  else if (key !== undefined && how === 2 && typeof place[key] === 'number')
    place[key] = (place[key] as number) + (at % 2 === 0 ? 1 : -1);
  else if (!Array.isArray(place) && how <= 4) place[giftKey] = structuredClone(gift) as JsonValue;
  else if (key !== undefined && isJsonObject(place[key])) place[key] = true;
  return copy;
}

function remove(place: Record<string, JsonValue>, key: string): void {
  if (Array.isArray(place)) place.splice(Number(key), 1);
  else if (key !== '$schema') delete place[key];
}

function containers(value: JsonValue): JsonObject[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value as JsonObject, ...Object.values(value).flatMap((inner) => containers(inner as JsonValue))];
}
