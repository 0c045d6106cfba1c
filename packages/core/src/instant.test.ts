import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { instantFromMs, parseInstant } from './instant.ts';

const ACCEPTED = [
  ['2006-01-02T15:04:05Z', '2006-01-02T15:04:05.000000Z'],
  ['2006-01-02T15:04:05+02:00', '2006-01-02T13:04:05.000000Z'],
  ['2006-01-02T00:30:00+01:00', '2006-01-01T23:30:00.000000Z'],
  ['2006-12-31T23:30:00-01:00', '2007-01-01T00:30:00.000000Z'],
  ['2006-01-02T15:04:05-00:00', '2006-01-02T15:04:05.000000Z'],
  ['2006-01-02T15:04:05+23:59', '2006-01-01T15:05:05.000000Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000000Z'],
  ['2000-02-29T23:59:59+00:00', '2000-02-29T23:59:59.000000Z'],
  ['2024-02-29T00:30:00+01:00', '2024-02-28T23:30:00.000000Z'],
  ['2006-01-02T15:04:05.1Z', '2006-01-02T15:04:05.100000Z'],
  ['2006-01-02T15:04:05.123456Z', '2006-01-02T15:04:05.123456Z'],
  ['2006-01-02T15:04:05.123456999+02:00', '2006-01-02T13:04:05.123456Z'],
  ['1969-12-31T23:59:59.9999999Z', '1969-12-31T23:59:59.999999Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000000Z'],
  ['0000-12-31T23:59:00-00:01', '0001-01-01T00:00:00.000000Z'],
  ['0099-12-31T23:59:59-00:00', '0099-12-31T23:59:59.000000Z'],
  ['9999-12-31T23:59:59.999999999Z', '9999-12-31T23:59:59.999999Z'],
  ['9999-12-31T23:59:59.999999+00:00', '9999-12-31T23:59:59.999999Z'],
  [`2006-01-02T15:04:05.${'0'.repeat(43)}Z`, '2006-01-02T15:04:05.000000Z'],
] as const;

const REFUSED = [
  ['2024-02-30T00:00:00Z', /day that exists: that month has 29 days/],
  ['2023-02-29T00:00:00Z', /day that exists: that month has 28 days/],
  ['1900-02-29T00:00:00Z', /day that exists: that month has 28 days/],
  ['2024-04-31T00:00:00Z', /day that exists: that month has 30 days/],
  ['2024-01-00T00:00:00Z', /day that exists/],
  ['2024-00-01T00:00:00Z', /month between 01 and 12/],
  ['2024-13-01T00:00:00Z', /month between 01 and 12/],
  ['2024-01-01T24:00:00Z', /hour between 00 and 23/],
  ['2024-01-01T23:60:00Z', /minutes between 00 and 59/],
  ['2016-12-31T23:59:60Z', /leap seconds/],
  ['2024-01-01T00:00:00+24:00', /offset between/],
  ['2024-01-01T00:00:00-00:60', /offset between/],
  ['0000-01-01T00:00:00Z', /year 0001 and 9999/],
  ['0000-06-01T00:00:00+01:00', /year 0001 and 9999/],
  ['0000-01-01T00:00:00+23:59', /year 0001 and 9999/],
  ['0001-01-01T00:00:00+00:01', /year 0001 and 9999/],
  ['9999-12-31T23:59:59-00:01', /year 0001 and 9999/],
  ['10000-01-01T00:00:00Z', /year of four digits/],
  ['+12024-01-01T00:00:00Z', /year of four digits/],
  ['2024-01-01T00:00:00', /have an offset/],
  ['2024-01-01T00:00:00.5', /have an offset/],
  ['2024-01-01T00:00:00+0200', /colon/],
  ['2024-01-01T00:00:00+02', /colon/],
  ['2024-01-01t00:00:00Z', /upper-case T/],
  ['2024-01-01 00:00:00Z', /upper-case T/],
  ['2024-01-01T00:00:00z', /upper-case Z/],
  ['2024-01-01', /time of day/],
  ['2024-01-01T00:00:00,5Z', /point/],
  ['2024-01-01T00:00:00.Z', /RFC 3339/],
  ['2024-01-01T00:00Z', /RFC 3339/],
  ['2024-1-1T00:00:00Z', /RFC 3339/],
  ['２０２４-01-01T00:00:00Z', /RFC 3339/],
  ['2024-01-01T00:00:0٣Z', /RFC 3339/],
  ['2024-01-01T00:00:00Z\n', /RFC 3339/],
  ['\n2024-01-01T00:00:00Z', /RFC 3339/],
  [' 2024-01-01T00:00:00Z', /RFC 3339/],
  ['-2024-01-01T00:00:00Z', /RFC 3339/],
  ['2024-01-01T00:00:00−02:00', /RFC 3339/],
  ['now', /RFC 3339/],
  ['', /RFC 3339/],
  [`2024-01-01T00:00:00.${'1'.repeat(44)}Z`, /at most 64 characters/],
  ['9'.repeat(1_000_000), /at most 64 characters/],
] as const;

