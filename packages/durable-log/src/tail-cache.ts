import { Fifo } from './fifo.ts';
import { countAt, decodeEntry, ENTRY_HEADER_BYTES, offsetAt, payloadBytesAt } from './format.ts';
import type { LogEntry } from './log.ts';
import { lastWhere } from './search.ts';

/** Of all logs of the process together, so that hundreds of them cost no more than one. */
const MEMORY_BYTES = 16 * 1024 * 1024;
const MAX_GROUP_BYTES = MEMORY_BYTES / 4;
const MAX_GROUPS = 65_536;

/** The bytes of a group as they are in its segment's file. */
interface Group {
  readonly owner: TailCache;
  readonly firstOffset: number;
  /** Where they are in the ring. */
  readonly start: number;
  readonly length: number;
}

/**
 * The memory is used round and round: buffers of their own, kept for a while and then dropped, would pile up until the
 * next full garbage collection and take several times the room.
 */
class Ring {
  readonly #groups = new Fifo<Group>();
  #memory: Buffer | undefined;
  #head = 0;

  store(owner: TailCache, firstOffset: number, bytes: Buffer): Group {
    const { length } = bytes;
    this.#memory ??= Buffer.allocUnsafeSlow(MEMORY_BYTES);
    if (this.#head + length > MEMORY_BYTES) {
      this.#dropFrom(this.#head, MEMORY_BYTES);
      this.#head = 0;
    }
    this.#dropFrom(this.#head, this.#head + length);
    if (this.#groups.length >= MAX_GROUPS) this.#dropOldest();
    const group = { owner, firstOffset, start: this.#head, length };
    this.#memory.set(bytes, group.start);
    this.#groups.push(group);
    this.#head += length;
    return group;
  }

  /** Valid until the next one is stored. */
  bytesOf({ start, length }: Group): Buffer {
    return this.#memory?.subarray(start, start + length) ?? Buffer.alloc(0);
  }

  /** The oldest groups are those ahead of the head. */
  #dropFrom(start: number, end: number): void {
    for (;;) {
      const oldest = this.#groups.at(0);
      if (oldest === undefined || oldest.start < start || oldest.start >= end) return;
      this.#dropOldest();
    }
  }

  #dropOldest(): void {
    const group = this.#groups.shift();
    group?.owner.drop(group);
  }
}

const ring = new Ring();

/** The groups that a log wrote last, so that readers at its tail need no file. */
export class TailCache {
  #groups = new Fifo<Group>();
  #endOffset = 0;

  /** Takes in the group that follows the last one. */
  add(firstOffset: number, bytes: Buffer, endOffset: number): void {
    this.#endOffset = endOffset;
    if (bytes.length <= MAX_GROUP_BYTES) this.#groups.push(ring.store(this, firstOffset, bytes));
    else this.clear();
  }

  /** Entries from the one that contains `offset` on, at least one; undefined where that one is not at hand. */
  read(offset: number, maxBytes: number): LogEntry[] | undefined {
    if (offset >= this.#endOffset) return undefined;
    const first = lastWhere(this.#groups.length, (index) => (this.#groups.at(index)?.firstOffset ?? 0) <= offset);
    if (first < 0) return undefined;
    const pieces: Buffer[] = [];
    let left = maxBytes;
    for (let index = first; index < this.#groups.length; index += 1) {
      const bytes = this.#bytesOf(index);
      const start = index === first ? positionOf(offset, bytes) : 0;
      const taken = take(bytes, start, left, index === first);
      pieces.push(bytes.subarray(start, taken.end));
      if (taken.end < bytes.length) break;
      left = taken.left;
    }
    return decodeAll(Buffer.concat(pieces));
  }

  clear(): void {
    this.#groups = new Fifo();
  }

  /** Its place in the ring is taken by another. */
  drop(group: Group): void {
    if (this.#groups.at(0) === group) this.#groups.shift();
  }

  #bytesOf(index: number): Buffer {
    const group = this.#groups.at(index);
    return group === undefined ? Buffer.alloc(0) : ring.bytesOf(group);
  }
}

/** Where the entry that contains `offset` begins. */
function positionOf(offset: number, bytes: Buffer): number {
  let at = 0;
  while (offsetAt(bytes, at) + countAt(bytes, at) <= offset) at += entryBytesAt(bytes, at);
  return at;
}

/** How far one gets from `start` with so many bytes of payload, and how many are left. */
function take(bytes: Buffer, start: number, maxBytes: number, atLeastOne: boolean): { end: number; left: number } {
  let end = start;
  let left = maxBytes;
  while (end < bytes.length) {
    const payloadBytes = payloadBytesAt(bytes, end);
    if (payloadBytes > left && !(atLeastOne && end === start)) break;
    left -= payloadBytes;
    end += entryBytesAt(bytes, end);
  }
  return { end, left };
}

function decodeAll(bytes: Buffer): LogEntry[] {
  const entries: LogEntry[] = [];
  for (let at = 0; at < bytes.length; at += entryBytesAt(bytes, at)) entries.push(decodeEntry(bytes, at));
  return entries;
}

function entryBytesAt(bytes: Buffer, at: number): number {
  return ENTRY_HEADER_BYTES + payloadBytesAt(bytes, at);
}
