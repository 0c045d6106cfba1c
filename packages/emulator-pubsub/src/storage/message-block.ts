import { LogError } from '@sluice/durable-log';
import { EncodedMessage } from './encoded-message.ts';
import type { StoredMessage } from './storage.ts';

/**
 * What one publish is in the log: an entry that takes up as many offsets as it has messages, and whose timestamp is the
 * time at which all of them were published.
 *
 *     payload = length(4, little-endian){count} PubsubMessage{count}
 */
export const LENGTH_BYTES = 4;

export function writeLength(table: Buffer, index: number, length: number): void {
  table.writeUInt32LE(length, LENGTH_BYTES * index);
}

/**
 * The messages of a block from `fromOffset` on. Their memory is the payload's.
 * @throws LogError `corrupt` where it is no block of so many messages.
 */
export function decodeBlock(
  { offset, count, timestampMs, payload }: BlockEntry,
  serial: number,
  fromOffset: number,
): StoredMessage[] {
  const messages: StoredMessage[] = [];
  let at = LENGTH_BYTES * count;
  if (at > payload.length) throw notABlock(offset, count, payload, at);
  for (let index = 0; index < count; index += 1) {
    const start = at;
    at += payload.readUInt32LE(LENGTH_BYTES * index);
    if (offset + index < fromOffset) continue;
    messages.push(new EncodedMessage(serial, offset + index, timestampMs * 1000, payload.subarray(start, at)));
  }
  if (at !== payload.length) throw notABlock(offset, count, payload, at);
  return messages;
}

function notABlock(offset: number, count: number, { length }: Buffer, bytes: number): LogError {
  return new LogError('corrupt', `the ${count} messages at offset ${offset} must take ${length} bytes, got ${bytes}`);
}

interface BlockEntry {
  readonly offset: number;
  readonly count: number;
  readonly timestampMs: number;
  readonly payload: Buffer;
}
