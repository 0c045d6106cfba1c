/** Whole numbers up to 2^53 as protobuf's base-128 varints: https://protobuf.dev/programming-guides/encoding/#varints */
export function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes += 1;
  return bytes;
}

/** @returns the position behind it. */
export function writeVarint(target: Buffer, at: number, value: number): number {
  let rest = value;
  let end = at;
  while (rest >= 0x80) {
    target[end] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
    end += 1;
  }
  target[end] = rest;
  return end + 1;
}

/** Reads varints and what they are the lengths of, one after the other. */
export class VarintReader {
  readonly bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  /** @throws RangeError where the bytes end within it. */
  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.bytes[this.at];
      if (byte === undefined) throw new RangeError(`the bytes end at ${this.at}, within a number`);
      this.at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }

  /** @throws RangeError where fewer are left. */
  take(length: number): Buffer {
    const end = this.at + length;
    if (end > this.bytes.length) {
      throw new RangeError(`${length} bytes at ${this.at} must end by ${this.bytes.length}`);
    }
    const taken = this.bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }
}
