import type { DecidedCell } from './step.ts';

/** Cells that come in any order under the same names are of one group; `order` is how to put them into the group's. */
export interface Form<Group> {
  readonly group: Group;
  /** For each column of the group, the place of its cell among those given. */
  readonly order: readonly number[];
}

/** The groups of a table's steps. Hundreds of a batch look alike, so what is sorted once is remembered as it was given. */
export class Forms<Group> {
  readonly groups: Group[] = [];
  readonly #given = new Map<string, Form<Group>>();
  readonly #sorted = new Map<string, Group>();
  readonly #label: (cell: DecidedCell) => string;
  readonly #newGroup: (sorted: readonly DecidedCell[]) => Group;

  /**
   * @param label tells cells of different groups apart; without blanks, like the names that it is made of
   * @param newGroup makes a group of its first cells, sorted by their labels
   */
  constructor(label: (cell: DecidedCell) => string, newGroup: (sorted: readonly DecidedCell[]) => Group) {
    this.#label = label;
    this.#newGroup = newGroup;
  }

  of(cells: readonly DecidedCell[]): Form<Group> {
    const key = this.#keyOf(cells);
    const known = this.#given.get(key);
    if (known) return known;
    const labels = cells.map(this.#label);
    const order = [...cells.keys()].sort((a, b) => ((labels[a] ?? '') < (labels[b] ?? '') ? -1 : 1));
    const form = { group: this.#groupOf(cells, order), order };
    this.#given.set(key, form);
    return form;
  }

  #groupOf(cells: readonly DecidedCell[], order: readonly number[]): Group {
    const sorted = order.flatMap((place) => cells[place] ?? []);
    const key = this.#keyOf(sorted);
    const known = this.#sorted.get(key);
    if (known !== undefined) return known;
    const group = this.#newGroup(sorted);
    this.#sorted.set(key, group);
    this.groups.push(group);
    return group;
  }

  #keyOf(cells: readonly DecidedCell[]): string {
    let key = '';
    for (const cell of cells) key += `${this.#label(cell)} `;
    return key;
  }
}
