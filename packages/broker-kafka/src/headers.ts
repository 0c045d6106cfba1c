import type { NewRecord, RecordHeader } from '@sluice/core';
import { Cursor, varintSize, writeVarint } from './records/varint.ts';

/**
 * A record's headers as Kafka carries them: a count, then name and value of each, every one after its length
 * (https://kafka.apache.org/documentation/#recordheader). Names may repeat, values may be null.
 */
type NewHeaders = NewRecord['headers'];

export function headersSize(headers: NewHeaders): number {
  let size = varintSize(headers.length);
  for (const { name, value } of headers) size += textSize(name) + textSize(value);
  return size;
}

export function writeHeaders(into: Buffer, at: number, headers: NewHeaders): number {
  let next = writeVarint(into, at, headers.length);
  for (const { name, value } of headers) {
    next = writeText(into, next, name);
    next = writeText(into, next, value);
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

/** The value of the last header of that name, found by comparing bytes; the others are passed over undecoded. */
export function readLastHeader(record: Buffer, from: number, name: string): Buffer | null | undefined {
  const wanted = bytesOfName(name);
  const cursor = new Cursor(record, from);
  let found: number | undefined;
  for (let left = cursor.varint(); left > 0; left--) {
    if (cursor.skipEquals(wanted)) found = cursor.at;
    cursor.skipBytes();
  }
  return found === undefined ? undefined : new Cursor(record, found).bytes();
}

/** The few names that are ever asked for, as bytes. */
const namesAsBytes = new Map<string, Buffer>();

function bytesOfName(name: string): Buffer {
  let bytes = namesAsBytes.get(name);
  if (bytes === undefined) {
    bytes = Buffer.from(name);
    namesAsBytes.set(name, bytes);
  }
  return bytes;
}

export function textSize(text: string): number {
  const bytes = Buffer.byteLength(text);
  return varintSize(bytes) + bytes;
}

export function writeText(into: Buffer, at: number, text: string): number {
  const start = writeVarint(into, at, Buffer.byteLength(text));
  return start + into.write(text, start);
}
