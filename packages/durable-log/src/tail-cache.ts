import { Fifo } from './fifo.ts';
import { countAt, decodeEntry, ENTRY_HEADER_BYTES, offsetAt, payloadBytesAt } from './format.ts';
import type { LogEntry } from './log.ts';
import { lastWhere } from './search.ts';

/** Of all logs of the process together, so that hundreds of them cost no more than one. */
const MAX_BYTES = 16 * 1024 * 1024;
/** What keeping a group costs beside its bytes. */
const OVERHEAD_BYTES = 256;
const MAX_GROUPS = MAX_BYTES / OVERHEAD_BYTES;

/** Whose group is the next to go, oldest first. */
const owners = new Fifo<TailCache>();
let usedBytes = 0;

interface Group {
  readonly firstOffset: number;
  readonly bytes: Buffer;
}

/** The groups that a log wrote last, as they are in the file, so that readers at its tail need no file. */
export class TailCache {
  #groups = new Fifo<Group>();
  #endOffset = 0;

  /** Takes in the group that follows the last one. */
  add(firstOffset: number, bytes: Buffer, endOffset: number): void {
    this.#groups.push({ firstOffset, bytes });
    this.#endOffset = endOffset;
    owners.push(this);
    usedBytes += bytes.length + OVERHEAD_BYTES;
    while (usedBytes > MAX_BYTES || owners.length > MAX_GROUPS) owners.shift()?.dropOldest();
  }

  /** Entries from the one that contains `offset` on, at least one; undefined where that one is not at hand. */
  read(offset: number, maxBytes: number): LogEntry[] | undefined {
    if (offset >= this.#endOffset) return undefined;
    const first = lastWhere(this.#groups.length, (index) => (this.#groups.at(index)?.firstOffset ?? 0) <= offset);
    if (first < 0) return undefined;
    const entries: LogEntry[] = [];
    let left = maxBytes;
    for (let index = first; index < this.#groups.length; index += 1) {
      const bytes = this.#groups.at(index)?.bytes ?? Buffer.alloc(0);
      for (let at = 0; at < bytes.length; at += ENTRY_HEADER_BYTES + payloadBytesAt(bytes, at)) {
        if (offsetAt(bytes, at) + countAt(bytes, at) <= offset) continue;
        left -= payloadBytesAt(bytes, at);
        if (left < 0 && entries.length > 0) return entries;
        entries.push(decodeEntry(bytes, at));
      }
    }
    return entries;
  }

  clear(): void {
    while (this.#groups.length > 0) this.dropOldest();
  }

  /** When others need the room. */
  dropOldest(): void {
    const dropped = this.#groups.shift();
    if (dropped !== undefined) usedBytes -= dropped.bytes.length + OVERHEAD_BYTES;
  }
}
