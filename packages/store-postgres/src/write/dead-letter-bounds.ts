import type { DeadLetter, RecordHeader } from '@sluice/core';

/**
 * What is kept of a record that is larger than one statement and one text of PostgreSQL (1 GiB, and all of it is base64 in
 * JSON) should carry: a dead letter that cannot be stored would stop its partition. Brokers take records of 1 MiB by
 * default, so what is cut is next to always garbage.
 */
const VALUE_BYTES = 16 * 2 ** 20;
const KEY_BYTES = 2 ** 20;
/** Of all headers together, names included. */
const HEADER_BYTES = 4 * 2 ** 20;

/** A dead letter with its record cut to what can be stored, and a detail that says what was cut. */
export function bounded(deadLetter: DeadLetter): DeadLetter {
  const { record, detail } = deadLetter;
  const { topic, position, timestampMs } = record;
  const notes: string[] = [];
  const cut = (name: string, bytes: Buffer | null, most: number): Buffer | null => {
    if (bytes === null || bytes.length <= most) return bytes;
    notes.push(`of ${bytes.length} bytes of its ${name}, the first ${most} are kept`);
    return bytes.subarray(0, most);
  };
  const key = cut('key', record.key, KEY_BYTES);
  const value = cut('value', record.value, VALUE_BYTES);
  const headers = firstHeaders(record.headers);
  if (headers.length < record.headers.length) {
    notes.push(`of its ${record.headers.length} headers, the first ${headers.length} are kept`);
  }
  if (notes.length === 0) return deadLetter;
  return {
    ...deadLetter,
    detail: `${detail} (${notes.join('; ')})`,
    record: { topic, position, timestampMs, key, value, headers },
  };
}

function firstHeaders(headers: readonly RecordHeader[]): readonly RecordHeader[] {
  let bytes = 0;
  const tooFar = headers.findIndex(({ name, value }) => {
    bytes += name.length + (value?.length ?? 0);
    return bytes > HEADER_BYTES;
  });
  return tooFar === -1 ? headers : headers.slice(0, tooFar);
}
