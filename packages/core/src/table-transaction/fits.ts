import { quoted } from '../quoted.ts';
import { decimalText } from './decimal-text.ts';
import type { CellText } from './net-effect.ts';
import type { Cell, ColumnType } from './table-transaction.ts';

/** Of the doubles that are whole numbers, 2^63 is the first beyond 64 bits, and -2^63 prints as a number below them. */
const INTEGER_LIMIT = 2 ** 63;

/**
 * The one text of a value in a column of this type: two values have the same text exactly when a store holds them for
 * equal. It is also what a store is given as a parameter's text. Null for null, which fits every type; undefined where the
 * value does not fit.
 */
export function canonical(type: ColumnType, cell: Cell): CellText | null | undefined {
  if (cell === null) return null;
  switch (type.kind) {
    case 'text':
      return typeof cell === 'string' ? cell : undefined;
    case 'integer':
      // Not by way of a BigInt: that has the double's value, and the client wrote the decimal that the double prints.
      return typeof cell === 'number' && Number.isInteger(cell) && Math.abs(cell) < INTEGER_LIMIT
        ? String(cell)
        : undefined;
    case 'float':
      return typeof cell === 'number' && Number.isFinite(cell) ? String(cell) : undefined;
    case 'boolean':
      return typeof cell === 'boolean' ? String(cell) : undefined;
    case 'decimal':
      return typeof cell === 'boolean' ? undefined : decimalText(cell, type);
    default:
      return type satisfies never;
  }
}

/** Whether a column of this type can hold the value as it is: nothing is rounded, cut or converted. */
export function fits(type: ColumnType, cell: Cell): boolean {
  return canonical(type, cell) !== undefined;
}

/** The rule of `fits`; completes the sentence "the value must …". */
export function typeRule(type: ColumnType): string {
  switch (type.kind) {
    case 'text':
      return 'be a string or null';
    case 'integer':
      return 'be a whole number of 64 bits or null';
    case 'float':
      return 'be a number or null';
    case 'boolean':
      return 'be true, false or null';
    case 'decimal': {
      const { precision, scale } = type;
      const digits = `at most ${precision - scale} digits before the point and ${scale} after it`;
      return `be a number, or a string like "12.5", of ${digits}, or null`;
    }
    default:
      return type satisfies never;
  }
}

/** A value as a message names it after "got"; escaped and bounded. */
export function shownCell(cell: Cell): string {
  return typeof cell === 'string' ? quoted(cell) : String(cell);
}
