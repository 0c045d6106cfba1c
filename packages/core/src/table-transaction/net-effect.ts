import type { Column } from './table-transaction.ts';

/** What a transaction came to, in the words that its sender reads. */
export type TransactionOutcome = { readonly kind: 'applied' } | { readonly kind: 'rejected'; readonly detail: string };

/**
 * What a batch of one client's transactions comes to, for a store to apply with a few statements for sets of rows: first
 * the tables and columns are made, then all deletes are done, in any order, then all inserts. Nothing in it can fail by a
 * rule of the domain.
 */
export interface NetEffect {
  /** One per transaction, in their order. */
  readonly outcomes: readonly TransactionOutcome[];
  readonly createTables: readonly TableColumns[];
  /** To tables that were there before; their rows hold NULL in these. */
  readonly addColumns: readonly TableColumns[];
  /** Of rows that were there before the batch. One per table and set of columns, as an equi-join wants it. */
  readonly deletes: readonly DeleteRows[];
  /** One per table and set of columns. */
  readonly inserts: readonly InsertRows[];
}

export interface TableColumns {
  readonly table: string;
  readonly columns: readonly Column[];
}

/** A value's one text of its type, which every store reads back as that value; equal values have equal texts. */
export type CellText = string;

/** Deletes every row that is NULL in all of `nulls` and equals one of `rows` in all of `columns`. */
export interface DeleteRows extends TableColumns {
  /** The actual types. Empty where only NULLs are asked for; then `rows` is one empty row. */
  readonly columns: readonly Column[];
  readonly nulls: readonly Column[];
  /** Values in the order of `columns`; no two rows are equal. */
  readonly rows: readonly (readonly CellText[])[];
}

/** New rows. Equal ones are as many rows. What they do not name is NULL. */
export interface InsertRows extends TableColumns {
  /** Values in the order of `columns`. */
  readonly rows: readonly (readonly (CellText | null)[])[];
}
