import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileSchema } from '../schema.ts';

function fault(definition: unknown): string {
  const text = typeof definition === 'string' ? definition : JSON.stringify(definition);
  const schema = compileSchema('AVRO', text);
  return schema.kind === 'faulty' ? schema.detail : 'none';
}

const record = (fields: unknown, more: object = {}): object => ({ type: 'record', name: 'R', fields, ...more });
const field = (type: unknown, more: object = {}): object => ({ name: 'f', type, ...more });

test('what the specification allows is a definition', () => {
  for (const definition of [
    '"string"',
    { type: 'string' },
    { type: 'long', logicalType: 'timestamp-millis' },
    { type: 'bytes', logicalType: 'decimal', precision: 4, scale: 2 },
    { type: 'array', items: 'int', default: [] },
    { type: 'map', values: ['null', 'string'] },
    { type: 'fixed', name: 'Md5', size: 16 },
    { type: 'fixed', name: 'Nothing', size: 0 },
    { type: 'enum', name: 'Suit', symbols: ['SPADES', 'HEARTS'], default: 'HEARTS' },
    record([]),
    { ...record([]), type: 'error' },
    record([field('int', { doc: 'x', order: 'ignore', aliases: ['g'], unknown: 1 })], { aliases: ['Old', 'ns.Older'] }),
    record([field(['null', 'R'])]),
    record([field({ type: 'array', items: 'R' })]),
    record([field({ type: 'fixed', name: 'a.F', size: 1 }), { name: 'g', type: 'a.F' }]),
    record([field({ type: 'enum', name: 'E', symbols: [] }), { name: 'g', type: { type: 'E' } }]),
    record([field({ type: 'fixed', name: 'F', size: 1 }), { name: 'g', type: 'n.F' }], { namespace: 'n' }),
    record([field({ type: 'fixed', name: 'F', namespace: 'm', size: 1 }), { name: 'g', type: 'm.F' }], { name: 'n.R' }),
    record([field(['null', 'string', { type: 'map', values: 'int' }, { type: 'array', items: 'int' }])]),
  ]) {
    assert.equal(fault(definition), 'none', JSON.stringify(definition));
  }
});

const faults: readonly (readonly [definition: unknown, detail: string])[] = [
  ['', 'must be JSON, got ""'],
  ['string', 'must be JSON, got "string"'],
  ["{'type': 'string'}", `must be JSON, got "{'type': 'string'}"`],
  ['5', 'a type must be a name, an array or an object, got 5'],
  ['null', 'a type must be a name, an array or an object, got null'],
  ['"text"', 'a type must be defined before it is used, got "text"'],
  [['null', 'string'], 'a definition must have one top-level type, got a union'],
  [{}, 'type must be a name, got none'],
  [{ type: { type: 'int' } }, 'type must be a name, got an object'],
  [{ type: 'array' }, 'an array must have "items", got none'],
  [{ type: 'map' }, 'a map must have "values", got none'],
  [{ type: 'fixed', name: 'F' }, 'a fixed must have "size", got none'],
  [{ type: 'fixed', name: 'F', size: -1 }, 'size must be a whole number from 0 to 2147483647, got -1'],
  ['{"type":"fixed","name":"F","size":1.0}', 'size must be a whole number from 0 to 2147483647, got 1.0'],
  [{ type: 'fixed', name: 'F', size: '1' }, 'size must be a whole number from 0 to 2147483647, got "1"'],
  [{ type: 'fixed', name: 'F', size: 2 ** 31 }, 'size must be a whole number from 0 to 2147483647, got 2147483648'],
  [{ type: 'enum', name: 'E' }, 'an enum must have "symbols", got none'],
  [{ type: 'enum', name: 'E', symbols: 'A' }, 'symbols must be an array, got "A"'],
  [{ type: 'enum', name: 'E', symbols: ['A', 'A'] }, 'symbols must differ, got "A" again'],
  [
    { type: 'enum', name: 'E', symbols: ['a-b'] },
    'a symbol must start with a letter or "_" and go on with these or digits, got "a-b"',
  ],
  [
    { type: 'enum', name: 'E', symbols: ['A'], default: 'B' },
    'the default of an enum must be one of its symbols, got "B"',
  ],
  [{ type: 'record', fields: [] }, 'name must be a string, got a undefined'],
  [{ type: 'record', name: 'R' }, 'a record must have "fields", got none'],
  [record({}), 'fields must be an array, got an object'],
  [record([5]), 'a field must be an object, got 5'],
  [record([{ name: 'f' }]), 'a field must have "type", got none'],
  [
    record([{ type: 'int' }]),
    'the name of a field must start with a letter or "_" and go on with these or digits, got a undefined',
  ],
  [
    record([{ name: '1a', type: 'int' }]),
    'the name of a field must start with a letter or "_" and go on with these or digits, got "1a"',
  ],
  [record([field('int'), field('long')]), 'fields must differ in name, got "f" again'],
  [record([field('int', { aliases: 'g' })]), 'aliases must be an array, got "g"'],
  [record([field('S')]), 'a type must be defined before it is used, got "S"'],
  [record([field(record([]))]), 'a name must be defined once, got "R" again'],
  [
    record([], { name: 'a..b' }),
    'each part of a name must start with a letter or "_" and go on with these or digits, got ""',
  ],
  [record([], { namespace: 5 }), 'namespace must be a string, got a number'],
  [record([], { name: 'int' }), 'name must not be that of a primitive, got "int"'],
  [record([field([])]), 'a union must have branches, got none'],
  [record([field(['int', 'int'])]), 'a union must have each type once, got "int" again'],
  [record([field(['int', ['long']])]), 'a union must not have a union as its branch'],
  [
    record([field(['null', { type: 'array', items: 'int' }, { type: 'array', items: 'long' }])]),
    'a union must have each type once, got "array" again',
  ],
  [
    record([field('int', { default: 'x' })]),
    'the default of field "f" of "R": it must be an integer of 32 bits, got "x"',
  ],
  [record([field(['null', 'int'], { default: 'x' })]), 'the default of field "f" of "R": it must be null, got "x"'],
  [
    record([field({ type: 'array', items: 'int' }, { default: [1, 'x'] })]),
    'the default of field "f" of "R": it[1] must be an integer of 32 bits, got "x"',
  ],
  ['['.repeat(2_000), 'JSON must nest at most 1000 levels deep'],
];

