/** The types that a column can have, the same in every store. */
export type ColumnType =
  | { readonly kind: 'text' }
  /** 64 bits, signed. */
  | { readonly kind: 'integer' }
  /** A double. */
  | { readonly kind: 'float' }
  | { readonly kind: 'boolean' }
  | DecimalType;

/** Exact: `precision` digits (1 to 38), `scale` of them (0 to `precision`) after the point. */
export interface DecimalType {
  readonly kind: 'decimal';
  readonly precision: number;
  readonly scale: number;
}

/** A decimal that says no size is what BigQuery's NUMERIC is: 29 digits before the point, 9 after it. */
export const BARE_DECIMAL: DecimalType = { kind: 'decimal', precision: 38, scale: 9 };

/**
 * A value as the client sent it. Numbers are the decimal values that they print (strict JSON takes no other), and strings
 * hold neither NUL nor lone surrogates. A decimal is also sent as a string, since a double keeps 15 digits of its 38.
 */
export type Cell = null | boolean | number | string;

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** A column with a value, under the type that the client declares for it. */
export interface TypedCell extends Column {
  readonly value: Cell;
}

/**
 * One step. Names match `^[A-Za-z_][A-Za-z0-9_]{0,62}$` (which is why a store may quote them as they are, and this code
 * may join them with any other character); in one step no two are equal in any case.
 */
export type Activity = InsertActivity | DeleteActivity;

/** A new row. A missing table, and missing columns, are made with the declared types. */
export interface InsertActivity {
  readonly kind: 'insert';
  readonly table: string;
  /** At least one. */
  readonly columns: readonly TypedCell[];
}

/** Every row that holds all of these values is deleted; null is held by NULL alone. */
export interface DeleteActivity {
  readonly kind: 'delete';
  readonly table: string;
  /** At least one. */
  readonly predicates: readonly TypedCell[];
}

/** Steps on a client's tables that take effect in their order, all of them or none. */
export interface TableTransaction {
  readonly client: string;
  readonly activities: readonly Activity[];
}

/** A client's tables, by name, and their columns, by name. */
export type Catalogue = ReadonlyMap<string, ReadonlyMap<string, ColumnType>>;
