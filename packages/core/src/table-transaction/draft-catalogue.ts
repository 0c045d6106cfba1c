import { quoted } from '../quoted.ts';
import type { TableColumns } from './net-effect.ts';
import type { Catalogue, Column, ColumnType } from './table-transaction.ts';

/** What PostgreSQL (1,600) and BigQuery (10,000) both keep with room to spare. */
const MAX_COLUMNS = 1000;

/** A catalogue as the transactions of a batch change it, one after the other; what one of them did can be taken back. */
export class DraftCatalogue {
  readonly #base: Catalogue;
  readonly #tables = new Map<string, DraftTable>();
  /** Takes back what was done since the last `keep`; last first. */
  #undo: (() => void)[] = [];

  constructor(base: Catalogue) {
    this.#base = base;
  }

  table(name: string): DraftTable | undefined {
    const known = this.#tables.get(name);
    if (known) return known;
    const columns = this.#base.get(name);
    if (columns === undefined) return undefined;
    return this.#remember(new DraftTable(name, columns));
  }

  create(name: string): DraftTable {
    this.#undo.push(() => this.#tables.delete(name));
    return this.#remember(new DraftTable(name, undefined));
  }

  /** Why the table cannot have this column too; undefined where it has it now. */
  addColumn(table: DraftTable, column: Column): string | undefined {
    const refusal = table.add(column);
    if (refusal === undefined) this.#undo.push(() => table.drop(column.name));
    return refusal;
  }

  keep(): void {
    this.#undo = [];
  }

  takeBack(): void {
    for (const undo of this.#undo.toReversed()) undo();
    this.#undo = [];
  }

  changes(): { readonly createTables: readonly TableColumns[]; readonly addColumns: readonly TableColumns[] } {
    const changed = [...this.#tables.values()].filter((table) => table.isNew || table.added.length > 0);
    const columnsOf = (table: DraftTable): TableColumns => ({ table: table.name, columns: table.added });
    return {
      createTables: changed.filter((table) => table.isNew).map(columnsOf),
      addColumns: changed.filter((table) => !table.isNew).map(columnsOf),
    };
  }

  #remember(table: DraftTable): DraftTable {
    this.#tables.set(table.name, table);
    return table;
  }
}

export class DraftTable {
  readonly name: string;
  readonly #base: ReadonlyMap<string, ColumnType> | undefined;
  readonly #added = new Map<string, ColumnType>();
  /** Lower case to the name as it is: BigQuery's columns, unlike PostgreSQL's quoted ones, are the same in any case. */
  #folded: Map<string, string> | undefined;

  constructor(name: string, base: ReadonlyMap<string, ColumnType> | undefined) {
    this.name = name;
    this.#base = base;
  }

  /** Whether the batch makes it, so that it held no rows before. */
  get isNew(): boolean {
    return this.#base === undefined;
  }

  get added(): readonly Column[] {
    return [...this.#added].map(([name, type]) => ({ name, type }));
  }

  typeOf(column: string): ColumnType | undefined {
    return this.#base?.get(column) ?? this.#added.get(column);
  }

  add({ name, type }: Column): string | undefined {
    const folded = this.#foldedNames();
    const other = folded.get(name.toLowerCase());
    if (other !== undefined) {
      return `Column ${quoted(name)} must differ from column ${quoted(other)} of table ${quoted(this.name)} in more than case`;
    }
    if (folded.size >= MAX_COLUMNS) {
      return `Table ${quoted(this.name)} must have at most ${MAX_COLUMNS} columns, got column ${quoted(name)} as another`;
    }
    folded.set(name.toLowerCase(), name);
    this.#added.set(name, type);
    return undefined;
  }

  drop(name: string): void {
    this.#foldedNames().delete(name.toLowerCase());
    this.#added.delete(name);
  }

  #foldedNames(): Map<string, string> {
    if (this.#folded) return this.#folded;
    const names = [...(this.#base?.keys() ?? []), ...this.#added.keys()];
    this.#folded = new Map(names.map((name) => [name.toLowerCase(), name]));
    return this.#folded;
  }
}
