/** Bytes that can be written to anywhere; what lies between is zero. */
export class GrowingBytes {
  #buffer: Buffer;
  #length: number;

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes);
    this.#length = bytes.length;
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  get length(): number {
    return this.#length;
  }

  write(position: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.growTo(position + bytes.length);
    this.#buffer.set(bytes, position);
  }

  growTo(length: number): void {
    if (length <= this.#length) return;
    if (length > this.#buffer.length) {
      const grown = Buffer.alloc(Math.max(length, this.#buffer.length * 2));
      grown.set(this.bytes);
      this.#buffer = grown;
    }
    this.#length = length;
  }

  truncate(size: number): void {
    this.growTo(size);
    this.#buffer.fill(0, size, this.#length);
    this.#length = size;
  }
}
