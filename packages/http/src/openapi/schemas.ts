import type { JsonSchema } from './route-doc.ts';

/** Keywords whose values are data, in which `$ref` means nothing. */
const DATA = new Set(['const', 'default', 'enum', 'example', 'examples']);

/**
 * The schemas that the document names. A schema that refers into itself (`#/$defs/…`) has to be there: inside an
 * operation its references would mean the whole document. So has one with an `$id`, which may be in a document once, and
 * is left out there.
 */
export class OpenApiSchemas {
  readonly #byName = new Map<string, unknown>();
  readonly #names = new Map<JsonSchema, string>();

  /** By name, as `components.schemas` has them. */
  toJSON(): Record<string, unknown> {
    return Object.fromEntries(this.#byName);
  }

  /** Names a schema of the document's own. */
  define(name: string, schema: JsonSchema): JsonSchema {
    if (!this.#byName.has(name)) this.#byName.set(name, schema);
    return referenceTo(name);
  }

  /**
   * The schema as it may stand in an operation.
   * @param name what to call it where it has to have a name
   */
  embed(schema: JsonSchema, name: string): JsonSchema {
    if (typeof schema === 'boolean' || !(refersToItself(schema) || '$id' in schema)) return schema;
    const known = this.#names.get(schema);
    if (known !== undefined) return referenceTo(known);
    if (this.#byName.has(name)) throw new Error(`two schemas would have the name ${name}`);
    this.#names.set(schema, name);
    const { $id: _id, $schema: _dialect, ...keywords } = schema;
    this.#byName.set(name, rebased(keywords, `#/components/schemas/${name}`));
    return referenceTo(name);
  }
}

const referenceTo = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

function refersToItself(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, part]) =>
    isOwnReference(key, part) ? true : !DATA.has(key) && refersToItself(part),
  );
}

function rebased(value: unknown, base: string): unknown {
  if (Array.isArray(value)) return value.map((part) => rebased(part, base));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => {
      if (isOwnReference(key, part)) return [key, `${base}${part.slice(1)}`];
      return [key, DATA.has(key) ? part : rebased(part, base)];
    }),
  );
}

const isOwnReference = (key: string, value: unknown): value is string =>
  key === '$ref' && typeof value === 'string' && /^#(\/|$)/.test(value);
