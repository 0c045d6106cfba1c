const DECIMAL = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
/** No double prints more significant digits than this. */
const MAX_PRINTED_DIGITS = 17;

/**
 * Whether the decimal value that a JSON number writes is the one that its double prints again: `1.0`, `1e2` and `-0` are
 * (as 1, 100 and 0), `9007199254740993`, `1e400` and `0.10000000000000000555` are not.
 * @param token a number by JSON's grammar
 */
export function survivesAsDouble(token: string): boolean {
  const double = Number(token);
  if (!Number.isFinite(double)) return false;
  const written = normalised(token);
  if (double === 0 || written.digits === '') return double === 0 && written.digits === '';
  if (written.digits.length > MAX_PRINTED_DIGITS) return false;
  const printed = normalised(String(double));
  return written.digits === printed.digits && written.exponent === printed.exponent;
}

/** A magnitude as 0.`digits` × 10^`exponent`, without zeros at either end of the digits; none at all for zero. */
function normalised(decimal: string): { readonly digits: string; readonly exponent: number } {
  const [, whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(decimal) ?? [];
  const all = whole + fraction;
  let first = 0;
  while (all[first] === '0') first++;
  let end = all.length;
  while (end > first && all[end - 1] === '0') end--;
  return { digits: all.slice(first, end), exponent: Number(exponent) + whole.length - first };
}
