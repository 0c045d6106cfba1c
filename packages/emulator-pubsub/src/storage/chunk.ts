import type { Cached } from './memory-budget.ts';

/** Consecutive messages in one piece of memory. Bytes are only ever added, or cut off again where nobody saw them. */
export class Chunk implements Cached {
  readonly firstOffset: number;
  readonly bytes: number;
  readonly #memory: Buffer;
  readonly #ends: number[] = [];
  readonly #timesUs: number[] = [];
  readonly #onDrop: (chunk: Chunk) => void;

  constructor(firstOffset: number, bytes: number, onDrop: (chunk: Chunk) => void) {
    this.firstOffset = firstOffset;
    this.bytes = bytes;
    // Not from Node's pool, of which a small chunk would hold on to more than its own bytes.
    this.#memory = Buffer.allocUnsafeSlow(bytes);
    this.#onDrop = onDrop;
  }

  get endOffset(): number {
    return this.firstOffset + this.#ends.length;
  }

  get memory(): Buffer {
    return this.#memory;
  }

  /** How much of the memory is used. */
  get length(): number {
    return this.#ends.at(-1) ?? 0;
  }

  get lastTimeUs(): number {
    return this.#timesUs.at(-1) ?? 0;
  }

  /** Whatever was written behind the last message up to here is the next one. */
  add(end: number, publishTimeUs: number): void {
    this.#ends.push(end);
    this.#timesUs.push(publishTimeUs);
  }

  cutTo(endOffset: number): void {
    this.#ends.length = endOffset - this.firstOffset;
    this.#timesUs.length = endOffset - this.firstOffset;
  }

  encodedAt(offset: number): Buffer {
    const index = offset - this.firstOffset;
    return this.#memory.subarray(this.#ends[index - 1] ?? 0, this.#ends[index]);
  }

  timeUsAt(offset: number): number {
    return this.#timesUs[offset - this.firstOffset] ?? 0;
  }

  drop(): void {
    this.#onDrop(this);
  }
}
