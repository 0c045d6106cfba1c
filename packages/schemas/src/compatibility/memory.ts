/** What has been proven, or is being proven and may be assumed inside of its own proof. */
export class ProofMemory {
  /** With the depth in a value from which on it holds: what is proven of deep places may owe that to their depth. */
  readonly #levels = new Map<string, number>();
  readonly #log: (readonly [key: string, before: number | undefined])[] = [];

  holds(key: string, level: number): boolean {
    const known = this.#levels.get(key);
    return known !== undefined && known <= level;
  }

  /** @returns what `forgetSince` takes, should the proof fail */
  assume(key: string, level: number): number {
    this.#log.push([key, this.#levels.get(key)]);
    this.#levels.set(key, level);
    return this.#log.length - 1;
  }

  /** Takes back an assumption, and all that has been proven since, which may rest on it. */
  forgetSince(mark: number): void {
    for (const [key, before] of this.#log.splice(mark).reverse()) {
      if (before === undefined) this.#levels.delete(key);
      else this.#levels.set(key, before);
    }
  }
}
