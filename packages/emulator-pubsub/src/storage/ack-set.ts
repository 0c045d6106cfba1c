import type { AckState } from './storage.ts';

const PAGE_BITS = 4096;
const WORD_BITS = 32;
const PAGE_WORDS = PAGE_BITS / WORD_BITS;

/** Every page of which all is acknowledged. */
const FULL = new Uint32Array(PAGE_WORDS).fill(0xffffffff);

interface Page {
  words: Uint32Array;
  /** How many of its bits are set. */
  count: number;
}

/**
 * Offsets that are acknowledged: all below a watermark, and a bit for each beyond it, in pages, so that neither the
 * order in which they come nor how many gaps they leave makes any difference to what one more costs.
 */
export class AckSet {
  /** The first that is not acknowledged. */
  #below = 0;
  readonly #pages = new Map<number, Page>();
  #state: AckState | undefined;

  static of(state: AckState): AckSet {
    const set = new AckSet();
    set.addRange(0, state.below);
    for (const [from, to] of state.ranges) set.addRange(from, to);
    return set;
  }

  has(offset: number): boolean {
    if (offset < this.#below) return true;
    const page = this.#pages.get(Math.floor(offset / PAGE_BITS));
    if (page === undefined) return false;
    const bit = offset % PAGE_BITS;
    return (((page.words[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) === 1;
  }

  add(offset: number): void {
    if (this.has(offset)) return;
    this.#state = undefined;
    if (offset === this.#below) this.#raise(offset + 1);
    else this.#mark(offset);
  }

  /** All from the first to before the second. */
  addRange(from: number, to: number): void {
    const start = Math.max(from, this.#below);
    if (start >= to) return;
    this.#state = undefined;
    if (start === this.#below) this.#raise(to);
    else this.#markRange(start, to);
  }

  #markRange(from: number, to: number): void {
    for (let offset = from; offset < to; ) {
      const isWholePage = offset % PAGE_BITS === 0 && to - offset >= PAGE_BITS;
      if (isWholePage) this.#pages.set(offset / PAGE_BITS, { words: FULL, count: PAGE_BITS });
      else if (!this.has(offset)) this.#mark(offset);
      offset += isWholePage ? PAGE_BITS : 1;
    }
  }

  get state(): AckState {
    this.#state ??= { below: this.#below, ranges: this.#ranges() };
    return this.#state;
  }

  /** All below is acknowledged now, and what follows on it without a gap. */
  #raise(below: number): void {
    const first = Math.floor(this.#below / PAGE_BITS);
    this.#below = below;
    for (;;) {
      const page = this.#pages.get(Math.floor(this.#below / PAGE_BITS));
      if (page === undefined) break;
      const start = this.#below % PAGE_BITS;
      const end = page.words === FULL ? PAGE_BITS : endOfRun(page.words, start);
      this.#below += end - start;
      if (end < PAGE_BITS) break;
    }
    this.#dropPages(first, Math.floor(this.#below / PAGE_BITS));
  }

  #dropPages(from: number, to: number): void {
    if (to - from <= this.#pages.size) for (let number = from; number < to; number += 1) this.#pages.delete(number);
    else for (const number of this.#pages.keys()) if (number < to) this.#pages.delete(number);
  }

  /** Beyond the watermark, and not marked yet. */
  #mark(offset: number): void {
    const number = Math.floor(offset / PAGE_BITS);
    const page = this.#pages.get(number) ?? this.#newPage(number);
    setBit(page.words, offset % PAGE_BITS);
    page.count += 1;
    if (page.count === PAGE_BITS) page.words = FULL;
  }

  #newPage(number: number): Page {
    const page = { words: new Uint32Array(PAGE_WORDS), count: 0 };
    this.#pages.set(number, page);
    return page;
  }

  #ranges(): (readonly [from: number, to: number])[] {
    const ranges: [from: number, to: number][] = [];
    for (const number of [...this.#pages.keys()].sort((a, b) => a - b)) {
      const words = this.#pages.get(number)?.words ?? FULL;
      const base = number * PAGE_BITS;
      for (let bit = Math.max(0, this.#below - base); bit < PAGE_BITS; ) {
        const end = words === FULL ? PAGE_BITS : endOfRun(words, bit);
        if (end > bit) {
          const last = ranges.at(-1);
          if (last !== undefined && last[1] === base + bit) last[1] = base + end;
          else ranges.push([base + bit, base + end]);
        }
        bit = nextSet(words, end);
      }
    }
    return ranges;
  }
}

function setBit(words: Uint32Array, bit: number): void {
  words[bit >>> 5] = (words[bit >>> 5] ?? 0) | (1 << (bit & 31));
}

/** The first bit from `start` on that is not set. */
function endOfRun(words: Uint32Array, start: number): number {
  let bit = start;
  while (bit < PAGE_BITS) {
    const unset = ~(words[bit >>> 5] ?? 0) >>> (bit & 31);
    if (unset !== 0) return bit + trailingZeros(unset);
    bit = (bit | 31) + 1;
  }
  return PAGE_BITS;
}

/** The first bit from `start` on that is set. */
function nextSet(words: Uint32Array, start: number): number {
  let bit = start;
  while (bit < PAGE_BITS) {
    const set = (words[bit >>> 5] ?? 0) >>> (bit & 31);
    if (set !== 0) return bit + trailingZeros(set);
    bit = (bit | 31) + 1;
  }
  return PAGE_BITS;
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word);
}
