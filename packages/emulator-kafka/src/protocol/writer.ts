import { MalformedFrameError } from './types.ts';

/**
 * An answer may not have more bytes, record sets that are not copied aside: one small request that names the same thing
 * again and again would otherwise be answered with gigabytes.
 */
const MAX_BYTES = 32 * 1024 * 1024;

const TWO_POW_32 = 0x1_0000_0000;

/** A record set below this size is copied beside the rest: a copy is then cheaper than another iovec. */
const COPY_BELOW_BYTES = 4096;

/**
 * Writes the primitive types of the Kafka protocol. The counterpart of `Reader`: `flexible` chooses between the classic
 * and the compact forms, so the API files are written without knowing.
 *
 * Large record sets are not copied: {@link finish} returns the pieces in order, for one gathering write.
 */
export class Writer {
  flexible = false;
  #bytes: Buffer;
  /** Where the part of `#bytes` that is not yet among the pieces begins. */
  #from = 0;
  #position = 0;
  readonly #pieces: Buffer[] = [];
  #piecesBytes = 0;

  constructor(initialBytes = 256) {
    this.#bytes = Buffer.allocUnsafe(initialBytes);
  }

  /** Makes room for `count` bytes and returns where they go. */
  #reserve(count: number): number {
    const at = this.#position;
    if (at + count > this.#bytes.length) return this.#grow(count);
    this.#position = at + count;
    return at;
  }

  #grow(count: number): number {
    const written = this.#position - this.#from;
    if (written + count > MAX_BYTES)
      throw new MalformedFrameError(`its answer would have more than ${MAX_BYTES} bytes`);
    const larger = Buffer.allocUnsafe(Math.max((written + count) * 2, 256));
    this.#bytes.copy(larger, 0, this.#from, this.#position);
    this.#bytes = larger;
    this.#from = 0;
    this.#position = written + count;
    return written;
  }

  boolean(value: boolean): void {
    this.int8(value ? 1 : 0);
  }

  int8(value: number): void {
    const at = this.#reserve(1);
    this.#bytes.writeInt8(value, at);
  }

  int16(value: number): void {
    const at = this.#reserve(2);
    this.#bytes.writeInt16BE(value, at);
  }

  int32(value: number): void {
    const at = this.#reserve(4);
    this.#bytes.writeInt32BE(value, at);
  }

  int64(value: number): void {
    const at = this.#reserve(8);
    this.#bytes.writeInt32BE(Math.floor(value / TWO_POW_32), at);
    this.#bytes.writeUInt32BE(value - Math.floor(value / TWO_POW_32) * TWO_POW_32, at + 4);
  }

  unsignedVarint(value: number): void {
    let left = value;
    while (left >= 0x80) {
      const at = this.#reserve(1);
      this.#bytes[at] = (left & 0x7f) | 0x80;
      left = Math.floor(left / 0x80);
    }
    const at = this.#reserve(1);
    this.#bytes[at] = left;
  }

  /** A zigzag varint of 32 bits, as inside records. */
  varint(value: number): void {
    this.unsignedVarint(((value << 1) ^ (value >> 31)) >>> 0);
  }

  /** A zigzag varint of 64 bits. */
  varlong(value: number): void {
    let left = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
    while (left >= 0x80n) {
      this.int8(Number(BigInt.asIntN(8, (left & 0x7fn) | 0x80n)));
      left >>= 7n;
    }
    this.int8(Number(left));
  }

  /** From its usual text form. */
  uuid(value: string): void {
    const at = this.#reserve(16);
    this.#bytes.write(value.replaceAll('-', ''), at, 16, 'hex');
  }

  string(value: string): void {
    const length = Buffer.byteLength(value);
    this.#length(length, 2);
    const at = this.#reserve(length);
    this.#bytes.write(value, at, length, 'utf8');
  }

  nullableString(value: string | null): void {
    if (value === null) this.#length(-1, 2);
    else this.string(value);
  }

  bytes(value: Uint8Array): void {
    this.#length(value.length, 4);
    this.raw(value);
  }

  nullableBytes(value: Uint8Array | null): void {
    if (value === null) this.#length(-1, 4);
    else this.bytes(value);
  }

  /** Bytes as they are, copied. */
  raw(value: Uint8Array): void {
    const at = this.#reserve(value.length);
    this.#bytes.set(value, at);
  }

  /** A record set; a large one by reference: it must not change until it has been sent. */
  records(value: Buffer): void {
    this.#length(value.length, 4);
    if (value.length < COPY_BELOW_BYTES) {
      this.raw(value);
      return;
    }
    this.#seal();
    this.#pieces.push(value);
    this.#piecesBytes += value.length;
  }

  array<T>(values: readonly T[], element: (value: T, writer: this) => void): void {
    this.#length(values.length, 4);
    for (const value of values) element(value, this);
  }

  nullableArray<T>(values: readonly T[] | null, element: (value: T, writer: this) => void): void {
    if (values === null) this.#length(-1, 4);
    else this.array(values, element);
  }

  /** Ends a structure: in flexible versions its tagged fields follow (in ascending order of tag), otherwise nothing. */
  tags(fields: readonly TaggedField[] = []): void {
    if (!this.flexible) return;
    this.unsignedVarint(fields.length);
    for (const { tag, write } of fields) {
      const field = new Writer();
      field.flexible = true;
      write(field);
      const pieces = field.finish();
      this.unsignedVarint(tag);
      this.unsignedVarint(pieces.reduce((sum, piece) => sum + piece.length, 0));
      for (const piece of pieces) this.raw(piece);
    }
  }

  get length(): number {
    return this.#piecesBytes + this.#position - this.#from;
  }

  /** What was written, in order. The writer is not used afterwards. */
  finish(): Buffer[] {
    this.#seal();
    return this.#pieces;
  }

  #seal(): void {
    if (this.#position === this.#from) return;
    this.#pieces.push(this.#bytes.subarray(this.#from, this.#position));
    this.#piecesBytes += this.#position - this.#from;
    this.#from = this.#position;
  }

  #length(length: number, classicBytes: 2 | 4): void {
    if (this.flexible) this.unsignedVarint(length + 1);
    else if (classicBytes === 2) this.int16(length);
    else this.int32(length);
  }
}

export interface TaggedField {
  readonly tag: number;
  readonly write: (writer: Writer) => void;
}
