const perGeneration = 10_000;

/**
 * The leases confirmed lately, so that a client whose answer was lost may acknowledge again and hear that it is done.
 * Of the older of two generations at most, so memory is bounded.
 */
export class ConfirmedLeases {
  #recent = new Map<number, number>();
  #older = new Map<number, number>();

  add(offset: number, lease: number): void {
    this.#recent.set(offset, lease);
    if (this.#recent.size < perGeneration) return;
    this.#older = this.#recent;
    this.#recent = new Map();
  }

  has(offset: number, lease: number): boolean {
    return (this.#recent.get(offset) ?? this.#older.get(offset)) === lease;
  }

  clear(): void {
    this.#recent.clear();
    this.#older.clear();
  }
}
