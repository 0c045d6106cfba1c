/**
 * Kafka's variable-length integers: zig-zag, seven bits a byte, the lowest first
 * (https://kafka.apache.org/protocol#protocol_types, VARINT and VARLONG). Safe integers only.
 */
export function varintSize(value: number): number {
  let rest = zigZag(value);
  let size = 1;
  while (rest > 127) {
    rest = Math.floor(rest / 128);
    size++;
  }
  return size;
}

/** Writes at `at`; returns where the next byte goes. */
export function writeVarint(into: Uint8Array, at: number, value: number): number {
  let rest = zigZag(value);
  let next = at;
  while (rest > 127) {
    into[next++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  into[next++] = rest;
  return next;
}

function zigZag(value: number): number {
  return value >= 0 ? value * 2 : value * -2 - 1;
}

/** Reads one value after another. */
export class Cursor {
  readonly buffer: Buffer;
  at: number;

  constructor(buffer: Buffer, at = 0) {
    this.buffer = buffer;
    this.at = at;
  }

  varint(): number {
    const first = this.#byte();
    if (first < 128) return (first >>> 1) ^ -(first & 1);
    let value = first & 127;
    for (let factor = 128; ; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value % 2 === 0 ? value / 2 : (value + 1) / -2;
      // The tenth byte would begin at bit 63, beyond what a long holds.
      if (factor > 2 ** 56) throw new RangeError('a variable-length integer is longer than a long');
    }
  }

  /** The bytes that follow their length; null where that is -1. */
  bytes(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const start = this.at;
    this.pass(length);
    return this.buffer.subarray(start, this.at);
  }

  /** The text that follows its length in bytes. */
  text(): string {
    return this.textOrNull() ?? '';
  }

  /** The text that follows its length in bytes; null where that is -1. */
  textOrNull(): string | null {
    const length = this.varint();
    if (length < 0) return null;
    const start = this.at;
    this.pass(length);
    return this.buffer.toString('utf8', start, this.at);
  }

  /** Passes over bytes that follow their length; a length of -1 stands for null. */
  skipBytes(): void {
    this.pass(this.varint());
  }

  pass(bytes: number): void {
    if (bytes > 0) this.at += bytes;
    if (this.at > this.buffer.length) throw new RangeError('a field reaches beyond its record');
  }

  #byte(): number {
    const byte = this.buffer[this.at++];
    if (byte === undefined) throw new RangeError('a record ends within a field');
    return byte;
  }
}
