import { type HeaderNames, type OutgoingRecord, type RecordHeader, utf8Text } from '@sluice/core';
import { Cursor, varintSize, writeVarint } from './records/varint.ts';

/**
 * A record's headers as Kafka carries them: a count, then name and value of each, every one after its length
 * (https://kafka.apache.org/documentation/#recordheader). Names may repeat, values may be null.
 */
type NewHeaders = OutgoingRecord['headers'];

export function headersSize(headers: NewHeaders): number {
  let size = varintSize(headers.length);
  for (const { name, value } of headers) size += fieldSize(name) + fieldSize(value);
  return size;
}

export function writeHeaders(into: Buffer, at: number, headers: NewHeaders): number {
  let next = writeVarint(into, at, headers.length);
  for (const { name, value } of headers) {
    next = writeField(into, next, name);
    next = writeField(into, next, value);
  }
  return next;
}

/** @param from where the count lies in `record` */
export function readHeaders(record: Buffer, from: number): RecordHeader[] {
  const cursor = new Cursor(record, from);
  const count = cursor.varint();
  const headers: RecordHeader[] = [];
  for (let index = 0; index < count; index++) headers.push({ name: cursor.text(), value: cursor.bytes() });
  return headers;
}

/**
 * The last header of each name, found by comparing bytes in one pass; the others are passed over undecoded. What is not
 * UTF-8 is no text.
 */
export function readHeaderTexts(record: Buffer, from: number, names: HeaderNames): (string | undefined)[] {
  const wanted = bytesOfNames(names);
  const cursor = new Cursor(record, from);
  const found: (string | undefined)[] = wanted.map(() => undefined);
  for (let left = cursor.varint(); left > 0; left--) {
    const index = indexOfName(cursor, wanted);
    if (index === -1) cursor.skipBytes();
    else found[index] = textOf(cursor);
  }
  return found;
}

function textOf(cursor: Cursor): string | undefined {
  const start = cursor.at;
  const text = cursor.textOrNull();
  // Only where bytes may have been replaced are they looked at: this is asked for every record.
  if (text?.includes('\ufffd')) return utf8Text(new Cursor(cursor.buffer, start).bytes() ?? NO_BYTES);
  return text ?? undefined;
}

const NO_BYTES = Buffer.alloc(0);

/** Passes over a name and says which of the wanted ones it is; -1 for another. */
function indexOfName(cursor: Cursor, wanted: readonly Buffer[]): number {
  const length = cursor.varint();
  const start = cursor.at;
  cursor.pass(length);
  for (let index = 0; index < wanted.length; index++) {
    const name = wanted[index];
    if (name?.length === length && isAt(cursor.buffer, start, name)) return index;
  }
  return -1;
}

function isAt(bytes: Buffer, start: number, expected: Buffer): boolean {
  for (let index = 0; index < expected.length; index++) {
    if (bytes[start + index] !== expected[index]) return false;
  }
  return true;
}

/** The few lists of names that are ever asked for, as bytes. */
const preparedNames = new WeakMap<HeaderNames, readonly Buffer[]>();

function bytesOfNames(names: HeaderNames): readonly Buffer[] {
  let prepared = preparedNames.get(names);
  if (prepared === undefined) {
    prepared = names.map((name) => Buffer.from(name));
    preparedNames.set(names, prepared);
  }
  return prepared;
}

/** What stands after its length in bytes: a text, bytes, or nothing. */
type Field = string | Buffer | null;

const NULL_LENGTH = -1;

export function fieldSize(field: Field): number {
  if (field === null) return varintSize(NULL_LENGTH);
  const bytes = Buffer.byteLength(field);
  return varintSize(bytes) + bytes;
}

export function writeField(into: Buffer, at: number, field: Field): number {
  if (field === null) return writeVarint(into, at, NULL_LENGTH);
  const start = writeVarint(into, at, Buffer.byteLength(field));
  if (typeof field === 'string') return start + into.write(field, start);
  into.set(field, start);
  return start + field.length;
}
