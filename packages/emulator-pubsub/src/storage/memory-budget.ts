/** Something kept in memory only because it saves a trip to the disk. */
export interface Cached {
  readonly bytes: number;
  /** The budget is spent: let it go. */
  drop(): void;
}

/** What all topics together keep in memory. The oldest goes first. */
export class MemoryBudget {
  readonly #maxBytes: number;
  readonly #cached = new Set<Cached>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Makes room for it; alone, it may be larger than the budget. */
  add(cached: Cached): void {
    for (const oldest of this.#cached) {
      if (this.#bytes + cached.bytes <= this.#maxBytes) break;
      this.remove(oldest);
      oldest.drop();
    }
    this.#cached.add(cached);
    this.#bytes += cached.bytes;
  }

  remove(cached: Cached): void {
    if (this.#cached.delete(cached)) this.#bytes -= cached.bytes;
  }
}
