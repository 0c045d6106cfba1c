import type { JsonObject } from './canonical-json.ts';
import { type Check, type CompiledSchema, Evaluated } from './client-validation.ts';
import { received } from './received.ts';
import type { JsonValue } from './strict-json.ts';

/** The subschemas that look at the same value again. */
export interface CombinedSchemas {
  /** `$ref` and `allOf`: all must hold, as if they were part of the schema. */
  readonly all: readonly CompiledSchema[];
  readonly any: readonly CompiledSchema[] | undefined;
  readonly one: readonly CompiledSchema[] | undefined;
  readonly not: CompiledSchema | undefined;
  readonly condition:
    | { readonly if: CompiledSchema; readonly yes: CompiledSchema | undefined; readonly no: CompiledSchema | undefined }
    | undefined;
  /** By the name of the property that brings them in. */
  readonly dependent: readonly (readonly [name: string, schema: CompiledSchema])[];
}

/** The rules that apply whole schemas to a value of whatever type. */
export function* combiningChecks(combined: CombinedSchemas): Generator<Check> {
  for (const schema of combined.all) yield (value, run, seen) => schema.check(value, run, seen);
  if (combined.any) yield anyOfCheck(combined.any);
  if (combined.one) yield oneOfCheck(combined.one);
  const { not, condition } = combined;
  if (not) yield notCheck(not);
  if (condition) {
    yield (value, run, seen) => {
      const next = tried(value, condition.if, run, seen) ? condition.yes : condition.no;
      return next === undefined || next.check(value, run, seen);
    };
  }
  for (const [name, schema] of combined.dependent) {
    yield (value, run, seen) => !isObject(value) || !Object.hasOwn(value, name) || schema.check(value, run, seen);
  }
}

/** Whether a schema holds; what it has looked at counts only if it does. */
function tried(
  value: JsonValue,
  schema: CompiledSchema,
  run: Parameters<Check>[1],
  seen: Evaluated | undefined,
): boolean {
  if (!seen) return run.tries(value, schema, undefined);
  const trial = new Evaluated();
  const holds = run.tries(value, schema, trial);
  if (holds) seen.add(trial);
  return holds;
}

function anyOfCheck(schemas: readonly CompiledSchema[]): Check {
  const must = (value: JsonValue): string =>
    `must be allowed by at least one of ${schemas.length} schemas (anyOf), got ${received(value)}`;
  return (value, run, seen) => {
    let holds = false;
    for (const schema of schemas) {
      if (tried(value, schema, run, seen)) holds = true;
      if (holds && !seen) return true;
    }
    if (holds) return true;
    run.fails(value, must);
    run.explains(value, schemas);
    return false;
  };
}

function oneOfCheck(schemas: readonly CompiledSchema[]): Check {
  const none = (value: JsonValue): string =>
    `must be allowed by exactly one of ${schemas.length} schemas (oneOf), got ${received(value)} that none allows`;
  return (value, run, seen) => {
    let first: number | undefined;
    const trial = seen && new Evaluated();
    for (const [index, schema] of schemas.entries()) {
      if (!tried(value, schema, run, trial)) continue;
      if (first !== undefined) {
        const both = `${first} and ${index}`;
        return run.fails(
          value,
          () =>
            `must be allowed by exactly one of ${schemas.length} schemas (oneOf), got ${received(value)} that ${both} allow`,
        );
      }
      first = index;
    }
    if (first !== undefined) {
      if (trial) seen.add(trial);
      return true;
    }
    run.fails(value, none);
    run.explains(value, schemas);
    return false;
  };
}

function notCheck(schema: CompiledSchema): Check {
  const must = (value: JsonValue): string => `must not be what the schema in not allows, got ${received(value)}`;
  return (value, run) => !run.tries(value, schema, undefined) || run.fails(value, must);
}

const isObject = (value: JsonValue): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
