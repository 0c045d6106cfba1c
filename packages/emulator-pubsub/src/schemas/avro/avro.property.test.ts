import assert from 'node:assert/strict';
import { test } from 'node:test';
import avro from 'avsc';
import fc from 'fast-check';
import { compatibilityFault, compileSchema } from '../schema.ts';

// What another implementation writes has to fit, and what is no longer what it wrote must not.

type Tree =
  | { readonly is: 'primitive'; readonly name: string }
  | { readonly is: 'array' | 'map'; readonly of: Tree }
  | { readonly is: 'enum' | 'fixed' }
  | { readonly is: 'record'; readonly fields: readonly Tree[] }
  | { readonly is: 'optional'; readonly of: Tree };

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({
      is: fc.constant('primitive' as const),
      name: fc.constantFrom('boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'),
    }),
    fc.record({ is: fc.constantFrom('enum' as const, 'fixed' as const) }),
    fc.record({ is: fc.constantFrom('array' as const, 'map' as const), of: tie('tree') }),
    fc.record({ is: fc.constant('record' as const), fields: fc.array(tie('tree'), { minLength: 1, maxLength: 4 }) }),
    fc.record({ is: fc.constant('optional' as const), of: tie('tree') }),
  ),
}));

/** Named by their place, so that two trees of one form have the same names. */
function schemaOf(node: Tree, name = 'T', isBranch = false): avro.Schema {
  switch (node.is) {
    case 'primitive':
      return node.name as avro.Schema;
    case 'enum':
      return { type: 'enum', name, symbols: ['A', 'B', 'C'] };
    case 'fixed':
      return { type: 'fixed', name, size: 3 };
    case 'array':
      return { type: 'array', items: schemaOf(node.of, `${name}I`) };
    case 'map':
      return { type: 'map', values: schemaOf(node.of, `${name}V`) };
    case 'record': {
      const fields = node.fields.map((each, i) => ({ name: `f${i}`, type: schemaOf(each, `${name}${i}`) }));
      return { type: 'record', name, fields };
    }
    case 'optional':
      // A union is no branch of a union.
      return isBranch ? schemaOf(node.of, name, true) : (['null', schemaOf(node.of, `${name}O`, true)] as avro.Schema);
    default:
      return node satisfies never;
  }
}

/** The top is a record: a union cannot be. */
const topOf = (node: Tree): avro.Schema => schemaOf({ is: 'record', fields: [node] });

function compiled(schema: avro.Schema) {
  const result = compileSchema('AVRO', JSON.stringify(schema));
  assert.equal(result.kind, 'schema', `${JSON.stringify(schema)} ${'detail' in result ? result.detail : ''}`);
  if (result.kind !== 'schema') throw new Error();
  return result;
}

test('what another implementation writes fits, in JSON and in binary', () => {
  fc.assert(
    fc.property(tree, (node) => {
      const schema = topOf(node);
      const type = avro.Type.forSchema(schema, { wrapUnions: 'always' });
      const value = type.random();
      const bytes = type.toBuffer(value);
      const { validate } = compiled(schema);
      assert.equal(validate(bytes, 'BINARY'), undefined, bytes.toString('hex'));
      const json = type.toString(value);
      assert.equal(validate(Buffer.from(json), 'JSON'), undefined, json);
    }),
    { numRuns: 500 },
  );
});

test('what is cut short or goes on fits no more', () => {
  fc.assert(
    fc.property(tree, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (node, part) => {
      const schema = topOf(node);
      const type = avro.Type.forSchema(schema, { wrapUnions: 'always' });
      const bytes = type.toBuffer(type.random());
      const { validate } = compiled(schema);
      assert.notEqual(validate(Buffer.concat([bytes, Buffer.alloc(1)]), 'BINARY'), undefined);
      assert.notEqual(validate(bytes.subarray(0, Math.floor(bytes.length * part)), 'BINARY'), undefined);
    }),
    { numRuns: 500 },
  );
});

test('any bytes fit or have a bounded fault, in either encoding', () => {
  fc.assert(
    fc.property(tree, fc.uint8Array({ maxLength: 60 }), fc.json(), (node, bytes, json) => {
      const { validate } = compiled(topOf(node));
      for (const fault of [
        validate(Buffer.from(bytes), 'BINARY'),
        validate(Buffer.from(bytes), 'JSON'),
        validate(Buffer.from(json), 'JSON'),
        validate(Buffer.from(`{"f0":${json}}`), 'JSON'),
      ]) {
        assert.ok(fault === undefined || fault.length < 500, fault);
      }
    }),
    { numRuns: 500 },
  );
});

/** Whether the other implementation reads with the one what was written with the other. */
function isReadable(reader: avro.Schema, writer: avro.Schema): boolean {
  const [to, from] = [reader, writer].map((schema) => avro.Type.forSchema(schema, { wrapUnions: 'always' }));
  try {
    if (from !== undefined) to?.createResolver(from);
    return true;
  } catch {
    return false;
  }
}

test('revisions are compatible where another implementation reads each with the other', () => {
  let compatible = 0;
  fc.assert(
    fc.property(tree, tree, fc.boolean(), (before, after, isSame) => {
      const [old, next] = [topOf(before), topOf(isSame ? before : after)];
      const expected = isReadable(old, next) && isReadable(next, old);
      const fault = compatibilityFault('AVRO', JSON.stringify(old), JSON.stringify(next));
      assert.equal(fault === undefined, expected, `${JSON.stringify(old)} ${JSON.stringify(next)}: ${fault}`);
      if (expected) compatible++;
    }),
    { numRuns: 1_000 },
  );
  assert.ok(compatible > 300 && compatible < 800, `${compatible} were compatible`);
});
