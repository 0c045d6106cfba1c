import { lastWhere } from './search.ts';

/** One mark is kept for so many bytes of a segment. */
const INTERVAL_BYTES = 32 * 1024;

/** A place in a segment where an entry begins. */
export interface Mark {
  readonly position: number;
  /** The position of the next mark; undefined at the last one. */
  readonly nextPosition: number | undefined;
}

/**
 * A sparse index of a segment: where some of its entries begin, from which the others are found by walking. In columns,
 * since a full segment has thousands.
 */
export class Marks {
  readonly positions: number[] = [];
  readonly offsets: number[] = [];
  /** The newest timestamp of all entries before the mark. */
  readonly newestBefore: number[] = [];

  /** Told about every entry, in order; remembers some. */
  add(position: number, offset: number, newestBeforeMs: number): void {
    const last = this.positions.at(-1);
    if (last !== undefined && position - last < INTERVAL_BYTES) return;
    this.positions.push(position);
    this.offsets.push(offset);
    this.newestBefore.push(newestBeforeMs);
  }

  /** The last mark at or before the entry that contains `offset`. */
  atOffset(offset: number): Mark | undefined {
    return this.#mark(lastWhere(this.offsets.length, (mark) => (this.offsets[mark] ?? 0) <= offset));
  }

  /** The last mark at or before the first entry with a timestamp of at least `timestampMs`. */
  atTimestamp(timestampMs: number): Mark | undefined {
    return this.#mark(lastWhere(this.newestBefore.length, (mark) => (this.newestBefore[mark] ?? 0) < timestampMs));
  }

  #mark(index: number): Mark | undefined {
    const position = this.positions[index];
    return position === undefined ? undefined : { position, nextPosition: this.positions[index + 1] };
  }
}
