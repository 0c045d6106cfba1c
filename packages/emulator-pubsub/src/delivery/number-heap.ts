/** Numbers, of which the least is at hand. */
export class NumberHeap {
  #items: number[] = [];

  get size(): number {
    return this.#items.length;
  }

  peek(): number | undefined {
    return this.#items[0];
  }

  push(value: number): void {
    const items = this.#items;
    let index = items.length;
    items.push(value);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = items[parent] as number;
      if (above <= value) break;
      items[index] = above;
      index = parent;
    }
    items[index] = value;
  }

  pop(): number | undefined {
    const items = this.#items;
    const least = items[0];
    const value = items.pop();
    if (value === undefined || items.length === 0) return least;
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && (items[child + 1] as number) < (items[child] as number)) child += 1;
      const below = items[child] as number;
      if (below >= value) break;
      items[index] = below;
      index = child;
    }
    items[index] = value;
    return least;
  }

  /** Puts other numbers in place of all. */
  replace(values: Iterable<number>): void {
    // What is sorted is a heap.
    this.#items = [...values].sort((a, b) => a - b);
  }

  clear(): void {
    this.#items = [];
  }
}
