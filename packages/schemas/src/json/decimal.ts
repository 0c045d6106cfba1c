const DECIMAL = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * Whether the decimal value that a JSON number writes is the one that its double prints again: `1.0`, `1e2` and `-0` are
 * (as 1, 100 and 0), `9007199254740993`, `1e400` and `0.10000000000000000555` are not.
 * @param token a number by JSON's grammar
 */
export function survivesAsDouble(token: string): boolean {
  const double = Number(token);
  return Number.isFinite(double) && magnitude(token) === magnitude(String(double));
}

/** One form for each value: its digits without zeros at either end, and the power of ten of the point before them. */
function magnitude(decimal: string): string {
  const [, whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(decimal) ?? [];
  const all = whole + fraction;
  let first = 0;
  while (all[first] === '0') first++;
  if (first === all.length) return '0';
  let end = all.length;
  while (all[end - 1] === '0') end--;
  return `.${all.slice(first, end)}e${Number(exponent) + whole.length - first}`;
}

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
  const [, whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(String(value)) ?? [];
  const all = whole + fraction;
  const digits = all.replace(/0+$/, '');
  return [BigInt(digits), Number(exponent) - fraction.length + all.length - digits.length];
}
