import { readDecimal } from '@sluice/core';

/**
 * Whether the decimal value that a JSON number writes is the one that its double prints again: `1.0`, `1e2` and `-0` are
 * (as 1, 100 and 0), `9007199254740993`, `1e400` and `0.10000000000000000555` are not.
 * @param token a number by JSON's grammar
 */
export function survivesAsDouble(token: string): boolean {
  const double = Number(token);
  return Number.isFinite(double) && magnitude(token) === magnitude(String(double));
}

/** One form for each value, its sign left out. */
function magnitude(decimal: string): string {
  const { digits, point } = partsOf(decimal);
  return digits === '' ? '0' : `.${digits}e${point}`;
}

const ZERO = { digits: '', point: 0 } as const;

const partsOf = (decimal: string) => readDecimal(decimal) ?? ZERO;

/** Whether the decimal value that a number prints is a whole multiple of another's: 19.99 is one of 0.01. */
export function isMultipleOf(value: number, divisor: number): boolean {
  if (Number.isSafeInteger(divisor)) {
    if (Number.isSafeInteger(value)) return value % divisor === 0;
    if (!Number.isInteger(value)) return false;
  }
  const [digits, power] = digitsAndPower(value);
  const [divisorDigits, divisorPower] = digitsAndPower(divisor);
  if (digits === 0n) return true;
  // Without zeros at their ends, the digits cannot make up for a power that is missing.
  if (power < divisorPower) return false;
  // More tens than a double's digits have factors two and five change nothing any more.
  const tens = Math.min(power - divisorPower, MAX_TENS);
  return (digits * 10n ** BigInt(tens)) % divisorDigits === 0n;
}

const MAX_TENS = 60;

/** A number as digits that do not end in zero, and the power of ten that they are to be taken times. */
function digitsAndPower(value: number): readonly [digits: bigint, power: number] {
  const { digits, point } = partsOf(String(value));
  return [BigInt(digits), point - digits.length];
}
