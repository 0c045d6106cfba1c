import { createSegment, type OpenSegment } from './create-segment.ts';
import { isExhaustion, LogError } from './errors.ts';
import type { FileSystem, LogFile } from './file-system.ts';
import { MAX_SEGMENT_BYTES } from './format.ts';
import type { Segment } from './segment.ts';

/** Room written ahead at once. A small file gets no more than its own size. */
const AHEAD_BYTES = 256 * 1024;

/** The segment that is written to, and its file. Calls must not overlap. */
export class ActiveSegment {
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  #segment: Segment;
  #file: LogFile;
  #fileBytes: number;

  constructor(fileSystem: FileSystem, directory: string, { segment, file, fileBytes }: OpenSegment) {
    this.#fileSystem = fileSystem;
    this.#directory = directory;
    this.#segment = segment;
    this.#file = file;
    this.#fileBytes = fileBytes;
  }

  get segment(): Segment {
    return this.#segment;
  }

  /**
   * Writes behind the last entry; resolves once that is durable. Overwriting zeros is cheaper to sync than making the
   * file longer, so a write that does the latter adds room for the next ones.
   */
  async write(bytes: Buffer): Promise<void> {
    const start = this.#segment.bytes;
    const end = start + bytes.length;
    if (end > MAX_SEGMENT_BYTES) throw new LogError('no-space', `${this.#segment.path}: the segment is full`);
    if (end > this.#fileBytes && bytes.length < AHEAD_BYTES) {
      try {
        const roomBytes = Math.min(AHEAD_BYTES, end);
        await this.#file.write([bytes], start, roomBytes);
        this.#fileBytes = end + roomBytes;
        return;
      } catch (error) {
        if (!isExhaustion(error)) throw error;
      }
    }
    await this.#file.write([bytes], start);
    this.#fileBytes = Math.max(this.#fileBytes, end);
  }

  /** Cuts off whatever is behind the last entry, durably: none of it may turn up behind an entry written later. */
  async cutBack(): Promise<void> {
    await this.#file.truncate(this.#segment.bytes);
    await this.#file.datasync();
    this.#fileBytes = this.#segment.bytes;
  }

  /** Begins a new segment, and returns it. The sealed one's file stays open. */
  async roll(): Promise<OpenSegment> {
    const created = await createSegment(this.#fileSystem, this.#directory, this.#segment.endOffset);
    await this.dropRoomAhead();
    this.#segment = created.segment;
    this.#file = created.file;
    this.#fileBytes = created.fileBytes;
    return created;
  }

  /** Not synced, and no matter if it fails: zeros at the end mean nothing. */
  async dropRoomAhead(): Promise<void> {
    if (this.#fileBytes > this.#segment.bytes) await this.#file.truncate(this.#segment.bytes).catch(() => undefined);
  }
}
