import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readDecimal } from './decimal.ts';

test('a value has one form, however it is written', () => {
  for (const text of ['10.25', '010.250', '1025e-2', '0.1025E+2', '1.025e1']) {
    assert.deepEqual(readDecimal(text), { isNegative: false, digits: '1025', point: 2 }, text);
  }
  assert.deepEqual(readDecimal('-0.00120'), { isNegative: true, digits: '12', point: -2 });
  assert.equal(readDecimal('-000.0e7')?.digits, '');
});

test('what is no number is none', () => {
  for (const text of ['', '-', '.5', '5.', '+1', '1e', 'NaN', 'Infinity', ' 1', '1 ', '0x1', '1_0', '１']) {
    assert.equal(readDecimal(text), undefined, text);
  }
});

test('the form gives back every double that JavaScript prints', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const { isNegative, digits, point } = readDecimal(String(value)) ?? assert.fail(String(value));
      assert.equal(Number(`${isNegative ? '-' : ''}0.${digits}e${point}`), value === 0 ? 0 : value);
    }),
  );
});
