import type { CellText } from './net-effect.ts';
import type { DecimalType } from './table-transaction.ts';

/** What a decimal is sent as in a string: no exponent, no sign but a minus, no blanks. */
const PLAIN = /^(-?)(\d+)(?:\.(\d+))?$/;
/** How JavaScript prints a finite number. */
const PRINTED = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/;

/**
 * The shortest plain text of the value, `10.25` for `010.250`; undefined where it is no decimal number or has more digits
 * than the type. The value counts, not how it was written: zeros at either end are none of its digits.
 */
export function decimalText(given: number | string, { precision, scale }: DecimalType): CellText | undefined {
  const parts = typeof given === 'number' ? PRINTED.exec(String(given)) : PLAIN.exec(given);
  if (parts === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts;
  const all = whole + fraction;
  let first = 0;
  while (all[first] === '0') first++;
  if (first === all.length) return '0';
  let end = all.length;
  while (all[end - 1] === '0') end--;
  const digits = all.slice(first, end);
  /** How many digits stand before the point; negative where zeros follow it. */
  const point = whole.length - first + Number(exponent);
  if (point > precision - scale || digits.length - point > scale) return undefined;
  return sign + placed(digits, point);
}

function placed(digits: string, point: number): string {
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return digits.padEnd(point, '0');
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}
