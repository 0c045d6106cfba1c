import fc from 'fast-check';
import type { Dialect } from '../client-schema/dialect.ts';
import type { JsonValue } from '../json/strict-json.ts';

export const DIALECT_URI: Readonly<Record<Dialect, string>> = {
  'draft-07': 'http://json-schema.org/draft-07/schema#',
  '2019-09': 'https://json-schema.org/draft/2019-09/schema',
  '2020-12': 'https://json-schema.org/draft/2020-12/schema',
};

/** None of Object.prototype's: ajv calls the `toString` of a value, and takes `constructor` for what it is not. */
const name = fc.constantFrom('a', 'b', 'ab', 'b1');
const scalar: fc.Arbitrary<JsonValue> = fc.constantFrom<JsonValue[]>(
  ...[null, true, false, -1, 0, 1, 2, 3, 0.5, 1.5, '', 'a', 'b', 'ab', 'abc', 'b1', '😀'],
);

/** Values of the small world that the schemas below talk about. */
export const instance: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { weight: 3, arbitrary: scalar },
    { weight: 2, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
    { weight: 3, arbitrary: fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }) },
  ),
})).value;

const smallInt = fc.integer({ min: 0, max: 3 });
const limit = fc.constantFrom(-1, 0, 0.5, 1, 2, 3);
const pattern = fc.constantFrom('a', '^a', 'b$', '^[a-b]+$', '^.$', '\\d', '^(?:ab|b1)$', '');
const typeName = fc.constantFrom('null', 'boolean', 'number', 'integer', 'string', 'array', 'object');
const names = fc.uniqueArray(name, { maxLength: 3 });
const DEFINITIONS = ['x', 'y'];

/**
 * Schemas of a dialect that use every keyword that the client's schemas may, and refer to definitions of their own. Many
 * are endless, which a validator refuses.
 */
export function schemaOf(dialect: Dialect): fc.Arbitrary<JsonValue> {
  const definitions = dialect === 'draft-07' ? 'definitions' : '$defs';
  const { schema } = fc.letrec<{ schema: JsonValue }>((tie) => {
    const sub = tie('schema');
    const list = fc.array(sub, { minLength: 1, maxLength: 3 });
    const map = fc.dictionary(name, sub, { maxKeys: 3, noNullPrototype: true });
    const keywords: Record<string, fc.Arbitrary<JsonValue>> = {
      type: fc.oneof(typeName, fc.uniqueArray(typeName, { minLength: 1, maxLength: 3 })),
      enum: fc.uniqueArray(instance, { minLength: 1, maxLength: 4, selector: (value) => JSON.stringify(value) }),
      const: instance,
      minimum: limit,
      maximum: limit,
      exclusiveMinimum: limit,
      exclusiveMaximum: limit,
      multipleOf: fc.constantFrom(0.5, 1, 2),
      minLength: smallInt,
      maxLength: smallInt,
      pattern,
      minItems: smallInt,
      maxItems: smallInt,
      uniqueItems: fc.boolean(),
      contains: sub,
      minProperties: smallInt,
      maxProperties: smallInt,
      required: names,
      properties: map,
      patternProperties: fc.dictionary(pattern, sub, { maxKeys: 2, noNullPrototype: true }),
      additionalProperties: sub,
      propertyNames: fc.oneof(sub, fc.record({ pattern }), fc.record({ maxLength: smallInt })),
      allOf: list,
      anyOf: list,
      oneOf: list,
      not: sub,
      if: sub,
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's keyword
      then: sub,
      else: sub,
      $ref: fc.constantFrom('#', ...DEFINITIONS.map((key) => `#/${definitions}/${key}`)),
      format: fc.constantFrom('email', 'date-time', 'unheard-of'),
      title: fc.string({ maxLength: 3 }),
    };
    if (dialect === 'draft-07') {
      keywords.dependencies = fc.dictionary(name, fc.oneof(sub, names), { maxKeys: 2, noNullPrototype: true });
    } else {
      keywords.dependentSchemas = map;
      keywords.dependentRequired = fc.dictionary(name, names, { maxKeys: 2, noNullPrototype: true });
      keywords.minContains = smallInt;
      keywords.maxContains = smallInt;
      keywords.unevaluatedProperties = sub;
      keywords.unevaluatedItems = sub;
    }
    if (dialect === '2020-12') {
      keywords.prefixItems = list;
      keywords.items = sub;
    } else {
      keywords.items = fc.oneof(sub, list);
      keywords.additionalItems = sub;
    }
    const few = fc
      .uniqueArray(fc.constantFrom(...Object.keys(keywords)), { maxLength: 4 })
      .chain((chosen) => fc.record(Object.fromEntries(chosen.map((key) => [key, keywords[key] ?? fc.constant(true)]))));
    return {
      schema: fc.oneof(
        { maxDepth: 3, depthSize: 'small' },
        { weight: 1, arbitrary: fc.constantFrom<JsonValue[]>(true, false, {}, { type: 'string' }, { minimum: 1 }) },
        { weight: 6, arbitrary: few as fc.Arbitrary<JsonValue> },
      ),
    };
  });
  return fc
    .tuple(schema, schema, schema)
    .map(([root, x, y]) =>
      typeof root === 'boolean'
        ? root
        : { ...(root as object), $schema: DIALECT_URI[dialect], [definitions]: { x, y } },
    );
}