for (const [definition, detail] of faults) {
  const text = typeof definition === 'string' ? definition : JSON.stringify(definition);
  test(`${text.slice(0, 100)} is refused: ${detail}`, () => assert.equal(fault(definition), detail));
}

test('a default is of the first branch of a union, and may leave out fields with defaults of their own', () => {
  assert.equal(fault(record([field(['null', 'int'], { default: null })])), 'none');
  assert.equal(fault(record([field(['int', 'null'], { default: 5 })])), 'none');
  assert.match(fault(record([field(['null', 'int'], { default: 5 })])), /it must be null, got 5/);
  assert.match(
    fault(record([field(['int', 'null'], { default: null })])),
    /it must be an integer of 32 bits, got null/,
  );
  const inner = { type: 'record', name: 'I', fields: [field('int', { default: 1 }), { name: 'g', type: 'int' }] };
  assert.equal(fault(record([field(inner, { default: { g: 1 } })])), 'none');
  assert.match(fault(record([field(inner, { default: { f: 1 } })])), /must have field "g", got none/);
});

test('a name without a namespace is sought in the one around it alone', () => {
  const inner = (type: string): object => ({ type: 'record', name: 'n.I', fields: [field(type)] });
  const around = (type: string): object =>
    record([field({ type: 'fixed', name: 'F', size: 1 }), { name: 'g', type: inner(type) }]);
  assert.equal(fault(around('F')), 'a type must be defined before it is used, got "F"');
  assert.equal(fault(around('I')), 'none');
  assert.equal(fault(around('n.I')), 'none');
});

test('names that every object has are names like any other', () => {
  const definition =
    '{"type":"record","name":"__proto__","fields":[{"name":"__proto__","type":"int"},{"name":"constructor","type":"int"}]}';
  const schema = compileSchema('AVRO', definition);
  assert.equal(schema.kind, 'schema');
  if (schema.kind !== 'schema') return;
  const check = (json: string) => schema.validate(Buffer.from(json), 'JSON');
  assert.equal(check('{"__proto__":1,"constructor":2}'), undefined);
  assert.equal(check('{"__proto__":1}'), '$ must have field "constructor", got none');
  assert.equal(check('{"constructor":1}'), '$ must have field "__proto__", got none');
  assert.equal(fault('{"type":"constructor"}'), 'a type must be defined before it is used, got "constructor"');
  assert.equal(fault('{"type":"__proto__"}'), 'a type must be defined before it is used, got "__proto__"');
  assert.equal(({} as Record<string, unknown>).f, undefined);
});

test('hostile definitions are answered in a moment', () => {
  const names = Array.from({ length: 4_000 }, (_, i) => `R${i}`);
  const startMs = performance.now();
  for (const definition of [
    '['.repeat(300_000),
    '{"type":'.repeat(30_000),
    '"'.repeat(300_000),
    `"${'\\"'.repeat(140_000)}`,
    JSON.stringify(record(names.map((name) => ({ name, type: 'int' })))),
    JSON.stringify(record([field(names.map((name) => ({ type: 'fixed', name, size: 1 })))])),
    JSON.stringify({ type: 'enum', name: 'E', symbols: names }),
  ]) {
    compileSchema('AVRO', definition);
  }
  assert.ok(performance.now() - startMs < 10_000);
});
