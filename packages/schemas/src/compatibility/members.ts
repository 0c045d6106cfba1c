import { isJsonObject, type JsonObject } from '../json/canonical-json.ts';
import type { JsonValue } from '../json/strict-json.ts';
import type { OlderSchema, View } from './older.ts';

/** A kind of member that the older version names: one name, all that match a pattern, or all others. */
export interface NamedMember {
  readonly kind: 'name' | 'pattern' | 'other';
  /** The name or pattern; empty for all others. */
  readonly text: string;
  readonly view: View;
}

/**
 * All members that the older version names, in a part or in a branch, with what it says about their values. What it does
 * not name counts as never sent, though `additionalProperties` may allow it: only a schema there names all others.
 * @param names those that the newer version names: of these too, a pattern or a schema for all others has something to say
 */
export function* namedMembers(older: OlderSchema, view: View, names: readonly string[]): Generator<NamedMember> {
  const sources = [...view.parts, ...view.hints];
  const patterns = new Set(sources.flatMap((source) => Object.keys(mapOf(source, 'patternProperties'))));
  const isOpen = sources.some(namesAllOthers);
  const own = new Set(sources.flatMap(ownNames));
  for (const name of names) {
    if (isOpen || [...patterns].some((pattern) => older.matches(pattern, name))) own.add(name);
  }
  older.spend(own.size + names.length);
  for (const name of own) yield { kind: 'name', text: name, view: memberView(older, view, name) };
  for (const pattern of patterns) {
    const said = (source: JsonObject): JsonValue[] => {
      const schema = mapOf(source, 'patternProperties')[pattern];
      return schema === undefined ? [] : [schema];
    };
    // A name that matches may be spoken of elsewhere too, which proves nothing here but may name more below.
    const elsewhere = sources.flatMap((source) => [
      ...Object.values(mapOf(source, 'patternProperties')),
      ...othersOf(source),
    ]);
    yield { kind: 'pattern', text: pattern, view: older.view(view.parts.flatMap(said), elsewhere) };
  }
  if (!isOpen) return;
  const others = view.parts.flatMap((part) => part.additionalProperties ?? []);
  yield { kind: 'other', text: '', view: older.view(others, sources.flatMap(othersOf)) };
}

function memberView(older: OlderSchema, view: View, name: string): View {
  const said = (source: JsonObject): JsonValue[] => {
    const properties = mapOf(source, 'properties');
    const schemas: JsonValue[] = Object.hasOwn(properties, name) ? [properties[name] as JsonValue] : [];
    for (const [pattern, schema] of Object.entries(mapOf(source, 'patternProperties'))) {
      if (older.matches(pattern, name)) schemas.push(schema);
    }
    return schemas.length > 0
      ? schemas
      : source.additionalProperties === undefined
        ? []
        : [source.additionalProperties];
  };
  const unevaluated = [...view.parts, ...view.hints].flatMap((source) => source.unevaluatedProperties ?? []);
  return older.view(view.parts.flatMap(said), [...view.hints.flatMap(said), ...unevaluated]);
}

function ownNames(source: JsonObject): string[] {
  const required = Array.isArray(source.required) ? (source.required as readonly string[]) : [];
  const dependencies = ['dependencies', 'dependentRequired', 'dependentSchemas'].flatMap((keyword) =>
    Object.entries(mapOf(source, keyword)).flatMap(([name, names]) => [
      name,
      ...(Array.isArray(names) ? (names as string[]) : []),
    ]),
  );
  return [...Object.keys(mapOf(source, 'properties')), ...required, ...dependencies];
}

const othersOf = (source: JsonObject): JsonValue[] =>
  [source.additionalProperties, source.unevaluatedProperties].filter((schema) => schema !== undefined);

const namesAllOthers = (source: JsonObject): boolean =>
  othersOf(source).some((schema) => isJsonObject(schema) && Object.keys(schema).length > 0);

export function mapOf(schema: JsonObject, keyword: string): JsonObject {
  const map = schema[keyword];
  return isJsonObject(map) ? map : {};
}
