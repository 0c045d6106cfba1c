import { INT4_BYTES, INT8_BYTES, type InstantWriter, UUID_BYTES, writeInt8, writeUuid } from './field.ts';

/** `PGCOPY\n\xff\r\n\0`, no flags, no extension. */
const SIGNATURE = Buffer.from('5047434f50590aff0d0a000000000000000000', 'hex');
const TRAILER = -1;
const NULL_BYTES = -1;

/**
 * Rows as COPY reads them in binary format (https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format"):
 *
 *     signature
 *     { int16 fields { int32 bytes, or -1 for null · the value } }
 *     int16 -1
 */
export class BinaryRows {
  #bytes: Buffer;
  #view: DataView;
  #at = SIGNATURE.length;

  /** @param expectedBytes what to have room for; it grows */
  constructor(expectedBytes: number) {
    this.#bytes = Buffer.allocUnsafe(SIGNATURE.length + expectedBytes);
    this.#view = viewOf(this.#bytes);
    SIGNATURE.copy(this.#bytes);
  }

  begin(fields: number): void {
    const at = this.#room(2);
    this.#view.setInt16(at, fields);
  }

  /** @throws SluiceError `invalid-data` */
  uuid(value: string): void {
    const at = this.#field(UUID_BYTES);
    writeUuid(this.#view, at, value);
  }

  /** @throws SluiceError `invalid-data` */
  instant(writer: InstantWriter, value: string): void {
    const at = this.#field(INT8_BYTES);
    writer.write(this.#view, at, value);
  }

  integer(value: number | null): void {
    if (value === null) {
      this.null();
      return;
    }
    const at = this.#field(INT4_BYTES);
    this.#view.setInt32(at, value);
  }

  bigint(value: number | null): void {
    if (value === null) {
      this.null();
      return;
    }
    const at = this.#field(INT8_BYTES);
    writeInt8(this.#view, at, value);
  }

  /** @param lengthAndText as `TextMaker` makes it */
  text(lengthAndText: Buffer): void {
    const at = this.#room(lengthAndText.length);
    this.#bytes.set(lengthAndText, at);
  }

  null(): void {
    const at = this.#room(4);
    this.#view.setInt32(at, NULL_BYTES);
  }

  end(): Buffer {
    const at = this.#room(2);
    this.#view.setInt16(at, TRAILER);
    return this.#bytes.subarray(0, this.#at);
  }

  /** Writes the length of a value and returns where it goes. */
  #field(bytes: number): number {
    const at = this.#room(4 + bytes);
    this.#view.setInt32(at, bytes);
    return at + 4;
  }

  /** Where the next bytes go. May replace the buffer and its view. */
  #room(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    if (this.#at > this.#bytes.length) this.#grow();
    return at;
  }

  #grow(): void {
    const larger = Buffer.allocUnsafe(Math.max(this.#at, this.#bytes.length * 2));
    this.#bytes.copy(larger);
    this.#bytes = larger;
    this.#view = viewOf(larger);
  }
}

const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