describe('parseInstant', () => {
  for (const [text, instant] of ACCEPTED) {
    it(`reads ${text.slice(0, 40)}`, () => {
      assert.deepEqual(parseInstant(text), { kind: 'instant', instant });
    });
  }

  for (const [text, rule] of REFUSED) {
    it(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
      const parsed = parseInstant(text);
      assert.equal(parsed.kind, 'refused');
      assert.match(parsed.kind === 'refused' ? parsed.rule : '', rule);
    });
  }

  it('agrees with the calendar calculated day by day', () => {
    fc.assert(
      fc.property(writtenInstant, (written) => {
        const parsed = parseInstant(textOf(written));
        assert.equal(parsed.kind === 'instant' ? parsed.instant : undefined, expectedInstant(written), textOf(written));
      }),
      { numRuns: 2_000 },
    );
  });

  it('never throws, and what it takes is what ECMAScript reads as the same second', () => {
    const mutated = fc.tuple(writtenInstant, fc.nat(30), fc.constantFrom('', '0', '9', 'T', 'z', ':', '.', '+', '\0'));
    fc.assert(
      fc.property(mutated, ([written, at, put]) => {
        const text = textOf(written);
        const changed = text.slice(0, at) + put + text.slice(at + 1);
        const parsed = parseInstant(changed);
        if (parsed.kind === 'instant') assert.equal(secondsAt(parsed.instant), secondsAt(changed), changed);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('instantFromMs', () => {
  it('keeps milliseconds and cuts what is below', () => {
    assert.equal(instantFromMs(1_700_000_000_123.9), '2023-11-14T22:13:20.123000Z');
    assert.equal(instantFromMs(-1), '1969-12-31T23:59:59.999000Z');
  });

  it('makes times that cannot be written the nearest that can', () => {
    assert.equal(instantFromMs(Number.MAX_SAFE_INTEGER), '9999-12-31T23:59:59.999000Z');
    assert.equal(instantFromMs(Number.MIN_SAFE_INTEGER), '0001-01-01T00:00:00.000000Z');
    assert.equal(instantFromMs(Number.POSITIVE_INFINITY), '9999-12-31T23:59:59.999000Z');
    assert.equal(instantFromMs(Number.NaN), '1970-01-01T00:00:00.000000Z');
  });

  it('writes what parseInstant reads back unchanged', () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), (ms) => {
        const instant = instantFromMs(ms);
        assert.deepEqual(parseInstant(instant), { kind: 'instant', instant });
        assert.equal(Date.parse(instant), ms);
      }),
    );
  });
});

const secondsAt = (text: string): number => Math.floor(Date.parse(text) / 1000);

interface Written {
  readonly year: number;
  readonly dayOfYear: number;
  readonly secondOfDay: number;
  readonly fraction: string;
  /** Undefined is `Z`. */
  readonly offsetMinutes: number | undefined;
}

const writtenInstant: fc.Arbitrary<Written> = fc
  .record({
    year: fc.oneof(fc.constantFrom(0, 1, 4, 99, 100, 1900, 2000, 2024, 9999), fc.integer({ min: 0, max: 9999 })),
    dayOfYear: fc.oneof(fc.constantFrom(1, 59, 60, 365), fc.integer({ min: 1, max: 366 })),
    secondOfDay: fc.oneof(fc.constantFrom(0, 86_399), fc.integer({ min: 0, max: 86_399 })),
    fraction: fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 12 }),
    offsetMinutes: fc.option(fc.integer({ min: -1439, max: 1439 }), { nil: undefined }),
  })
  .filter(({ year, dayOfYear }) => dayOfYear <= daysOf(year));

const isLeapYear = (year: number): boolean => (year % 100 === 0 ? year % 400 === 0 : year % 4 === 0);
const daysOf = (year: number): number => (isLeapYear(year) ? 366 : 365);
const monthLengths = (year: number): number[] => [
  31,
  isLeapYear(year) ? 29 : 28,
  31,
  30,
  31,
  30,
  31,
  31,
  30,
  31,
  30,
  31,
];
const padded = (number: number, length = 2): string => String(number).padStart(length, '0');

function civil(year: number, dayOfYear: number, secondOfDay: number): string {
  let day = dayOfYear;
  let month = 1;
  for (const length of monthLengths(year)) {
    if (day <= length) break;
    day -= length;
    month++;
  }
  const [hour, minute, second] = [secondOfDay / 3600, (secondOfDay / 60) % 60, secondOfDay % 60].map(Math.trunc);
  return `${padded(year, 4)}-${padded(month)}-${padded(day)}T${padded(hour ?? 0)}:${padded(minute ?? 0)}:${padded(second ?? 0)}`;
}

function textOf({ year, dayOfYear, secondOfDay, fraction, offsetMinutes }: Written): string {
  const offset = Math.abs(offsetMinutes ?? 0);
  const sign = (offsetMinutes ?? 0) < 0 ? '-' : '+';
  const zone = offsetMinutes === undefined ? 'Z' : `${sign}${padded(Math.trunc(offset / 60))}:${padded(offset % 60)}`;
  return `${civil(year, dayOfYear, secondOfDay)}${fraction && `.${fraction}`}${zone}`;
}

function expectedInstant({ year, dayOfYear, secondOfDay, fraction, offsetMinutes = 0 }: Written): string | undefined {
  let [utcYear, utcDay, utcSecond] = [year, dayOfYear, secondOfDay - offsetMinutes * 60];
  if (utcSecond < 0) [utcDay, utcSecond] = [utcDay - 1, utcSecond + 86_400];
  if (utcSecond >= 86_400) [utcDay, utcSecond] = [utcDay + 1, utcSecond - 86_400];
  if (utcDay < 1) [utcYear, utcDay] = [utcYear - 1, daysOf(utcYear - 1)];
  else if (utcDay > daysOf(utcYear)) [utcYear, utcDay] = [utcYear + 1, 1];
  if (utcYear < 1 || utcYear > 9999) return undefined;
  return `${civil(utcYear, utcDay, utcSecond)}.${fraction.slice(0, 6).padEnd(6, '0')}Z`;
}
