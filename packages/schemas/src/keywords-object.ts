import { quoted } from '@sluice/core';
import { isJsonObject, type JsonObject } from './canonical-json.ts';
import type { Dialect } from './client-schema-dialect.ts';
import type { Check, CompiledSchema } from './client-validation.ts';
import type { LinearPattern } from './linear-pattern.ts';
import type { JsonValue } from './strict-json.ts';

/** The subschemas of the keywords for objects. */
export interface MemberSchemas {
  readonly properties: ReadonlyMap<string, CompiledSchema>;
  readonly patterns: readonly (readonly [pattern: LinearPattern, schema: CompiledSchema])[];
  readonly additional: CompiledSchema | undefined;
  readonly names: CompiledSchema | undefined;
}

/** The rules for an object; called with objects alone. */
export function* objectChecks(schema: JsonObject, members: MemberSchemas, dialect: Dialect): Generator<Check> {
  yield* sizeChecks(schema);
  if (Array.isArray(schema.required) && schema.required.length > 0) {
    yield requiredCheck(schema.required as readonly string[], 'required');
  }
  for (const keyword of dialect === 'draft-07' ? ['dependencies'] : ['dependentRequired', 'dependencies']) {
    const dependencies = schema[keyword];
    if (!isJsonObject(dependencies)) continue;
    for (const [name, names] of Object.entries(dependencies)) {
      if (!Array.isArray(names) || names.length === 0) continue;
      const check = requiredCheck(names as readonly string[], `${keyword} of ${quoted(name, 40)}`);
      yield (value, run, seen) => !Object.hasOwn(value as JsonObject, name) || check(value, run, seen);
    }
  }
  if (members.properties.size > 0 || members.patterns.length > 0 || members.additional) yield membersCheck(members);
  if (members.names) yield namesCheck(members.names);
}

function* sizeChecks({ minProperties, maxProperties }: JsonObject): Generator<Check> {
  const countOf = (value: JsonValue): number => Object.keys(value as JsonObject).length;
  if (typeof minProperties === 'number') {
    const must = (value: JsonValue): string =>
      `must have at least ${minProperties} properties (minProperties), got ${countOf(value)}`;
    yield (value, run) => countOf(value) >= minProperties || run.fails(value, must);
  }
  if (typeof maxProperties === 'number') {
    const must = (value: JsonValue): string =>
      `must have at most ${maxProperties} properties (maxProperties), got ${countOf(value)}`;
    yield (value, run) => countOf(value) <= maxProperties || run.fails(value, must);
  }
}

function requiredCheck(names: readonly string[], keyword: string): Check {
  return (value, run) => {
    let holds = true;
    for (const name of names) {
      if (Object.hasOwn(value as JsonObject, name)) continue;
      holds = run.fails(value, () => `must have the property ${quoted(name)} (${keyword}), got an object without it`);
      if (run.isDecided) break;
    }
    return holds;
  };
}

/** `properties`, `patternProperties` and `additionalProperties` in one pass over the members, however many are named. */
function membersCheck({ properties, patterns, additional }: MemberSchemas): Check {
  return (value, run, seen) => {
    let holds = true;
    const object = value as JsonObject;
    for (const key of Object.keys(object)) {
      const member = object[key] as JsonValue;
      const named = properties.get(key);
      let isAdditional = named === undefined;
      if (named && !run.child(key, member, named)) holds = false;
      for (const [pattern, schema] of patterns) {
        if (!pattern.test(key)) continue;
        isAdditional = false;
        if (!run.child(key, member, schema)) holds = false;
      }
      if (isAdditional && additional && !run.child(key, member, additional)) holds = false;
      if (!holds && run.isDecided) return false;
      if (seen && (additional || !isAdditional)) seen.members.add(key);
    }
    return holds;
  };
}

function namesCheck(names: CompiledSchema): Check {
  const must = (name: JsonValue): string => `must have a name that propertyNames allows, got ${quoted(String(name))}`;
  return (value, run) => {
    let holds = true;
    for (const key of Object.keys(value as JsonObject)) {
      if (run.tries(key, names, undefined)) continue;
      holds = run.failsAt(key, key, must);
      if (run.isDecided) return false;
    }
    return holds;
  };
}

/** `unevaluatedProperties`, after everything else on the same object. */
export function unevaluatedMembersCheck(schema: CompiledSchema): Check {
  return (value, run, seen) => {
    if (!seen || seen.allMembers) return true;
    let holds = true;
    const object = value as JsonObject;
    for (const key of Object.keys(object)) {
      if (seen.members.has(key) || run.child(key, object[key] as JsonValue, schema)) continue;
      holds = false;
      if (run.isDecided) return false;
    }
    seen.allMembers = true;
    return holds;
  };
}
