import { ENTRY_HEADER_BYTES, sealEntry } from './format.ts';
import type { NewEntry } from './log.ts';
import type { Segment } from './segment.ts';

const MAX_PAYLOAD_BYTES = 2 ** 30;
const MAX_COUNT = 2 ** 32 - 1;

/** An append that waits for the disk. */
export interface Pending {
  readonly offset: number;
  readonly entry: NewEntry;
  /** Of the entry with its header. */
  readonly bytes: number;
  readonly resolve: (offset: number) => void;
  readonly reject: (error: Error) => void;
}

/** @returns the entry's size in the file. @throws RangeError where it cannot be stored. */
export function entryBytes({ count, timestampMs, payload }: NewEntry): number {
  if (!Number.isInteger(count) || count < 1 || count > MAX_COUNT) {
    throw new RangeError(`count must be a whole number from 1 to ${MAX_COUNT}, got ${count}`);
  }
  if (!Number.isFinite(timestampMs)) throw new RangeError(`timestampMs must be a finite number, got ${timestampMs}`);
  let bytes = 0;
  for (const piece of payload) bytes += piece.length;
  if (bytes > MAX_PAYLOAD_BYTES) {
    throw new RangeError(`payload must have at most ${MAX_PAYLOAD_BYTES} bytes, got ${bytes}`);
  }
  return ENTRY_HEADER_BYTES + bytes;
}

/** The longest beginning of the queue that fits into `maxBytes`, at least one. */
export function takeGroup(queue: readonly Pending[], maxBytes: number): Pending[] {
  let total = 0;
  const end = queue.findIndex(({ bytes }, index) => {
    total += bytes;
    return index > 0 && total > maxBytes;
  });
  return end < 0 ? [...queue] : queue.slice(0, end);
}

/**
 * The group's bytes as they follow the last entry of the segment. The payloads are copied: that costs little beside the
 * sync, makes one write of many pieces, and serves readers at the tail afterwards.
 */
export function encodeGroup(group: readonly Pending[], { bytes: groupStart, identity }: Segment): Buffer {
  const buffer = Buffer.allocUnsafe(group.reduce((sum, { bytes }) => sum + bytes, 0));
  let at = 0;
  for (const { entry, offset, bytes } of group) {
    let payloadAt = at + ENTRY_HEADER_BYTES;
    for (const piece of entry.payload) {
      buffer.set(piece, payloadAt);
      payloadAt += piece.length;
    }
    const { count, timestampMs } = entry;
    const payloadBytes = bytes - ENTRY_HEADER_BYTES;
    sealEntry(buffer, at, groupStart + at, identity, { offset, count, timestampMs, payloadBytes, groupStart });
    at += bytes;
  }
  return buffer;
}
