import { varintBytes, writeVarint } from '../varint.ts';

/**
 * The few pieces of protobuf's wire format that are written by hand: around messages that lie encoded already, and for
 * types that the client's package has no code for.
 */

const LENGTH_DELIMITED = 2;

/** A length-delimited field: tag, length, content. The field's number must be below 16. */
export function field(number: number, content: Buffer | string): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const head = Buffer.allocUnsafe(1 + varintBytes(bytes.length));
  head[0] = (number << 3) | LENGTH_DELIMITED;
  writeVarint(head, 1, bytes.length);
  return Buffer.concat([head, bytes]);
}

/** A field of a number other than 0, or of true. */
export function numberField(number: number, value: number): Buffer {
  const bytes = Buffer.allocUnsafe(1 + varintBytes(value));
  bytes[0] = number << 3;
  writeVarint(bytes, 1, value);
  return bytes;
}

export interface WireField {
  readonly number: number;
  /** What a length-delimited field has; empty for one of another kind. */
  readonly content: Buffer;
  /** The whole field with its tag, as it came. */
  readonly raw: Buffer;
}

/**
 * The fields of a message, one after the other. What is of groups, which proto3 has none of, is no message.
 * @throws RangeError where it ends within a field, or has a field that cannot be.
 */
export function* fieldsOf(bytes: Buffer): Generator<WireField> {
  let at = 0;
  while (at < bytes.length) {
    const tag = readVarint(bytes, at);
    const kind = tag.value % 8;
    const number = Math.floor(tag.value / 8);
    let end = tag.end;
    let content: Buffer = NOTHING;
    if (kind === LENGTH_DELIMITED) {
      const length = readVarint(bytes, tag.end);
      end = length.end + length.value;
      content = bytes.subarray(length.end, end);
    } else if (kind === 0) {
      end = readVarint(bytes, tag.end).end;
    } else if (kind === 1 || kind === 5) {
      end += kind === 1 ? 8 : 4;
    } else {
      throw new RangeError(`a field must be of a kind that proto3 has, got ${kind}`);
    }
    if (number === 0 || end > bytes.length) throw new RangeError('a message must not end within a field');
    yield { number, content, raw: bytes.subarray(at, end) };
    at = end;
  }
}

const NOTHING = Buffer.alloc(0);

/**
 * Goes over the fields of a message without making anything of them: for what has to be known before it is decoded. Ends
 * early where the bytes are no message, which decoding will say.
 */
export class FieldScan {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  number = 0;
  /** Where the content of a length-delimited field begins and ends; nowhere for one of another kind. */
  from = 0;
  to = 0;

  constructor(bytes: Buffer, from = 0, to = bytes.length) {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = to;
  }

  next(): boolean {
    if (this.#at >= this.#end) return false;
    const tag = this.#varint();
    this.number = Math.floor(tag / 8);
    const kind = tag % 8;
    let skipped = 0;
    if (kind === LENGTH_DELIMITED) skipped = this.#varint();
    else if (kind === 0) this.#varint();
    else if (kind === 1 || kind === 5) skipped = kind === 1 ? 8 : 4;
    else return false;
    this.from = this.#at;
    this.#at += skipped;
    this.to = this.#at;
    return this.#at <= this.#end;
  }

  /** Beyond the end it is as if zeros followed. */
  #varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.#bytes[this.#at] ?? 0;
      this.#at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }
}

/** As long as any that is not negative and fits a JavaScript number; longer ones are read over, with a wrong value. */
function readVarint(bytes: Buffer, position: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let index = 0; index < 10; index += 1) {
    const byte = bytes[position + index];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: position + index + 1 };
  }
  throw new RangeError('a number must end within ten bytes, and within the message');
}
