import { readDecimal } from '../decimal.ts';
import type { CellText } from './net-effect.ts';
import type { DecimalType } from './table-transaction.ts';

/** What a decimal is sent as in a string: no exponent. */
const PLAIN = /^[-\d.]+$/;

/**
 * The shortest plain text of the value, `10.25` for `010.250`; undefined where it is no decimal number or has more digits
 * than the type. The value counts, not how it was written: zeros at either end are none of its digits.
 */
export function decimalText(given: number | string, { precision, scale }: DecimalType): CellText | undefined {
  if (typeof given === 'string' && !PLAIN.test(given)) return undefined;
  const decimal = readDecimal(String(given));
  if (decimal === undefined) return undefined;
  const { isNegative, digits, point } = decimal;
  if (digits === '') return '0';
  if (point > precision - scale || digits.length - point > scale) return undefined;
  return (isNegative ? '-' : '') + placed(digits, point);
}

function placed(digits: string, point: number): string {
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return digits.padEnd(point, '0');
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}
