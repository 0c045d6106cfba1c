import { isJsonObject, type JsonObject } from '../json/canonical-json.ts';
import type { JsonValue } from '../json/strict-json.ts';

/** The versions of JSON Schema whose rules a client's schema may follow. */
export type Dialect = 'draft-07' | '2019-09' | '2020-12';

const BY_URI: Readonly<Record<string, Dialect>> = {
  'https://json-schema.org/draft/2019-09/schema': '2019-09',
  'https://json-schema.org/draft/2020-12/schema': '2020-12',
};

/**
 * What `$schema` asks for. Draft-07 is what the old event gateway checked with whatever was written there, so it is what
 * an absent, older or unknown one gets.
 */
export function dialectOf(schema: JsonValue): Dialect {
  const uri = isJsonObject(schema) ? schema.$schema : undefined;
  if (typeof uri !== 'string') return 'draft-07';
  const known = uri.endsWith('#') ? uri.slice(0, -1) : uri;
  return (Object.hasOwn(BY_URI, known) && BY_URI[known]) || 'draft-07';
}

/**
 * How a keyword holds its subschemas. `map-or-names`: a map in which an array is a list of names instead; `one-or-list`:
 * a list is another keyword in effect.
 */
type Form = 'one' | 'list' | 'map' | 'one-or-list' | 'map-or-names';

/**
 * To what a keyword applies its subschemas: to the value itself, to the values or names of its properties, to its items;
 * or to nothing, where they only wait for a `$ref`.
 */
export type Reach = 'here' | 'members' | 'names' | 'items' | 'nowhere';

interface Applicator {
  readonly form: Form;
  readonly reach: Reach;
}

const COMMON: Readonly<Record<string, Applicator>> = {
  allOf: { form: 'list', reach: 'here' },
  anyOf: { form: 'list', reach: 'here' },
  oneOf: { form: 'list', reach: 'here' },
  not: { form: 'one', reach: 'here' },
  if: { form: 'one', reach: 'here' },
  // biome-ignore lint/suspicious/noThenProperty: JSON Schema's keyword
  then: { form: 'one', reach: 'here' },
  else: { form: 'one', reach: 'here' },
  dependencies: { form: 'map-or-names', reach: 'here' },
  properties: { form: 'map', reach: 'members' },
  patternProperties: { form: 'map', reach: 'members' },
  additionalProperties: { form: 'one', reach: 'members' },
  propertyNames: { form: 'one', reach: 'names' },
  contains: { form: 'one', reach: 'items' },
  definitions: { form: 'map', reach: 'nowhere' },
};

const SINCE_2019: Readonly<Record<string, Applicator>> = {
  ...COMMON,
  dependentSchemas: { form: 'map', reach: 'here' },
  unevaluatedProperties: { form: 'one', reach: 'members' },
  unevaluatedItems: { form: 'one', reach: 'items' },
  $defs: { form: 'map', reach: 'nowhere' },
};

const ITEMS_OR_LIST: Readonly<Record<string, Applicator>> = {
  items: { form: 'one-or-list', reach: 'items' },
  additionalItems: { form: 'one', reach: 'items' },
};

const APPLICATORS: Readonly<Record<Dialect, Readonly<Record<string, Applicator>>>> = {
  'draft-07': { ...COMMON, ...ITEMS_OR_LIST },
  '2019-09': { ...SINCE_2019, ...ITEMS_OR_LIST },
  '2020-12': {
    ...SINCE_2019,
    prefixItems: { form: 'list', reach: 'items' },
    items: { form: 'one', reach: 'items' },
  },
};

/** What a keyword of a dialect does with subschemas; undefined for one that has none, or that the dialect does not know. */
export function applicatorOf(keyword: string, dialect: Dialect): Applicator | undefined {
  const applicators = APPLICATORS[dialect];
  return Object.hasOwn(applicators, keyword) ? applicators[keyword] : undefined;
}

/** Where a subschema stands below its schema. */
export interface Subschema {
  readonly keyword: string;
  readonly reach: Reach;
  /** Its name or index in the keyword's map or list; undefined where the keyword has just one. */
  readonly key: string | number | undefined;
  readonly schema: JsonValue;
}

/** The subschemas that stand in a schema's own keywords, in the order of the text; what is no schema comes along. */
export function* subschemasOf(schema: JsonObject, dialect: Dialect): Generator<Subschema> {
  for (const [keyword, value] of Object.entries(schema)) {
    const applicator = applicatorOf(keyword, dialect);
    if (applicator === undefined) continue;
    const { form, reach } = applicator;
    if (Array.isArray(value)) {
      if (form !== 'list' && form !== 'one-or-list') continue;
      for (const [key, item] of value.entries()) yield { keyword, reach, key, schema: item };
    } else if (form === 'one' || form === 'one-or-list') {
      yield { keyword, reach, key: undefined, schema: value };
    } else if (isJsonObject(value)) {
      for (const [key, item] of Object.entries(value)) {
        if (form === 'map-or-names' && Array.isArray(item)) continue;
        yield { keyword, reach, key, schema: item };
      }
    }
  }
}

/** The keywords of every dialect that have no subschemas and decide by themselves which values are allowed. */
export const ASSERTIONS = [
  ...['type', 'enum', 'const', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['minLength', 'maxLength', 'pattern', 'minItems', 'maxItems', 'uniqueItems'],
  ...['minProperties', 'maxProperties', 'required'],
] as const;

/** How a schema divides the items of an array, whatever its dialect calls that. */
export interface ItemRules {
  readonly prefix: readonly JsonValue[];
  readonly prefixKeyword: string;
  /** For all items after the prefix. */
  readonly rest: JsonValue | undefined;
  readonly restKeyword: string;
}

export function itemRules(schema: JsonObject, dialect: Dialect): ItemRules {
  if (dialect === '2020-12') {
    const prefix = Array.isArray(schema.prefixItems) ? (schema.prefixItems as readonly JsonValue[]) : [];
    return { prefix, prefixKeyword: 'prefixItems', rest: schema.items, restKeyword: 'items' };
  }
  if (!Array.isArray(schema.items))
    return { prefix: [], prefixKeyword: 'items', rest: schema.items, restKeyword: 'items' };
  return { prefix: schema.items, prefixKeyword: 'items', rest: schema.additionalItems, restKeyword: 'additionalItems' };
}
