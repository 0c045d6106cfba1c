import { MalformedFrameError } from './types.ts';

/**
 * All arrays of one request together may not have more elements: a frame of `maxFrameBytes` full of one-byte elements
 * would otherwise become a hundred times its size in objects, and each may be a look-up. A client that names every
 * partition of a broker has ten thousand.
 */
const MAX_ELEMENTS = 100_000;

const TWO_POW_32 = 0x1_0000_0000;

/**
 * Reads the primitive types of the Kafka protocol from one frame. Never reads past the frame, and never allocates by a
 * length that the rest of the frame cannot hold; where the bytes do not add up it throws {@link MalformedFrameError}.
 *
 * Strings, bytes and arrays have a classic and a compact form. Which one a message uses depends on its version alone
 * (KIP-482), so `flexible` is set once per request and the API files are written without knowing.
 */
export class Reader {
  flexible = false;
  readonly #bytes: Buffer;
  readonly #end: number;
  #position: number;
  #elementsLeft = MAX_ELEMENTS;

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  get remaining(): number {
    return this.#end - this.#position;
  }

  /** Claims the next `count` bytes and returns where they begin. */
  #take(count: number, what: string): number {
    const at = this.#position;
    if (count > this.#end - at) {
      throw new MalformedFrameError(`${what} at byte ${at} needs ${count} bytes, ${this.#end - at} are left`);
    }
    this.#position = at + count;
    return at;
  }

  skip(count: number): void {
    if (count < 0) throw new MalformedFrameError(`cannot go back ${-count} bytes`);
    this.#take(count, 'skip');
  }

  boolean(): boolean {
    return this.int8() !== 0;
  }

  int8(): number {
    return this.#bytes.readInt8(this.#take(1, 'int8'));
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#take(2, 'int16'));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#take(4, 'int32'));
  }

  /** An int64 whose value a JavaScript number holds exactly. */
  int64(): number {
    const at = this.#position;
    const value = this.#int64();
    if (!Number.isSafeInteger(value)) throw new MalformedFrameError(`int64 at byte ${at} is beyond ±(2^53 - 1)`);
    return value;
  }

  /** An int64 for comparison only: beyond what a number holds exactly it becomes the nearest value that it does. */
  int64Clamped(): number {
    const value = this.#int64();
    return Math.min(Math.max(value, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
  }

  #int64(): number {
    const at = this.#take(8, 'int64');
    return this.#bytes.readInt32BE(at) * TWO_POW_32 + this.#bytes.readUInt32BE(at + 4);
  }

  /** Seven bits a byte, the lowest first; at most five bytes. */
  unsignedVarint(): number {
    const at = this.#position;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes.readUInt8(this.#take(1, 'varint'));
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value >= TWO_POW_32) break;
        return value;
      }
    }
    throw new MalformedFrameError(`varint at byte ${at} does not fit 32 bits`);
  }

  /** A zigzag varint of 32 bits, as inside records. */
  varint(): number {
    const raw = this.unsignedVarint();
    return (raw >>> 1) ^ -(raw & 1);
  }

  /** A zigzag varint of 64 bits whose value a JavaScript number holds exactly. */
  varlong(): number {
    const at = this.#position;
    let raw = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes.readUInt8(this.#take(1, 'varlong'));
      raw |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        const value = Number(BigInt.asIntN(64, (raw >> 1n) ^ -(raw & 1n)));
        if (raw >= 1n << 64n || !Number.isSafeInteger(value)) break;
        return value;
      }
    }
    throw new MalformedFrameError(`varlong at byte ${at} does not fit ±(2^53 - 1)`);
  }

  /** In its usual text form, lower case. */
  uuid(): string {
    const at = this.#take(16, 'uuid');
    const hex = this.#bytes.toString('hex', at, at + 16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  string(): string {
    return required(this.nullableString(), 'string', this.#position);
  }

  nullableString(): string | null {
    const length = this.#length(2, 'string');
    if (length < 0) return null;
    const at = this.#take(length, 'string');
    return this.#bytes.toString('utf8', at, at + length);
  }

  /** A view into the frame, not a copy. */
  bytes(): Buffer {
    return required(this.nullableBytes(), 'bytes', this.#position);
  }

  /** A view into the frame, not a copy. Also the wire form of record sets. */
  nullableBytes(): Buffer | null {
    const length = this.#length(4, 'bytes');
    if (length < 0) return null;
    const at = this.#take(length, 'bytes');
    return this.#bytes.subarray(at, at + length);
  }

  array<T>(element: (reader: this) => T): T[] {
    return required(this.nullableArray(element), 'array', this.#position);
  }

  nullableArray<T>(element: (reader: this) => T): T[] | null {
    const at = this.#position;
    const length = this.#length(4, 'array');
    if (length < 0) return null;
    if (length > this.remaining || length > this.#elementsLeft) {
      throw new MalformedFrameError(
        `array at byte ${at} has ${length} elements, ${this.remaining} bytes are left, ${this.#elementsLeft} more are allowed`,
      );
    }
    this.#elementsLeft -= length;
    const elements: T[] = [];
    for (let index = 0; index < length; index += 1) elements.push(element(this));
    return elements;
  }

  /**
   * Ends a structure: in flexible versions its tagged fields follow, otherwise nothing. Known tags go to `known`, which
   * reads one field from a reader of exactly its bytes; unknown ones are skipped.
   */
  tags(known?: (tag: number, field: Reader) => void): void {
    if (!this.flexible) return;
    for (let left = this.unsignedVarint(); left > 0; left -= 1) {
      const tag = this.unsignedVarint();
      const size = this.unsignedVarint();
      const at = this.#take(size, 'tagged field');
      if (known !== undefined) {
        const field = new Reader(this.#bytes, at, at + size);
        field.flexible = true;
        known(tag, field);
      }
    }
  }

  /** -1 for null. */
  #length(classicBytes: 2 | 4, what: string): number {
    const at = this.#position;
    let length: number;
    if (this.flexible) length = this.unsignedVarint() - 1;
    else length = classicBytes === 2 ? this.int16() : this.int32();
    if (length < -1) throw new MalformedFrameError(`${what} at byte ${at} has length ${length}`);
    return length;
  }
}

function required<T>(value: T | null, what: string, at: number): T {
  if (value === null) throw new MalformedFrameError(`${what} before byte ${at} must not be null`);
  return value;
}
