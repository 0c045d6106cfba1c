/** How many batches may be at work at once, over all topics; those that wait get their turn in order. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Takes a slot if there is one, else calls `whenFree` once when there may be one. */
  take(whenFree: () => void): boolean {
    if (this.#free > 0) {
      this.#free--;
      return true;
    }
    this.#waiting.push(whenFree);
    return false;
  }

  release(): void {
    this.#free++;
    this.#waiting.shift()?.();
  }
}
