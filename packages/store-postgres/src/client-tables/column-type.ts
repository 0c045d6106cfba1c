import type { ColumnType } from '@sluice/core';

/** A column's type as PostgreSQL writes it (`format_type`), and as DDL takes it. */
export function typeText(type: ColumnType): string {
  switch (type.kind) {
    case 'text':
      return 'text';
    case 'integer':
      return 'bigint';
    case 'float':
      return 'double precision';
    case 'boolean':
      return 'boolean';
    case 'decimal':
      return `numeric(${type.precision},${type.scale})`;
    default:
      return type satisfies never;
  }
}

const KINDS: Readonly<Record<string, ColumnType>> = {
  text: { kind: 'text' },
  bigint: { kind: 'integer' },
  'double precision': { kind: 'float' },
  boolean: { kind: 'boolean' },
};

/** The other way round. A type that somebody gave a column by hand is taken for text, and PostgreSQL has the last word. */
export function typeFrom(text: string): ColumnType {
  const [, precision, scale] = /^numeric\((\d+),(\d+)\)$/.exec(text) ?? [];
  if (precision !== undefined) return { kind: 'decimal', precision: Number(precision), scale: Number(scale) };
  return KINDS[text] ?? { kind: 'text' };
}
