import type { FileSystem, LogFile } from './file-system.ts';

/** Files of this process that are open though nobody reads them at the moment: in all logs together. */
const MAX_IDLE = 32;

/** The least recently used one first. */
const idle = new Set<SegmentFile>();

/**
 * A segment's file for reading. It is opened by the first read and stays open for the next ones, until so many others
 * have been read since that its turn to be closed has come: a process may have hundreds of logs.
 */
export class SegmentFile {
  readonly #fileSystem: FileSystem;
  readonly #path: string;
  #opened: Promise<LogFile> | undefined;
  #users = 0;
  #wanted: (() => void) | undefined;
  #closing: Promise<void> = Promise.resolve();

  constructor(fileSystem: FileSystem, path: string) {
    this.#fileSystem = fileSystem;
    this.#path = path;
  }

  /** Reads go through this file from now on; it is not closed before the returned function was called. */
  keepOpen(file: LogFile): () => void {
    this.#opened = Promise.resolve(file);
    this.#users += 1;
    return () => this.#leave();
  }

  async use<T>(read: (file: LogFile) => Promise<T>): Promise<T> {
    this.#users += 1;
    idle.delete(this);
    try {
      this.#opened ??= this.#open();
      return await read(await this.#opened);
    } finally {
      this.#leave();
    }
  }

  /** Waits for the reads that are under way. A later one opens the file again. */
  async close(): Promise<void> {
    if (this.#users > 0) {
      await new Promise<void>((resolve) => {
        this.#wanted = resolve;
      });
      this.#wanted = undefined;
    }
    await this.#closeNow();
    await this.#closing;
  }

  async #open(): Promise<LogFile> {
    try {
      return await this.#fileSystem.open(this.#path, { create: false });
    } catch (error) {
      this.#opened = undefined;
      throw error;
    }
  }

  #leave(): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    this.#wanted?.();
    if (this.#wanted !== undefined || this.#opened === undefined) return;
    idle.add(this);
    if (idle.size > MAX_IDLE) closeLeastRecentlyUsed();
  }

  async #closeNow(): Promise<void> {
    idle.delete(this);
    const opened = this.#opened;
    this.#opened = undefined;
    await opened?.then((file) => file.close());
  }

  /** Nothing was written through it, so nothing is lost where closing fails. */
  closeIdle(): void {
    this.#closing = this.#closeNow().catch(() => undefined);
  }
}

function closeLeastRecentlyUsed(): void {
  const [file] = idle;
  file?.closeIdle();
}
