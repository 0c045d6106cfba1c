import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canonical, fits, shownCell, typeRule } from './fits.ts';
import { BARE_DECIMAL, type Cell, type ColumnType } from './table-transaction.ts';

const TEXT = { kind: 'text' } as const;
const INTEGER = { kind: 'integer' } as const;
const FLOAT = { kind: 'float' } as const;
const BOOLEAN = { kind: 'boolean' } as const;
const decimal = (precision: number, scale: number): ColumnType => ({ kind: 'decimal', precision, scale });
const MONEY = decimal(10, 2);

const TEXTS: readonly (readonly [ColumnType, Cell, string | null | undefined])[] = [
  [TEXT, 'a', 'a'],
  [TEXT, '', ''],
  [TEXT, ' 1.0 ', ' 1.0 '],
  [TEXT, 1, undefined],
  [TEXT, true, undefined],
  [TEXT, null, null],
  [INTEGER, 0, '0'],
  [INTEGER, -0, '0'],
  [INTEGER, 1.0, '1'],
  [INTEGER, 1e3, '1000'],
  [INTEGER, -7, '-7'],
  [INTEGER, 9007199254740991, '9007199254740991'],
  [INTEGER, 9007199254740992, '9007199254740992'],
  [INTEGER, 1e18, '1000000000000000000'],
  // The decimal that was written, 4611686018427388000, not 4611686018427387904, which is the double.
  [INTEGER, 4611686018427388000, '4611686018427388000'],
  [INTEGER, 9223372036854775000, '9223372036854775000'],
  [INTEGER, 2 ** 63, undefined],
  [INTEGER, -9223372036854775000, '-9223372036854775000'],
  [INTEGER, -(2 ** 63), undefined],
  [INTEGER, 1e300, undefined],
  [INTEGER, 1.5, undefined],
  [INTEGER, Number.NaN, undefined],
  [INTEGER, Number.POSITIVE_INFINITY, undefined],
  [INTEGER, '1', undefined],
  [INTEGER, true, undefined],
  [INTEGER, null, null],
  [FLOAT, 1, '1'],
  [FLOAT, -0, '0'],
  [FLOAT, 0.1, '0.1'],
  [FLOAT, 1e21, '1e+21'],
  [FLOAT, 5e-324, '5e-324'],
  [FLOAT, 1.7976931348623157e308, '1.7976931348623157e+308'],
  [FLOAT, Number.NaN, undefined],
  [FLOAT, Number.NEGATIVE_INFINITY, undefined],
  [FLOAT, '0.1', undefined],
  [FLOAT, false, undefined],
  [BOOLEAN, true, 'true'],
  [BOOLEAN, false, 'false'],
  [BOOLEAN, 1, undefined],
  [BOOLEAN, 'true', undefined],
  [BOOLEAN, null, null],
  [MONEY, 10.25, '10.25'],
  [MONEY, '10.25', '10.25'],
  [MONEY, '010.250', '10.25'],
  [MONEY, 0, '0'],
  [MONEY, -0, '0'],
  [MONEY, '-0.00', '0'],
  [MONEY, '000', '0'],
  [MONEY, 100, '100'],
  [MONEY, '100.00', '100'],
  [MONEY, 1e3, '1000'],
  [MONEY, 0.01, '0.01'],
  [MONEY, '-0.01', '-0.01'],
  [MONEY, 0.001, undefined],
  [MONEY, '0.001', undefined],
  [MONEY, 99999999.99, '99999999.99'],
  [MONEY, '99999999.99', '99999999.99'],
  [MONEY, 1e8, undefined],
  [MONEY, '100000000', undefined],
  [MONEY, 1e300, undefined],
  [MONEY, 1e-7, undefined],
  [MONEY, '1e3', undefined],
  [MONEY, '+1', undefined],
  [MONEY, ' 1', undefined],
  [MONEY, '1.', undefined],
  [MONEY, '.5', undefined],
  [MONEY, '1,5', undefined],
  [MONEY, '', undefined],
  [MONEY, '-', undefined],
  [MONEY, 'NaN', undefined],
  [MONEY, '1\n', undefined],
  [MONEY, '١', undefined],
  [MONEY, true, undefined],
  [MONEY, null, null],
  [decimal(38, 38), '0.00000000000000000000000000000000000001', '0.00000000000000000000000000000000000001'],
  [decimal(38, 38), 1, undefined],
  [decimal(38, 38), 1e-38, '0.00000000000000000000000000000000000001'],
  [decimal(38, 0), '9'.repeat(38), '9'.repeat(38)],
  [decimal(38, 0), '9'.repeat(39), undefined],
  [decimal(38, 0), 1e37, `1${'0'.repeat(37)}`],
  [decimal(38, 0), 1e38, undefined],
  [decimal(38, 0), 0.5, undefined],
  [BARE_DECIMAL, '12345678901234567890123456789.123456789', '12345678901234567890123456789.123456789'],
  [BARE_DECIMAL, '123456789012345678901234567890', undefined],
  [BARE_DECIMAL, 1e-10, undefined],
];

