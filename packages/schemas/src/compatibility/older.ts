import { subschemasOf } from '../client-schema/dialect.ts';
import type { OpenedSchema } from '../client-schema/open.ts';
import { isJsonObject, type JsonObject } from '../json/canonical-json.ts';
import { resolvePointer } from '../json/json-pointer.ts';
import type { JsonValue } from '../json/strict-json.ts';

/** The types of values, with numbers divided: `integer` is a part of `number`. */
export type ValueType = 'null' | 'boolean' | 'integer' | 'fraction' | 'string' | 'array' | 'object';
export const ALL_TYPES: readonly ValueType[] = ['null', 'boolean', 'integer', 'fraction', 'string', 'array', 'object'];

/** What the older version says about one place in a value. */
export interface View {
  /** Schemas that all hold there, each without its `$ref` and `allOf`, whose schemas are parts as well. */
  readonly parts: readonly JsonObject[];
  /** Schemas that may hold there, in a branch: they prove nothing, but they too name properties. */
  readonly hints: readonly JsonObject[];
  /** Nothing is allowed there. */
  readonly isEmpty: boolean;
  /** The lists of branches of which one has been made a part. */
  readonly split: ReadonlySet<JsonValue>;
}

const IN_BRANCHES = new Set(['anyOf', 'oneOf', 'not', 'if', 'then', 'else', 'dependentSchemas', 'dependencies']);

/** The older version of a schema, as what is known of values that it allows. */
export class OlderSchema {
  readonly spend: (steps: number) => void;
  readonly #opened: OpenedSchema;
  readonly #ofConstants = new Map<JsonValue, JsonObject>();

  /** @param spend told how much work was done, in steps */
  constructor(opened: OpenedSchema, spend: (steps: number) => void) {
    this.#opened = opened;
    this.spend = spend;
  }

  get document(): JsonValue {
    return this.#opened.document;
  }

  /** Of the schemas that hold at a place, and of those that may. */
  view(schemas: readonly JsonValue[], hinted: readonly JsonValue[], split: View['split'] = new Set()): View {
    const parts = new Set<JsonObject>();
    let isEmpty = false;
    const open = [...schemas];
    for (let schema = open.pop(); schema !== undefined; schema = open.pop()) {
      if (schema === false) isEmpty = true;
      if (!isJsonObject(schema) || parts.has(schema)) continue;
      const target = this.target(schema);
      if (target !== undefined) open.push(target);
      if (target !== undefined && this.#isReferenceAlone) continue;
      parts.add(schema);
      if (Array.isArray(schema.allOf)) open.push(...(schema.allOf as readonly JsonValue[]));
    }
    const hints = this.#hints(parts, hinted);
    this.spend(parts.size + hints.size);
    return { parts: [...parts], hints: [...hints], isEmpty, split };
  }

  /** The same place, where one more schema is known to hold. */
  narrowed(view: View, schema: JsonValue, list?: JsonValue): View {
    const split = list === undefined ? view.split : new Set([...view.split, list]);
    return this.view([...view.parts, schema, ...(view.isEmpty ? [false] : [])], view.hints, split);
  }

  /** What a `$ref` points to. */
  target(schema: JsonObject): JsonValue | undefined {
    if (schema.$ref === undefined) return undefined;
    const target = resolvePointer(this.#opened.document, schema.$ref);
    return target.kind === 'value' ? target.value : undefined;
  }

  matches(pattern: string, name: string): boolean {
    this.spend(1);
    return this.#opened.patterns.of(pattern).test(name);
  }

  /** The dialect's own `items`, whether a list or one schema. */
  get dialect(): OpenedSchema['dialect'] {
    return this.#opened.dialect;
  }

  get #isReferenceAlone(): boolean {
    return this.#opened.dialect === 'draft-07';
  }

  #hints(parts: ReadonlySet<JsonObject>, hinted: readonly JsonValue[]): Set<JsonObject> {
    const hints = new Set<JsonObject>();
    const open: JsonValue[] = [...hinted];
    for (const part of parts) open.push(...this.#branches(part));
    for (let schema = open.pop(); schema !== undefined; schema = open.pop()) {
      if (!isJsonObject(schema) || hints.has(schema)) continue;
      hints.add(schema);
      open.push(...this.#branches(schema));
      const target = this.target(schema);
      if (target !== undefined) open.push(target);
      if (Array.isArray(schema.allOf)) open.push(...(schema.allOf as readonly JsonValue[]));
    }
    return hints;
  }

  *#branches(schema: JsonObject): Generator<JsonValue> {
    for (const { keyword, schema: branch } of subschemasOf(schema, this.#opened.dialect)) {
      if (IN_BRANCHES.has(keyword)) yield branch;
    }
    for (const value of constantsOf(schema) ?? []) {
      const shape = this.#shapeOf(value);
      if (shape) yield shape;
    }
  }

  /** A constant that is an object or an array names what is in it. */
  #shapeOf(value: JsonValue): JsonObject | undefined {
    if (typeof value !== 'object' || value === null) return undefined;
    const known = this.#ofConstants.get(value);
    if (known) return known;
    const shape: JsonObject = Array.isArray(value)
      ? { items: { enum: value } }
      : { properties: Object.fromEntries(Object.entries(value).map(([key, member]) => [key, { const: member }])) };
    this.#ofConstants.set(value, shape);
    return shape;
  }
}

/** The values that `const` or `enum` allow; undefined where neither is there. */
export function constantsOf(schema: JsonObject): readonly JsonValue[] | undefined {
  if (schema.const !== undefined) return [schema.const];
  return Array.isArray(schema.enum) ? schema.enum : undefined;
}

/** The types that all parts allow. */
export function typesOf({ parts }: View): ReadonlySet<ValueType> {
  let types = new Set(ALL_TYPES);
  for (const part of parts) types = types.intersection(typesOfPart(part));
  return types;
}

export function typesOfPart(part: JsonObject): ReadonlySet<ValueType> {
  const constants = constantsOf(part);
  const named = part.type === undefined ? undefined : [part.type].flat();
  const types = new Set<ValueType>(
    named
      ? (named.flatMap((name) => (name === 'number' ? ['integer', 'fraction'] : [name])) as ValueType[])
      : ALL_TYPES,
  );
  return constants ? types.intersection(new Set(constants.map(typeOfValue))) : types;
}

function typeOfValue(value: JsonValue): ValueType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'fraction';
  return typeof value as 'boolean' | 'string' | 'object';
}
