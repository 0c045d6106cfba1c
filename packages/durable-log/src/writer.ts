import { isExhaustion, LogError, reasonOf } from './errors.ts';
import type { FileSystem, LogFile } from './file-system.ts';
import { ENTRY_HEADER_BYTES, MAX_SEGMENT_BYTES, sealEntry } from './format.ts';
import type { NewEntry } from './log.ts';
import { createSegment } from './recovery.ts';
import type { Segment } from './segment.ts';

/** An append that waits for the disk. */
interface Pending {
  readonly offset: number;
  readonly entry: NewEntry;
  readonly payloadBytes: number;
  readonly resolve: (offset: number) => void;
  readonly reject: (error: LogError) => void;
}

export interface WriterOptions {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly segmentBytes: number;
  readonly maxGroupBytes: number;
  /** The active segment was replaced by a new one. */
  readonly onRoll: (created: Segment) => void;
  /** Entries have become durable. */
  readonly onDurable: () => void;
}

const MAX_PAYLOAD_BYTES = 2 ** 30;
const AHEAD = Buffer.alloc(256 * 1024);

/**
 * The one writer of a log. What is appended while a group is being written and synced becomes the next group.
 */
export class Writer {
  readonly #options: WriterOptions;
  #segment: Segment;
  #file: LogFile;
  #fileBytes: number;
  #queue: Pending[] = [];
  #tasks: (() => Promise<void>)[] = [];
  #running = false;
  #nextOffset: number;
  #broken: LogError | undefined;

  constructor(options: WriterOptions, segment: Segment, file: LogFile, fileBytes: number) {
    this.#options = options;
    this.#segment = segment;
    this.#file = file;
    this.#fileBytes = fileBytes;
    this.#nextOffset = segment.endOffset;
  }

  get nextOffset(): number {
    return this.#nextOffset;
  }

  /** For reads of the active segment. */
  get file(): LogFile {
    return this.#file;
  }

