/** Bytes that grow up to a bound, and may repeat what they already hold. */
export class BoundedOutput {
  readonly #maxBytes: number;
  #buffer: Buffer;
  #length = 0;

  constructor(expectedBytes: number, maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#buffer = Buffer.allocUnsafe(Math.min(expectedBytes, maxBytes));
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** @throws RangeError where it would be more than the bound */
  append(source: Buffer, start: number, end: number): void {
    this.#makeRoom(end - start);
    source.copy(this.#buffer, this.#length, start, end);
    this.#length += end - start;
  }

  /**
   * Appends `count` bytes, each the same as the one `distance` before it: where that is less than `count`, a pattern.
   * @throws RangeError where there are none so far back, or it would be more than the bound
   */
  repeat(distance: number, count: number): void {
    if (distance === 0 || distance > this.#length) throw new RangeError(`nothing lies ${distance} bytes back`);
    this.#makeRoom(count);
    const from = this.#length - distance;
    const end = this.#length + count;
    while (this.#length < end) {
      // Twice as much each time, since what was just written repeats as well.
      const bytes = Math.min(this.#length - from, end - this.#length);
      this.#buffer.copyWithin(this.#length, from, from + bytes);
      this.#length += bytes;
    }
  }

  #makeRoom(more: number): void {
    const needed = this.#length + more;
    if (needed > this.#maxBytes) throw new RangeError(`it holds more than ${this.#maxBytes} bytes`);
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.min(Math.max(needed, this.#buffer.length * 2), this.#maxBytes));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
