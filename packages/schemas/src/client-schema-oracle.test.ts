import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ajv, type Options } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { isJsonObject } from './canonical-json.ts';
import { compileClientSchema } from './client-schema.ts';
import type { Dialect } from './client-schema-dialect.ts';
import { MAX_VIOLATIONS } from './client-validation.ts';
import type { JsonValue } from './strict-json.ts';
import { instance, schemaOf } from './test-schemas.ts';

const AJV = { 'draft-07': Ajv, '2019-09': Ajv2019, '2020-12': Ajv2020 } as const;

/** Undefined where ajv's code breaks on a value, as it does where `patternProperties` meet `additionalProperties` in a branch. */
function ajvVerdict(dialect: Dialect, schema: JsonValue): (value: JsonValue) => boolean | undefined {
  const options: Options = { strict: false, logger: false, validateFormats: false, validateSchema: false };
  const ajv = new AJV[dialect]({ ...options, ownProperties: true, code: { optimize: false } });
  const meant = dialect === 'draft-07' ? withReferencesAlone(schema) : schema;
  const validate = ajv.compile(meant as object | boolean);
  return (value) => {
    try {
      return validate(value) as boolean;
    } catch {
      return undefined;
    }
  };
}

/** By draft-07, `$ref` silences what stands beside it; ajv has an option for that, which forgets `type`. */
function withReferencesAlone(schema: JsonValue): JsonValue {
  if (Array.isArray(schema)) return schema.map(withReferencesAlone);
  if (!isJsonObject(schema)) return schema;
  const kept = Object.entries(schema).filter(([key]) => schema.$ref === undefined || /^(\$ref|definitions)$/.test(key));
  return Object.fromEntries(kept.map(([key, value]) => [key, withReferencesAlone(value)]));
}

/**
 * Where ajv is known to be wrong: for `contains` with an empty array, or beside a list for the first items, and in what
 * it leaves unevaluated.
 */
function isBeyondAjv(schema: JsonValue, value: JsonValue): boolean {
  const text = JSON.stringify(schema);
  if (!text.includes('"contains"')) return false;
  return /unevaluatedItems|prefixItems|"items":\[/.test(text) || JSON.stringify(value).includes('[]');
}

describe('compileClientSchema against ajv', () => {
  for (const dialect of Object.keys(AJV) as Dialect[]) {
    it(`decides as ajv does by ${dialect}`, () => {
      let decided = 0;
      fc.assert(
        fc.property(schemaOf(dialect), fc.array(instance, { minLength: 8, maxLength: 8 }), (schema, values) => {
          const compiled = compileClientSchema(schema);
          if (compiled.kind === 'refused') {
            assert.match(
              compiled.detail,
              /lead back to itself|more than \d+ subschemas/,
              JSON.stringify([schema, compiled]),
            );
            return;
          }
          const isValid = ajvVerdict(dialect, schema);
          for (const value of values) {
            const violations = compiled.validator.violations(value);
            const expected = isValid(value);
            if (expected === undefined || isBeyondAjv(schema, value)) continue;
            assert.equal(violations.length === 0, expected, JSON.stringify({ schema, value, violations }));
            assert.ok(violations.length <= MAX_VIOLATIONS);
            for (const { pointer, detail } of violations)
              assert.ok(pointer.length <= 128 && detail.length < 400, detail);
            decided++;
          }
        }),
        { numRuns: 400 },
      );
      assert.ok(decided > 400, `only ${decided} verdicts were compared`);
    });
  }
});