describe('canonical', () => {
  for (const [type, cell, text] of TEXTS) {
    const sized = type.kind === 'decimal' ? `decimal(${type.precision},${type.scale})` : type.kind;
    it(`of ${shownCell(cell)} as ${sized} is ${text === undefined ? 'none' : text}`, () => {
      assert.equal(canonical(type, cell), text);
      assert.equal(fits(type, cell), text !== undefined);
    });
  }

  it('is the same text exactly for equal numbers, and reads back as the number', () => {
    const numbers = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.maxSafeInteger());
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        assert.equal(canonical(FLOAT, a) === canonical(FLOAT, b), a === b);
        assert.equal(Number(canonical(FLOAT, a)), a === 0 ? 0 : a);
        if (Number.isSafeInteger(a)) assert.equal(BigInt(canonical(INTEGER, a) ?? ''), BigInt(a));
      }),
    );
  });

  it('of a decimal is the same text exactly for the same value, however it is written', () => {
    const parts = fc.record({
      units: fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
      scale: fc.nat(6),
      zerosBefore: fc.nat(4),
      zerosAfter: fc.nat(4),
    });
    const written = ({ units, scale, zerosBefore, zerosAfter }: Parts): string => {
      const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
      const whole = '0'.repeat(zerosBefore) + digits.slice(0, digits.length - scale);
      const fraction = digits.slice(digits.length - scale) + '0'.repeat(zerosAfter);
      return `${units < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
    };
    type Parts = { units: bigint; scale: number; zerosBefore: number; zerosAfter: number };
    const valueIn = ({ units, scale }: Parts): bigint => units * 10n ** BigInt(6 - scale);
    const wide = decimal(38, 9);
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const [first, second] = [canonical(wide, written(a)), canonical(wide, written(b))];
        assert.equal(first === second, valueIn(a) === valueIn(b));
        assert.equal(canonical(wide, first ?? ''), first);
        const number = Number(written(a));
        assert.equal(canonical(wide, number), first, 'twelve digits are kept by a double');
      }),
    );
  });

  it('takes time that grows with the length of a decimal, whatever is in it', () => {
    const text = `${'0'.repeat(300_000)}.${'10'.repeat(2)}${'0'.repeat(300_000)}x`;
    const before = process.cpuUsage();
    assert.equal(canonical(MONEY, text), undefined);
    assert.equal(canonical(MONEY, text.slice(0, -1)), undefined);
    assert.equal(canonical(MONEY, `1${'0'.repeat(600_000)}`), undefined);
    assert.ok(process.cpuUsage(before).user < 1_000_000, 'one second, where quadratic time takes minutes');
  });
});

describe('typeRule', () => {
  it('says what fits', () => {
    assert.deepEqual([TEXT, INTEGER, FLOAT, BOOLEAN, MONEY].map(typeRule), [
      'be a string or null',
      'be a whole number of 64 bits or null',
      'be a number or null',
      'be true, false or null',
      'be a number, or a string like "12.5", of at most 8 digits before the point and 2 after it, or null',
    ]);
  });
});
