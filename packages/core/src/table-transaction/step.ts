import type { DraftTable } from './draft-catalogue.ts';
import type { CellText } from './net-effect.ts';
import type { Column } from './table-transaction.ts';

/** A step that will be done: under the column's actual type, with the value's one text. */
export interface Step {
  readonly kind: 'insert' | 'delete';
  readonly table: DraftTable;
  /** Of an insert, the row; of a delete, what a row must hold. */
  readonly cells: readonly DecidedCell[];
}

export interface DecidedCell extends Column {
  readonly text: CellText | null;
}
