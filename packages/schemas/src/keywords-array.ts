import type { JsonObject } from './canonical-json.ts';
import type { Dialect } from './client-schema-dialect.ts';
import type { Check, CompiledSchema } from './client-validation.ts';
import type { JsonValue } from './strict-json.ts';

/** The subschemas of the keywords for arrays. */
export interface ItemSchemas {
  /** For the first items, one each. */
  readonly prefix: readonly CompiledSchema[];
  /** For all items after those. */
  readonly rest: CompiledSchema | undefined;
  readonly contains: CompiledSchema | undefined;
}

/** The rules for an array; called with arrays alone. */
export function* arrayChecks(schema: JsonObject, items: ItemSchemas, dialect: Dialect): Generator<Check> {
  const { minItems, maxItems } = schema;
  const countOf = (value: JsonValue): number => (value as readonly JsonValue[]).length;
  if (typeof minItems === 'number') {
    const must = (value: JsonValue): string => `must have at least ${minItems} items (minItems), got ${countOf(value)}`;
    yield (value, run) => countOf(value) >= minItems || run.fails(value, must);
  }
  if (typeof maxItems === 'number') {
    const must = (value: JsonValue): string => `must have at most ${maxItems} items (maxItems), got ${countOf(value)}`;
    yield (value, run) => countOf(value) <= maxItems || run.fails(value, must);
  }
  if (items.prefix.length > 0 || items.rest) yield itemsCheck(items);
  if (items.contains) yield containsCheck(items.contains, containsBounds(schema, dialect), dialect);
  if (schema.uniqueItems === true) yield uniqueCheck;
}

function itemsCheck({ prefix, rest }: ItemSchemas): Check {
  return (value, run, seen) => {
    const array = value as readonly JsonValue[];
    const end = rest ? array.length : Math.min(array.length, prefix.length);
    let holds = true;
    for (let index = 0; index < end; index++) {
      const schema = prefix[index] ?? rest;
      if (!schema || run.child(index, array[index] as JsonValue, schema)) continue;
      holds = false;
      if (run.isDecided) return false;
    }
    if (seen) seen.itemsBelow = Math.max(seen.itemsBelow, end);
    return holds;
  };
}

interface ContainsBounds {
  readonly least: number;
  readonly most: number;
}

function containsBounds({ minContains, maxContains }: JsonObject, dialect: Dialect): ContainsBounds {
  if (dialect === 'draft-07') return { least: 1, most: Number.POSITIVE_INFINITY };
  return {
    least: typeof minContains === 'number' ? minContains : 1,
    most: typeof maxContains === 'number' ? maxContains : Number.POSITIVE_INFINITY,
  };
}

function containsCheck(schema: CompiledSchema, { least, most }: ContainsBounds, dialect: Dialect): Check {
  const tooFew = (value: JsonValue): string =>
    `must have at least ${least} items that contains allows, got an array of ${(value as readonly JsonValue[]).length} with fewer`;
  const tooMany = (value: JsonValue): string =>
    `must have at most ${most} items that contains allows, got an array of ${(value as readonly JsonValue[]).length} with more`;
  // By 2020-12 an item that is contained counts as evaluated, by 2019-09 it does not.
  const notes = dialect === '2020-12';
  return (value, run, seen) => {
    let found = 0;
    for (const [index, item] of (value as readonly JsonValue[]).entries()) {
      if (!run.tries(item, schema, undefined)) continue;
      found++;
      if (found > most) return run.fails(value, tooMany);
      if (seen && notes) seen.items.add(index);
      else if (found >= least && most === Number.POSITIVE_INFINITY) return true;
    }
    return found >= least || run.fails(value, tooFew);
  };
}

const uniqueCheck: Check = (value, run) => {
  const repeat = run.identities.repeatIn(value as readonly JsonValue[]);
  if (!repeat) return true;
  return run.fails(value, () => `must have no two equal items (uniqueItems), got items ${repeat.join(' and ')} alike`);
};

/** `unevaluatedItems`, after everything else on the same array. */
export function unevaluatedItemsCheck(schema: CompiledSchema): Check {
  return (value, run, seen) => {
    const array = value as readonly JsonValue[];
    let holds = true;
    for (let index = seen?.itemsBelow ?? 0; index < array.length; index++) {
      if (seen?.items.has(index) || run.child(index, array[index] as JsonValue, schema)) continue;
      holds = false;
      if (run.isDecided) return false;
    }
    if (seen) seen.itemsBelow = array.length;
    return holds;
  };
}
