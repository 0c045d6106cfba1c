import { BARE_DECIMAL, type ColumnType } from '@sluice/core';

const TEXT = { kind: 'text' } as const;
const INTEGER = { kind: 'integer' } as const;
const FLOAT = { kind: 'float' } as const;
const BOOLEAN = { kind: 'boolean' } as const;

const upTo38 = (least: 0 | 1): string => `0?[${least}-9]|[12][0-9]|3[0-8]`;

/** What may follow DECIMAL: its size, as in `(10)` or `(10, 2)`, and MySQL's words, as in `UNSIGNED NOT NULL`. */
export const DECIMAL_SIZE = ` {0,9}(?:\\( {0,9}(${upTo38(1)}) {0,9}(?:, {0,9}(${upTo38(0)}) {0,9})?\\))?(?: [A-Za-z ]*)?$`;
const decimalSize = new RegExp(`^${DECIMAL_SIZE}`);

/**
 * The column's type for the one that a client declares, which is MySQL's; as the old gatekeeper told them, case-sensitive,
 * the first that fits. What it does not know is kept as text. Undefined for a DECIMAL whose size is none.
 */
export function columnTypeOf(declared: string): ColumnType | undefined {
  if (declared === 'TEXT' || declared.includes('VARCHAR')) return TEXT;
  if (declared === 'INTEGER') return INTEGER;
  if (declared.includes('FLOAT') || declared.includes('DOUBLE')) return FLOAT;
  if (declared === 'BOOLEAN') return BOOLEAN;
  const decimal = declared.indexOf('DECIMAL');
  return decimal < 0 ? TEXT : decimalOf(declared.slice(decimal + 'DECIMAL'.length));
}

/** The rule that `columnTypeOf` has; completes "must …". */
export const COLUMN_TYPE_RULE =
  'be a type of which DECIMAL has no size or one like DECIMAL(10,2), of 1 to 38 digits, as many or fewer of them after the point';

/** Whether it was declared as text, rather than something that is only kept as such. */
export const isDeclaredText = (declared: string): boolean => declared === 'TEXT' || declared.includes('VARCHAR');

function decimalOf(size: string): ColumnType | undefined {
  const match = decimalSize.exec(size);
  if (match === null) return undefined;
  if (match[1] === undefined) return BARE_DECIMAL;
  const precision = Number(match[1]);
  const scale = Number(match[2] ?? 0);
  return scale <= precision ? { kind: 'decimal', precision, scale } : undefined;
}
