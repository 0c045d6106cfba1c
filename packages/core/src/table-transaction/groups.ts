import { Forms } from './forms.ts';
import type { CellText, DeleteRows, InsertRows } from './net-effect.ts';
import type { DecidedCell } from './step.ts';
import type { Column } from './table-transaction.ts';

type Row = readonly (CellText | null)[];

/** The inserts of a table, by the set of columns that they name. */
export class Insertions {
  readonly #forms = new Forms<InsertGroup>(({ name }) => name, newInsertGroup);

  /** The row as its group has it, which it is not put into yet. */
  rowOf(cells: readonly DecidedCell[]): { readonly group: InsertGroup; readonly row: Row } {
    const { group, order } = this.#forms.of(cells);
    return { group, row: order.map((place) => cells[place]?.text ?? null) };
  }

  results(table: string): readonly InsertRows[] {
    const filled = this.#forms.groups.filter(({ rows }) => rows.length > 0);
    return filled.map(({ columns, rows }) => ({ table, columns, rows: rows.toReversed() }));
  }
}

interface InsertGroup {
  readonly columns: readonly Column[];
  readonly placeOf: ReadonlyMap<string, number>;
  /** Last first. */
  readonly rows: Row[];
}

function newInsertGroup(sorted: readonly DecidedCell[]): InsertGroup {
  return {
    columns: sorted.map(columnOf),
    placeOf: new Map(sorted.map(({ name }, place) => [name, place])),
    rows: [],
  };
}

/** The deletes of a table, by the set of columns that they compare and the set that they want NULL. */
export class Deletions {
  readonly #forms = new Forms<DeleteGroup>(
    ({ name, text }) => (text === null ? `${name}?` : name),
    (sorted) => new DeleteGroup(sorted),
  );

  add(cells: readonly DecidedCell[]): void {
    const { group, order } = this.#forms.of(cells);
    group.add(order.flatMap((place) => cells[place]?.text ?? []));
  }

  /** Whether one of them finds the row. */
  find(group: InsertGroup, row: Row): boolean {
    return this.#forms.groups.some((deletes) => deletes.find(group, row));
  }

  results(table: string): readonly DeleteRows[] {
    return this.#forms.groups.map(({ columns, nulls, rows }) => ({ table, columns, nulls, rows: [...rows.values()] }));
  }
}

class DeleteGroup {
  readonly columns: readonly Column[];
  readonly nulls: readonly Column[];
  readonly rows = new Map<string, readonly CellText[]>();
  /** Where rows of a group of inserts hold what these deletes ask for; null where they never do. */
  readonly #places = new Map<InsertGroup, Places | null>();

  constructor(sorted: readonly DecidedCell[]) {
    this.columns = sorted.filter(({ text }) => text !== null).map(columnOf);
    this.nulls = sorted.filter(({ text }) => text === null).map(columnOf);
  }

  add(texts: readonly CellText[]): void {
    this.rows.set(keyOf(texts), texts);
  }

  find(group: InsertGroup, row: Row): boolean {
    const places = this.#placesIn(group);
    if (places === null || places.nulls.some((place) => row[place] !== null)) return false;
    const texts: CellText[] = [];
    for (const place of places.columns) {
      const text = row[place];
      if (text === null || text === undefined) return false;
      texts.push(text);
    }
    return this.rows.has(keyOf(texts));
  }

  #placesIn(group: InsertGroup): Places | null {
    const known = this.#places.get(group);
    if (known !== undefined) return known;
    const columns = placesOf(this.columns, group);
    // A column that the row does not name is NULL: never equal to a value, and as good as one that is null in it.
    const places = columns.length < this.columns.length ? null : { columns, nulls: placesOf(this.nulls, group) };
    this.#places.set(group, places);
    return places;
  }
}

interface Places {
  readonly columns: readonly number[];
  readonly nulls: readonly number[];
}

function placesOf(columns: readonly Column[], { placeOf }: InsertGroup): readonly number[] {
  return columns.flatMap(({ name }) => placeOf.get(name) ?? []);
}

/** Different texts have different keys, wherever one ends and the next begins. */
function keyOf(texts: readonly CellText[]): string {
  if (texts.length === 1) return texts[0] ?? '';
  let key = '';
  for (const text of texts) key += `${text.length}:${text}`;
  return key;
}

const columnOf = ({ name, type }: Column): Column => ({ name, type });
