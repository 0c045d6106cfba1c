/** The texts that were added last, up to a number. */
export class RecentTexts {
  readonly #texts = new Set<string>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  has(text: string): boolean {
    return this.#texts.has(text);
  }

  add(text: string): void {
    this.#texts.delete(text);
    this.#texts.add(text);
    const [oldest = ''] = this.#texts;
    if (this.#texts.size > this.#most) this.#texts.delete(oldest);
  }
}
