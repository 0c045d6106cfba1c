/** A decimal value in its one form, whatever it was written like: `0.` and these digits, times ten to this power. */
export interface Decimal {
  readonly isNegative: boolean;
  /** Without zeros at either end; empty for zero. */
  readonly digits: string;
  /** How many digits stand before the point; negative where zeros follow it. */
  readonly point: number;
}

const WRITTEN = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Reads a number as JSON writes it and JavaScript prints it; undefined where it is none. */
export function readDecimal(text: string): Decimal | undefined {
  const parts = WRITTEN.exec(text);
  if (parts === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = parts;
  const all = whole + fraction;
  let first = 0;
  while (all[first] === '0') first++;
  let end = all.length;
  while (end > first && all[end - 1] === '0') end--;
  return { isNegative: sign === '-', digits: all.slice(first, end), point: whole.length - first + Number(exponent) };
}
