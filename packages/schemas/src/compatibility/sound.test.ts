import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compileClientSchema } from '../client-schema/client-schema.ts';
import type { Dialect } from '../client-schema/dialect.ts';
import type { JsonValue } from '../json/strict-json.ts';
import { changed, namesAll } from '../testing/compatibility.ts';
import { instance, schemaOf } from '../testing/schemas.ts';
import { checkBackward } from './compatibility.ts';

describe('checkBackward, held against values', () => {
  for (const dialect of ['draft-07', '2019-09', '2020-12'] as const satisfies readonly Dialect[]) {
    it(`calls nothing compatible by ${dialect} that refuses what was accepted and named`, () => {
      const counts = { compatible: 0, held: 0 };
      const pair = fc
        .tuple(schemaOf(dialect), schemaOf(dialect))
        .chain(([older, donor]) => fc.tuple(fc.constant(older), changed(older, donor)));
      fc.assert(
        fc.property(pair, fc.array(instance, { minLength: 30, maxLength: 30 }), ([older, newer], values) => {
          if (checkBackward(older, newer).kind !== 'compatible') return;
          counts.compatible++;
          const [before, after] = [compileClientSchema(older), compileClientSchema(newer)];
          // One that is refused is still compatible with itself.
          if (before.kind === 'refused' || after.kind === 'refused') return;
          for (const value of values) {
            if (before.validator.violations(value).length !== 0 || !namesAll(older, dialect, value)) continue;
            counts.held++;
            assert.deepEqual(after.validator.violations(value), [], JSON.stringify({ older, newer, value }));
          }
        }),
        { numRuns: 1_000 },
      );
      assert.ok(counts.compatible > 100 && counts.held > 300, JSON.stringify(counts));
    });
  }

  it('calls every schema compatible with itself', () => {
    fc.assert(
      fc.property(schemaOf('2020-12'), (schema) => {
        assert.equal(checkBackward(schema, structuredClone(schema) as JsonValue).kind, 'compatible');
      }),
      { numRuns: 300 },
    );
  });
});
