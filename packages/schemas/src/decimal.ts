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
