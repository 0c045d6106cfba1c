/**
 * The few pieces of protobuf's wire format that are written by hand: around messages that lie encoded already, and for
 * types that the client's package has no code for.
 */

const LENGTH_DELIMITED = 2;

/** How many bytes a number takes as a varint. */
export function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes += 1;
  return bytes;
}

/** Writes a varint, answers where it ends. */
export function writeVarint(target: Buffer, position: number, value: number): number {
  let at = position;
  let rest = value;
  while (rest >= 0x80) {
    target[at] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
    at += 1;
  }
  target[at] = rest;
  return at + 1;
}

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
