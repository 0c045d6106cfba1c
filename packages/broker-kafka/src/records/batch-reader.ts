import type { BrokerRecord, TopicPartition } from '@sluice/core';
import type { BatchHeader } from './batch-header.ts';
import { decompress } from './decompress.ts';
import { FetchedRecord } from './fetched-record.ts';
import { Cursor } from './varint.ts';

/**
 * Cuts a batch into its records, and appends those from offset `from` on. Any client may have written it, and a broker may
 * not look into what is compressed, so all is checked here: whoever reads a record later meets no surprise.
 *
 * A record whose own fields are wrong becomes a faulty one at its offset, and its neighbours stand. Where the records
 * cannot be told apart any more, what is left of the batch becomes one faulty record at the batch's last offset: one, since
 * a batch of a hundred bytes may claim two thousand million offsets.
 */
export function readBatch(
  place: TopicPartition,
  bytes: Buffer,
  header: BatchHeader,
  from: number,
  into: BrokerRecord[],
): void {
  const { baseOffset, lastOffset, compression, recordsAt, end, maxTimestamp } = header;
  let cursor = new Cursor(bytes.subarray(0, end), recordsAt);
  try {
    if (compression !== 0) cursor = new Cursor(decompress(compression, bytes.subarray(recordsAt, end)));
    readAll(place, cursor, header, from, into);
  } catch (error) {
    if (lastOffset < from) return;
    const fault = `the batch of the offsets ${baseOffset} to ${lastOffset} ${reasonOf(error)}`;
    into.push(faultyRecord(place, lastOffset, maxTimestamp, cursor.buffer.subarray(cursor.at), fault));
  }
}

/** What few bytes may claim, compressed, must not become as many objects. No client's default comes near either. */
const MOST_RECORDS = 2 ** 20;
const MOST_HEADERS = 100_000;

/** Attributes, two deltas, no key, no value and no headers. */
const SHORTEST_RECORD = 6;

/** @throws RangeError where the records cannot be told apart; the cursor then stands before what is left of them */
function readAll(place: TopicPartition, cursor: Cursor, header: BatchHeader, from: number, into: BrokerRecord[]): void {
  const { baseOffset, lastOffset, count } = header;
  if (count > MOST_RECORDS) throw new RangeError(`says ${count} records; at most ${MOST_RECORDS} are read`);
  let earliest = baseOffset;
  for (let index = 0; index < count; index++) {
    const start = cursor.at;
    try {
      const length = cursor.varint();
      const end = cursor.at + length;
      if (length < SHORTEST_RECORD || end > cursor.buffer.length)
        throw new RangeError(`it has a length of ${length} bytes`);
      // Offsets rise, and leave room for the records to come: mostly one is left.
      const latest = lastOffset - (count - 1 - index);
      const offset = readRecord(place, cursor, header, { start, end, earliest, latest }, from, into);
      earliest = offset + 1;
      cursor.at = end;
    } catch (error) {
      cursor.at = start;
      throw new RangeError(`says ${count} records, but number ${index + 1} cannot be read: ${reasonOf(error)}`);
    }
  }
  // Behind the batch's last offset there is none at which more could be kept.
  if (cursor.at < cursor.buffer.length && earliest <= lastOffset) {
    throw new RangeError(`says ${count} records, but has more`);
  }
}

/** Where a record lies in the batch's bytes, and between which offsets it must be. */
interface Span {
  readonly start: number;
  readonly end: number;
  readonly earliest: number;
  readonly latest: number;
}

/**
 * Appends the record if its offset is at least `from`; returns its offset.
 * @throws RangeError where its offset cannot be told
 */
function readRecord(
  place: TopicPartition,
  cursor: Cursor,
  { baseOffset, baseTimestamp, maxTimestamp, logAppendTime }: BatchHeader,
  { start, end, earliest, latest }: Span,
  from: number,
  into: BrokerRecord[],
): number {
  let offset = earliest === latest ? earliest : undefined;
  let timestampMs = maxTimestamp;
  try {
    cursor.at++;
    const timestampDelta = cursor.varint();
    const found = baseOffset + cursor.varint();
    if (found < earliest || found > latest) throw new RangeError(`it says that its offset is ${found}`);
    offset = found;
    if (!logAppendTime) timestampMs = baseTimestamp + timestampDelta;
    const keyAt = cursor.at;
    cursor.skipBytes();
    const valueAt = cursor.at;
    cursor.skipBytes();
    const headersAt = cursor.at;
    passHeaders(cursor, end);
    if (offset < from) return offset;
    const { topic, partition } = place;
    into.push(new FetchedRecord(topic, partition, offset, timestampMs, cursor.buffer, keyAt, valueAt, headersAt));
  } catch (error) {
    if (offset === undefined) throw error;
    const fault = `the record cannot be read: ${reasonOf(error)}`;
    if (offset >= from) into.push(faultyRecord(place, offset, timestampMs, cursor.buffer.subarray(start, end), fault));
  }
  return offset;
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** @throws RangeError where the headers do not end where the record does */
function passHeaders(cursor: Cursor, end: number): void {
  const count = cursor.varint();
  if (count > MOST_HEADERS) throw new RangeError(`it says ${count} headers; at most ${MOST_HEADERS} are read`);
  let left = count;
  for (; left > 0 && cursor.at < end; left--) {
    passShort(cursor);
    passShort(cursor);
  }
  if (left > 0 && cursor.at === end) throw new RangeError(`it says ${count} headers, but has ${count - left}`);
  if (cursor.at > end) throw new RangeError('a field reaches beyond its record');
  if (cursor.at < end) throw new RangeError(`${end - cursor.at} bytes are left behind its fields`);
}

/** Passes over a header's name or value, which mostly is shorter than 64 bytes: told by one byte, in a third of the time. */
function passShort(cursor: Cursor): void {
  const length = cursor.buffer[cursor.at] ?? 1;
  if (length < 128 && (length & 1) === 0) cursor.at += 1 + (length >>> 1);
  else cursor.skipBytes();
}

/** What lies in the log at `offset` and is no record: its bytes as the value, and what is wrong with them. */
function faultyRecord(
  { topic, partition }: TopicPartition,
  offset: number,
  timestampMs: number,
  value: Buffer,
  fault: string,
): BrokerRecord {
  return { topic, position: { kind: 'offset', partition, offset }, timestampMs, key: null, value, headers: [], fault };
}
