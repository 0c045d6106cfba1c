import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileSchema } from '../schema.ts';

function fault(type: unknown, hex: string | Buffer): string | undefined {
  const schema = compileSchema('AVRO', JSON.stringify(type));
  assert.equal(schema.kind, 'schema', 'detail' in schema ? schema.detail : '');
  const data = typeof hex === 'string' ? Buffer.from(hex.replaceAll(' ', ''), 'hex') : hex;
  return schema.kind === 'schema' ? schema.validate(data, 'BINARY') : undefined;
}

const array = (items: unknown): object => ({ type: 'array', items });
const list = {
  type: 'record',
  name: 'List',
  fields: [
    { name: 'value', type: 'int' },
    { name: 'next', type: ['null', 'List'] },
  ],
};
const MORE = 'a message must hold its whole value, got its end at';

const cases: readonly (readonly [type: unknown, hex: string, expected: string | undefined])[] = [
  ['null', '', undefined],
  ['null', '00', 'a message must end with its value, got 1 bytes more'],
  ['boolean', '01', undefined],
  ['boolean', '02', 'a boolean must be 0 or 1, got 2 before 1'],
  ['boolean', '', `${MORE} 0`],
  ['int', '00', undefined],
  ['int', 'feffffff0f', undefined],
  ['int', 'ffffffff0f', undefined],
  ['int', 'ffffffff1f', 'an integer must fit 32 bits, got more at 0'],
  ['int', '808080808000', 'an integer must fit 32 bits, got more at 0'],
  ['int', '80', `${MORE} 1`],
  ['long', 'ffffffffffffffffff01', undefined],
  ['long', 'feffffffffffffffff01', undefined],
  ['long', 'ffffffffffffffffff03', 'an integer must fit 64 bits, got more at 0'],
  ['long', 'ffffffffffffffffffff01', 'an integer must fit 64 bits, got more at 0'],
  ['float', '00000000', undefined],
  ['float', '000000', `${MORE} 3`],
  ['double', '0000000000000000', undefined],
  ['double', '00000000000000', `${MORE} 7`],
  ['bytes', '04 ffff', undefined],
  ['bytes', '04 ff', 'a length must be that of bytes that follow, got 2 before 1'],
  ['bytes', '01', 'a length must be that of bytes that follow, got -1 before 1'],
  ['bytes', 'feffffffffffffffff01', 'a length must be that of bytes that follow, got 9223372036854775807 before 10'],
  ['string', '04 c3a9', undefined],
  ['string', '02 c3', 'a string must be UTF-8, got other bytes at 0'],
  [{ type: 'fixed', name: 'F', size: 2 }, 'ffff', undefined],
  [{ type: 'fixed', name: 'F', size: 2 }, 'ff', `${MORE} 1`],
  [{ type: 'fixed', name: 'F', size: 0 }, '', undefined],
  [{ type: 'enum', name: 'E', symbols: ['A', 'B'] }, '02', undefined],
  [{ type: 'enum', name: 'E', symbols: ['A', 'B'] }, '04', 'a symbol must be from 0 to 1, got 2 before 1'],
  [{ type: 'enum', name: 'E', symbols: ['A', 'B'] }, '01', 'a symbol must be from 0 to 1, got -1 before 1'],
  [array('int'), '00', undefined],
  [array('int'), '04 02 04 00', undefined],
  [array('int'), '02 02 02 04 00', undefined],
  [array('int'), '03 04 02 04 00', undefined],
  [array('int'), '03 06 02 04 00 00', 'a block must end where it says, got 4'],
  [array('int'), '04 02 04', `${MORE} 3`],
  [array('int'), '', `${MORE} 0`],
  [{ type: 'map', values: 'int' }, '02 02 61 02 00', undefined],
  [{ type: 'map', values: 'int' }, '02 02 ff 02 00', 'a string must be UTF-8, got other bytes at 1'],
  [list, '02 00', undefined],
  [list, '02 02 04 00', undefined],
  [list, '02 04', 'a branch must be from 0 to 1, got 2 before 2'],
  [list, '02', `${MORE} 1`],
];

for (const [type, hex, expected] of cases) {
  test(`${hex === '' ? 'no bytes' : hex} as ${JSON.stringify(type).slice(0, 70)}: ${expected ?? 'fits'}`, () =>
    assert.equal(fault(type, hex), expected));
}

test('items without bytes are not counted through', () => {
  const startMs = performance.now();
  assert.equal(fault(array('null'), 'feffffffffffffffff01 00'), undefined);
  assert.equal(fault(array({ type: 'record', name: 'R', fields: [] }), 'ffffffffffffffffff01 00 00'), undefined);
  assert.ok(performance.now() - startMs < 10_000);
});

test('what a definition doubles at each step is given up', () => {
  const doubling = Array.from({ length: 60 }, (_, i) => ({
    name: `f${i}`,
    type: {
      type: 'record',
      name: `R${i}`,
      fields: i === 0 ? [] : ['a', 'b'].map((name) => ({ name, type: `R${i - 1}` })),
    },
  }));
  const startMs = performance.now();
  assert.equal(
    fault({ type: 'record', name: 'Top', fields: doubling }, ''),
    'a message must not hold more values than its bytes can mean',
  );
  assert.ok(performance.now() - startMs < 10_000);
});

test('a message nests at most 1000 levels deep, and one without an end is given up', () => {
  const nested = (levels: number): Buffer => Buffer.from(`${'0202'.repeat(levels)}0200`, 'hex');
  assert.equal(fault(list, nested(400)), undefined);
  assert.equal(fault(list, nested(2_000_000)), 'a message must nest at most 1000 levels deep');
  const endless = { type: 'record', name: 'R', fields: [{ name: 'r', type: 'R' }] };
  assert.equal(fault(endless, ''), 'a message must nest at most 1000 levels deep');
});

test('10 MB of small values take a moment', () => {
  const startMs = performance.now();
  const bytes = Buffer.alloc(10_000_000, 2);
  bytes.write('feffff7f', 'hex');
  assert.equal(fault(array('int'), bytes), `${MORE} 10000000`);
  assert.ok(performance.now() - startMs < 10_000);
});
