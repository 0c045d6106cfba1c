import { Chunk } from './chunk.ts';
import { EncodedMessage } from './encoded-message.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { LENGTH_BYTES, writeLength } from './message-block.ts';
import { encodePublishTime, idFieldBytes, writeIdHead } from './message-codec.ts';
import { MessageIds } from './message-ids.ts';
import { firstWhere } from './search.ts';
import type { EncodedMessages, ReadLimits, StoredMessage } from './storage.ts';

const MIN_CHUNK_BYTES = 4 * 1024;
const MAX_CHUNK_BYTES = 256 * 1024;

/** What one call appended. */
export interface AppendedBlock {
  /** The messages, encoded, one after the other. */
  readonly bytes: Buffer;
  /** How long each is, as a block has it. */
  readonly lengths: Buffer;
  readonly ids: MessageIds;
}

/**
 * The newest messages of a topic, without gaps up to the last, each encoded once, into the memory that everybody who
 * reads it shares. As many as the budget allows; all where there is none.
 */
export class RecentMessages {
  readonly #serial: number;
  readonly #budget: MemoryBudget | undefined;
  #chunks: Chunk[] = [];
  #nextOffset: number;
  #nextChunkBytes = MIN_CHUNK_BYTES;

  constructor(serial: number, nextOffset: number, budget?: MemoryBudget) {
    this.#serial = serial;
    this.#budget = budget;
    this.#nextOffset = nextOffset;
  }

  get startOffset(): number {
    return this.#chunks[0]?.firstOffset ?? this.#nextOffset;
  }

  get nextOffset(): number {
    return this.#nextOffset;
  }

  /** Copies the messages, and puts into each its id and the time. */
  append({ bytes: source, spans }: EncodedMessages, publishTimeUs: number): AppendedBlock {
    const ids = new MessageIds(this.#serial, this.#nextOffset, spans.length / 3);
    const publishTime = encodePublishTime(publishTimeUs);
    const lengths = Buffer.allocUnsafe(LENGTH_BYTES * ids.count);
    const digits = ids.digits();
    const chunk = this.#chunkWithRoom(blockBytes(spans, ids, publishTime));
    const { memory, length: blockStart } = chunk;
    let at = blockStart;
    for (let index = 0; index < ids.count; index += 1) {
      const [start, middle, end] = [spans[3 * index], spans[3 * index + 1], spans[3 * index + 2]] as Span;
      const messageStart = at;
      at += source.copy(memory, at, start, middle);
      at = writeIdHead(memory, at, digits.length);
      at = digits.write(memory, at);
      at = writeShort(memory, at, publishTime);
      if (end > middle) at += source.copy(memory, at, middle, end);
      chunk.add(at, publishTimeUs);
      writeLength(lengths, index, at - messageStart);
      digits.advance();
    }
    this.#nextOffset += ids.count;
    return { bytes: memory.subarray(blockStart, at), lengths, ids };
  }

  /** Messages from `offset` on, at least one, below `endOffset`; undefined where that one is not here. */
  read(offset: number, endOffset: number, { maxMessages, maxBytes }: ReadLimits): StoredMessage[] | undefined {
    if (offset < this.startOffset || offset >= endOffset) return undefined;
    const messages: StoredMessage[] = [];
    const end = Math.min(endOffset, offset + Math.max(maxMessages, 1));
    let bytes = 0;
    let next = offset;
    for (let index = this.#indexOf(offset); next < end; index += 1) {
      const chunk = this.#chunks[index];
      if (chunk === undefined) break;
      for (; next < Math.min(end, chunk.endOffset); next += 1) {
        const encoded = chunk.encodedAt(next);
        bytes += encoded.length;
        if (bytes > maxBytes && messages.length > 0) return messages;
        messages.push(new EncodedMessage(this.#serial, next, chunk.timeUsAt(next), encoded));
      }
    }
    return messages;
  }

  /** The first offset here that was published at or after the time; `nextOffset` where none was. */
  offsetAt(publishTimeUs: number): number {
    const chunks = this.#chunks;
    const chunk = chunks[firstWhere(0, chunks.length, (index) => (chunks[index]?.lastTimeUs ?? 0) >= publishTimeUs)];
    if (chunk === undefined) return this.#nextOffset;
    return firstWhere(chunk.firstOffset, chunk.endOffset, (offset) => chunk.timeUsAt(offset) >= publishTimeUs);
  }

  /** Takes back what nobody has seen: the next message gets this offset. */
  cutTo(nextOffset: number): void {
    while ((this.#chunks.at(-1)?.firstOffset ?? -1) >= nextOffset) {
      const chunk = this.#chunks.pop();
      if (chunk !== undefined) this.#budget?.remove(chunk);
    }
    this.#chunks.at(-1)?.cutTo(nextOffset);
    this.#nextOffset = nextOffset;
  }

  /** Lets go of the memory of whatever lies before the offset, chunk by chunk. */
  trimBefore(offset: number): void {
    const kept = this.#chunks.findIndex(({ endOffset }) => endOffset > offset);
    const gone = this.#chunks.splice(0, kept < 0 ? this.#chunks.length : kept);
    for (const chunk of gone) this.#budget?.remove(chunk);
    if (this.#chunks.length === 0) this.#nextChunkBytes = MIN_CHUNK_BYTES;
  }

  #chunkWithRoom(bytes: number): Chunk {
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.length + bytes <= last.bytes) return last;
    // A topic of a few messages takes little memory, one of many few chunks.
    const chunk = new Chunk(this.#nextOffset, Math.max(bytes, this.#nextChunkBytes), () => this.#dropOldest());
    this.#nextChunkBytes = Math.min(MAX_CHUNK_BYTES, this.#nextChunkBytes * 2);
    this.#budget?.add(chunk);
    this.#chunks.push(chunk);
    return chunk;
  }

  /** The oldest chunk of the budget is the oldest of its topic. */
  #dropOldest(): void {
    this.#chunks.shift();
  }

  #indexOf(offset: number): number {
    return firstWhere(0, this.#chunks.length, (index) => (this.#chunks[index]?.endOffset ?? 0) > offset);
  }
}

type Span = [start: number, middle: number, end: number];

function blockBytes(spans: readonly number[], ids: MessageIds, publishTime: Buffer): number {
  let bytes = ids.count * publishTime.length;
  for (let index = 0; index < spans.length; index += 3) bytes += (spans[index + 2] ?? 0) - (spans[index] ?? 0);
  const digits = ids.digits();
  for (let index = 0; index < ids.count; index += 1, digits.advance()) bytes += idFieldBytes(digits.length);
  return bytes;
}

/** For a few bytes, where calling into Node costs more than they do. */
function writeShort(target: Buffer, at: number, bytes: Buffer): number {
  for (let index = 0; index < bytes.length; index += 1) target[at + index] = bytes[index] as number;
  return at + bytes.length;
}
