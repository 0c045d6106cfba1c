import {
  type Catalogue,
  type CellText,
  type Column,
  type ColumnType,
  type DeleteRows,
  netEffect,
  type TableTransaction,
  type TransactionOutcome,
} from '@sluice/core';

type Row = ReadonlyMap<string, CellText>;

interface ClientTable {
  readonly columns: Map<string, ColumnType>;
  rows: readonly Row[];
}

/** A client's own tables, by name. What a row does not hold is NULL. */
export type ClientTables = Map<string, ClientTable>;

/** The tables as anybody may look at them. */
export function tablesIn(tables: ClientTables) {
  return [...tables].map(([name, { columns, rows }]) => {
    const listed = [...columns].map(([column, type]) => ({ name: column, type }));
    return { name, columns: listed, rows: rows.map((row) => listed.map((column) => row.get(column.name) ?? null)) };
  });
}

/** Does the transaction as a whole, or nothing of it. */
export function applyTransaction(tables: ClientTables, transaction: TableTransaction): TransactionOutcome {
  const catalogue: Catalogue = new Map([...tables].map(([name, { columns }]) => [name, columns]));
  const net = netEffect(catalogue, [transaction]);
  for (const { table } of net.createTables) tables.set(table, { columns: new Map(), rows: [] });
  for (const { table, columns } of [...net.createTables, ...net.addColumns]) {
    for (const { name, type } of columns) tables.get(table)?.columns.set(name, type);
  }
  for (const deleted of net.deletes) {
    const table = tables.get(deleted.table);
    if (table) table.rows = table.rows.filter((row) => !isHeld(row, deleted));
  }
  for (const { table: name, columns, rows } of net.inserts) {
    const table = tables.get(name);
    if (table) table.rows = [...table.rows, ...rows.map((values) => rowOf(columns, values))];
  }
  return net.outcomes[0] ?? { kind: 'applied' };
}

function isHeld(row: Row, { columns, nulls, rows }: DeleteRows): boolean {
  if (nulls.some(({ name }) => row.has(name))) return false;
  return rows.some((values) => columns.every(({ name }, index) => row.get(name) === values[index]));
}

function rowOf(columns: readonly Column[], values: readonly (CellText | null)[]): Row {
  const row = new Map<string, CellText>();
  for (const [index, { name }] of columns.entries()) {
    const value = values[index];
    if (typeof value === 'string') row.set(name, value);
  }
  return row;
}
