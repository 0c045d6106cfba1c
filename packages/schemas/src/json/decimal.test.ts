import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { keepsItsValue } from '../testing/reference.ts';
import { isMultipleOf, survivesAsDouble } from './decimal.ts';

const SURVIVES = [
  '0', '-0', '0.0', '-0.000e5', '0e999999', '0E-999999', '1', '1.0', '1e2', '1E+2', '100e-2', '0.1', '1.10', '-12.5',
  '9007199254740991', '9007199254740992', '9007199254740994', '123456789012345680000', '1e21', '1e+22',
  '1.7976931348623157e308', '5e-324', '2.2250738585072014e-308', '0.3', '0.30000000000000004',
  `0.${'0'.repeat(1000)}1e1001`, `1${'0'.repeat(300)}`, `1${'0'.repeat(1000)}e-1000`, '1e0000000000000000000001',
] as const; // biome-ignore format: a table

const CHANGES = [
  '9007199254740993', '-9007199254740993', '0.1000000000000000055511151231257827', '0.30000000000000003',
  '1e400', '-1e400', '1e-400', '4.9e-324', '1.7976931348623158e308', '1.7976931348623159e308', '12345678901234567890',
  '1.00000000000000001', '0.1e-400', `1e${'9'.repeat(400)}`, `1e-${'9'.repeat(400)}`, '3'.repeat(400),
  `0.${'0'.repeat(1000)}1e1`,
] as const; // biome-ignore format: a table

describe('survivesAsDouble', () => {
  for (const token of SURVIVES) {
    it(`takes ${token.slice(0, 40)}`, () => assert.equal(survivesAsDouble(token), true));
  }
  for (const token of CHANGES) {
    it(`refuses ${token.slice(0, 40)}`, () => assert.equal(survivesAsDouble(token), false));
  }

  it('compares as exact fractions do', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 20 });
    const token = fc
      .record({
        sign: fc.constantFrom('', '-'),
        whole: digits.map((text) => text.replace(/^0+(?=.)/, '')),
        fraction: fc.option(digits),
        exponent: fc.option(fc.integer({ min: -350, max: 330 })),
      })
      .map(({ sign, whole, fraction, exponent }) => {
        return `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${exponent === null ? '' : `e${exponent}`}`;
      });
    fc.assert(
      fc.property(token, (text) => assert.equal(survivesAsDouble(text), keepsItsValue(text), text)),
      { numRuns: 3_000 },
    );
  });

  it('takes whatever a double is printed as, however its zeros are written', () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(double, fc.nat(30), (value, zeros) => {
        const printed = JSON.stringify(value);
        assert.equal(survivesAsDouble(printed), true);
        if (printed.includes('.') && !printed.includes('e')) {
          assert.equal(survivesAsDouble(printed + '0'.repeat(zeros)), true);
        }
      }),
    );
  });
});

describe('isMultipleOf', () => {
  it('divides as decimals are divided on paper', () => {
    const hundredths = fc.integer({ min: -1_000_000, max: 1_000_000 });
    fc.assert(
      fc.property(
        hundredths,
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: -20, max: 20 }),
        (value, divisor, power) => {
          const scaled = (digits: number): number => Number(`${digits}e${power}`);
          assert.equal(
            isMultipleOf(scaled(value), scaled(divisor)),
            value % divisor === 0,
            `${scaled(value)} / ${scaled(divisor)}`,
          );
          assert.equal(isMultipleOf(scaled(value * divisor), scaled(divisor)), true);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('bears numbers at both ends of what a double holds', () => {
    const pairs: readonly (readonly [value: number, divisor: number, expected: boolean])[] = [
      [1.7976931348623157e308, 5e-324, true],
      [5e-324, 1.7976931348623157e308, false],
      [0, 5e-324, true],
      [1e300, 7, false],
      [7e300, 7, true],
      [1e300, 0.3, false],
      [9e300, 0.3, true],
      [0.5, 3, false],
    ];
    for (const [value, divisor, expected] of pairs)
      assert.equal(isMultipleOf(value, divisor), expected, `${value} / ${divisor}`);
  });
});
