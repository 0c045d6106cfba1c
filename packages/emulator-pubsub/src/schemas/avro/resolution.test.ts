import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compatibilityFault } from '../schema.ts';

const fault = (before: unknown, after: unknown): string | undefined =>
  compatibilityFault('AVRO', JSON.stringify(before), JSON.stringify(after));

const record = (...fields: readonly object[]): object => ({ type: 'record', name: 'R', fields });
const id = { name: 'id', type: 'int' };
const note = { name: 'note', type: ['null', 'string'] };
const withDefault = { ...note, default: null };
const suit = (symbols: readonly string[], more: object = {}): object =>
  record({ name: 's', type: { type: 'enum', name: 'Suit', symbols, ...more } });

test('a field with a default may be added and removed', () => {
  assert.equal(fault(record(id), record(id, withDefault)), undefined);
  assert.equal(fault(record(id, withDefault), record(id)), undefined);
  assert.equal(fault(record(id, withDefault), record(withDefault, id)), undefined);
});

test('a field without a default may be neither added nor removed', () => {
  const missing = '$ must have a default for field "note", which the other revision does not have';
  assert.equal(fault(record(id), record(id, note)), missing);
  assert.equal(fault(record(id, note), record(id)), missing);
});

test('a field keeps a type that reads in both directions', () => {
  const typed = (type: unknown): object => record({ name: 'f', type });
  for (const [before, after] of [
    ['string', 'bytes'],
    ['bytes', 'string'],
    [
      { type: 'array', items: 'string' },
      { type: 'array', items: 'bytes' },
    ],
    [
      { type: 'map', values: 'int' },
      { type: 'map', values: 'int' },
    ],
    [
      ['null', 'int'],
      ['int', 'null'],
    ],
    ['int', ['int']],
  ]) {
    assert.equal(fault(typed(before), typed(after)), undefined, JSON.stringify([before, after]));
  }
  for (const [before, after, expected] of [
    ['int', 'long', 'got long for int'],
    ['long', 'int', 'got long for int'],
    ['float', 'double', 'got double for float'],
    ['int', 'string', 'got int for string'],
    [['null', 'int'], 'int', 'got null for int'],
    ['int', ['null', 'int'], 'got null for int'],
    [['null', 'int'], ['null', 'int', 'string'], '$.f must have a branch that reads "string", got none'],
    [{ type: 'array', items: 'int' }, { type: 'map', values: 'int' }, 'got array for map'],
    [{ type: 'array', items: 'int' }, { type: 'array', items: 'boolean' }, '$.f[] must stay readable'],
    [{ type: 'fixed', name: 'F', size: 1 }, { type: 'fixed', name: 'F', size: 2 }, 'got fixed "F" for fixed "F"'],
    [{ type: 'fixed', name: 'F', size: 1 }, { type: 'fixed', name: 'G', size: 1 }, 'got fixed "F" for fixed "G"'],
  ] as const) {
    assert.ok(
      fault(typed(before), typed(after))?.includes(expected),
      `${expected}: ${fault(typed(before), typed(after))}`,
    );
  }
});

test('a record keeps its name, its namespace apart; each of both revisions may know the other by an alias', () => {
  const named = (name: string, aliases: readonly string[] = []): object => ({
    type: 'record',
    name,
    aliases,
    fields: [id],
  });
  assert.equal(fault(named('a.R'), named('b.R')), undefined);
  assert.equal(fault(named('R'), named('S')), '$ must stay readable across revisions, got record "R" for record "S"');
  assert.equal(fault(named('R', ['S']), named('S', ['R'])), undefined);
  assert.equal(
    fault(record({ name: 'a', aliases: ['b'], type: 'int' }), record({ name: 'b', aliases: ['a'], type: 'int' })),
    undefined,
  );
});

test('an enum may gain and lose symbols where both revisions have a default', () => {
  assert.equal(
    fault(suit(['A']), suit(['A', 'B'])),
    '$.s must have symbol "B" or a default, since the other revision has it',
  );
  assert.match(fault(suit(['A', 'B']), suit(['A'])) ?? '', /must have symbol "B"/);
  assert.equal(fault(suit(['A'], { default: 'A' }), suit(['A', 'B'])), undefined);
  assert.equal(fault(suit(['A', 'B'], { default: 'A' }), suit(['A', 'C'], { default: 'A' })), undefined);
});

test('a recursive record is compared to its end', () => {
  const node = (type: unknown): object => ({
    type: 'record',
    name: 'Node',
    fields: [
      { name: 'next', type: ['null', 'Node'] },
      { name: 'value', type },
    ],
  });
  assert.equal(fault(node('int'), node('int')), undefined);
  assert.match(fault(node('int'), node('boolean')) ?? '', /^\$\.value must stay readable/);
});

test('large definitions are compared in a moment', () => {
  const wide = (size: number): object => ({
    type: 'record',
    name: 'R',
    fields: [{ name: 'f', type: Array.from({ length: 5_000 }, (_, i) => ({ type: 'fixed', name: `F${i}`, size })) }],
  });
  const ladder = (type: string): object => ({
    type: 'record',
    name: 'Top',
    fields: Array.from({ length: 60 }, (_, i) => ({
      name: `f${i}`,
      type: {
        type: 'record',
        name: `R${i}`,
        fields: ['a', 'b'].map((name) => ({ name, type: i === 0 ? type : `R${i - 1}` })),
      },
    })),
  });
  const startMs = performance.now();
  assert.equal(fault(wide(1), wide(1)), undefined);
  assert.match(fault(wide(1), wide(2)) ?? '', /must stay readable/);
  assert.equal(fault(ladder('int'), ladder('int')), undefined);
  assert.match(fault(ladder('int'), ladder('boolean')) ?? '', /must stay readable/);
  assert.ok(performance.now() - startMs < 10_000, String(performance.now() - startMs));
});