  append(entry: NewEntry): Promise<number> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    const payloadBytes = entry.payload.reduce((sum, piece) => sum + piece.length, 0);
    const fault = entryFault(entry, payloadBytes);
    if (fault !== undefined) return Promise.reject(new RangeError(fault));
    const offset = this.#nextOffset;
    this.#nextOffset += entry.count;
    return new Promise((resolve, reject) => {
      this.#queue.push({ offset, entry, payloadBytes, resolve, reject });
      this.#wake();
    });
  }

  /** Seals the active segment, unless it is empty, once what is being written is done. */
  seal(): Promise<void> {
    return this.#exclusively(async () => {
      if (this.#broken !== undefined) throw this.#broken;
      if (!this.#segment.isEmpty) await this.#roll();
    });
  }

  /** Waits until nothing is queued any more, and closes the file. The caller lets no more appends in. */
  close(): Promise<void> {
    return this.#exclusively(async () => {
      while (this.#queue.length > 0) await this.#writeGroup();
      if (this.#broken === undefined && this.#fileBytes > this.#segment.bytes) {
        await this.#file.truncate(this.#segment.bytes);
      }
      await this.#file.close();
    });
  }

  #exclusively(task: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#tasks.push(() => task().then(resolve, reject));
      this.#wake();
    });
  }

  #wake(): void {
    if (this.#running) return;
    this.#running = true;
    // Not at once: whatever else arrives in this turn of the event loop shares the first sync.
    setImmediate(() => this.#run());
  }

  async #run(): Promise<void> {
    for (;;) {
      const task = this.#tasks.shift();
      if (task !== undefined) await task();
      else if (this.#queue.length > 0) await this.#writeGroup();
      else break;
    }
    this.#running = false;
  }

  async #writeGroup(): Promise<void> {
    try {
      if (this.#segment.bytes > this.#options.segmentBytes && !this.#segment.isEmpty) await this.#rollIfPossible();
      const group = this.#takeGroup();
      await this.#write(this.#encode(group));
      for (const { entry, payloadBytes } of group) {
        this.#segment.add(entry.count, entry.timestampMs, ENTRY_HEADER_BYTES + payloadBytes);
      }
      this.#queue.splice(0, group.length);
      for (const { resolve, offset } of group) resolve(offset);
      this.#options.onDurable();
    } catch (error) {
      await this.#fail(error);
    }
  }

  #takeGroup(): Pending[] {
    let bytes = 0;
    let length = 0;
    for (const { payloadBytes } of this.#queue) {
      bytes += ENTRY_HEADER_BYTES + payloadBytes;
      if (length > 0 && bytes > this.#options.maxGroupBytes) break;
      length += 1;
    }
    return this.#queue.slice(0, length);
  }

  #encode(group: readonly Pending[]): Buffer {
    const bytes = group.reduce((sum, { payloadBytes }) => sum + ENTRY_HEADER_BYTES + payloadBytes, 0);
    const buffer = Buffer.allocUnsafe(bytes);
    const groupStart = this.#segment.bytes;
    let at = 0;
    for (const { entry, offset, payloadBytes } of group) {
      let payloadAt = at + ENTRY_HEADER_BYTES;
      for (const piece of entry.payload) {
        buffer.set(piece, payloadAt);
        payloadAt += piece.length;
      }
      const { count, timestampMs } = entry;
      const header = { offset, count, timestampMs, payloadBytes, groupStart };
      sealEntry(buffer, at, groupStart + at, this.#segment.identity, header);
      at = payloadAt;
    }
    return buffer;
  }

  /** Overwriting room that is there already is cheaper to sync than making the file longer, so room is written ahead. */
  async #write(bytes: Buffer): Promise<void> {
    const start = this.#segment.bytes;
    const end = start + bytes.length;
    if (end > MAX_SEGMENT_BYTES) throw new LogError('no-space', `${this.#segment.path}: the segment is full`);
    if (end <= this.#fileBytes) return this.#file.write([bytes], start);
    const ahead = AHEAD.subarray(0, Math.min(AHEAD.length, end));
    try {
      await this.#file.write([bytes, ahead], start);
      this.#fileBytes = end + ahead.length;
    } catch (error) {
      if (!isExhaustion(error)) throw error;
      await this.#file.write([bytes], start);
      this.#fileBytes = Math.max(this.#fileBytes, end);
    }
  }

  /** Without a new file the old one grows on, and the next group tries again. */
  async #rollIfPossible(): Promise<void> {
    try {
      await this.#roll();
    } catch (error) {
      if (!isExhaustion(error)) throw error;
    }
  }

  async #roll(): Promise<void> {
    const { fileSystem, directory, onRoll } = this.#options;
    const { segment, file } = await createSegment(fileSystem, directory, this.#segment.endOffset);
    const sealed = this.#file;
    const length = this.#segment.bytes;
    this.#segment = segment;
    this.#file = file;
    this.#fileBytes = segment.bytes;
    onRoll(segment);
    await sealed.truncate(length).catch(() => undefined);
    await sealed.close();
  }

  /** Nothing of what is queued will be acknowledged; the part of it that may be in the file is cut off again. */
  async #fail(error: unknown): Promise<void> {
    let failure = this.#translate(error);
    if (failure.code === 'no-space') {
      try {
        await this.#file.truncate(this.#segment.bytes);
        await this.#file.datasync();
        this.#fileBytes = this.#segment.bytes;
      } catch (cause) {
        failure = this.#translate(cause, 'broken');
      }
    }
    if (failure.code === 'broken') this.#broken = failure;
    const doomed = this.#queue;
    this.#queue = [];
    this.#nextOffset = this.#segment.endOffset;
    for (const { reject } of doomed) reject(failure);
  }

  #translate(error: unknown, code: 'no-space' | 'broken' = isExhaustion(error) ? 'no-space' : 'broken'): LogError {
    if (error instanceof LogError) return error;
    const consequence =
      code === 'no-space'
        ? 'Nothing was written; appends succeed again once there is space.'
        : 'What the disk holds is unknown, so the log takes no more appends until it is opened again.';
    return new LogError(code, `${this.#segment.path}: ${reasonOf(error)}. ${consequence}`, { cause: error });
  }
}

function entryFault({ count, timestampMs }: NewEntry, payloadBytes: number): string | undefined {
  if (!Number.isInteger(count) || count < 1 || count >= 2 ** 32) {
    return `count must be a whole number from 1 to 4294967295, got ${count}`;
  }
  if (!Number.isFinite(timestampMs)) return `timestampMs must be a finite number, got ${timestampMs}`;
  if (payloadBytes > MAX_PAYLOAD_BYTES) {
    return `payload must have at most ${MAX_PAYLOAD_BYTES} bytes, got ${payloadBytes}`;
  }
  return undefined;
}
