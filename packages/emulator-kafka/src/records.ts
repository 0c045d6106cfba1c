/*
 * The records of a batch that is not compressed, one after the other (lengths and counts are zigzag varints):
 *
 *     length, attributes int8, timestamp_delta varlong, offset_delta, key_length (-1 for none), key, value_length, value,
 *     header_count, [header_key_length, header_key, header_value_length, header_value]
 *
 * Every record that is produced is walked through, so this goes by bytes alone and makes no objects.
 */

export type CheckedRecords =
  | {
      readonly kind: 'valid';
      /** The places in the batch of the records without a key. */
      readonly withoutKey: readonly number[];
    }
  | { readonly kind: 'broken'; readonly message: string };

/** Whether these bytes are exactly so many records. */
export function checkRecords(bytes: Uint8Array, count: number): CheckedRecords {
  const walk = new Walk(bytes);
  const withoutKey: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const end = walk.begin();
    const hasKey = walk.record();
    if (walk.position !== end) return { kind: 'broken', message: `record ${index} of ${count} is not well-formed` };
    if (!hasKey) withoutKey.push(index);
  }
  if (walk.position === bytes.length) return { kind: 'valid', withoutKey };
  return { kind: 'broken', message: `${bytes.length - walk.position} bytes follow the last of ${count} records` };
}

/** Past the end, or where something is wrong: no record ends here. */
const NOWHERE = Number.POSITIVE_INFINITY;

class Walk {
  position = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** @returns where the record that begins here ends. */
  begin(): number {
    const length = this.#varint();
    const end = this.position + length;
    return length < 0 || end > this.#bytes.length ? -1 : end;
  }

  /** Goes through what follows the length. @returns whether there is a key. */
  record(): boolean {
    this.#skip(1);
    this.#skipVarint(10);
    this.#skipVarint(5);
    const hasKey = this.#skipField() >= 0;
    this.#skipField();
    let headers = this.#varint();
    if (headers < 0) this.position = NOWHERE;
    for (; headers > 0 && this.position < this.#bytes.length; headers -= 1) {
      if (this.#skipField() < 0) this.position = NOWHERE;
      this.#skipField();
    }
    if (headers > 0) this.position = NOWHERE;
    return hasKey;
  }

  /** @returns the field's length; below 0 it is null. */
  #skipField(): number {
    const length = this.#varint();
    if (length > 0) this.#skip(length);
    return length;
  }

  #skip(count: number): void {
    this.position += count;
  }

  #skipVarint(maxBytes: number): void {
    const start = this.position;
    while ((this.#bytes[this.position] ?? 0) >= 0x80) this.position += 1;
    this.position += 1;
    if (this.position - start > maxBytes) this.position = NOWHERE;
  }

  #varint(): number {
    let raw = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.position] ?? 0;
      this.position += 1;
      raw |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (raw >>> 1) ^ -(raw & 1);
    }
    this.position = NOWHERE;
    return -1;
  }
}
