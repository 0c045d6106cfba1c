import { once } from 'node:events';
import type { Writable } from 'node:stream';

export interface LogFileOptions {
  readonly open: () => Writable;
  /** Told once for each time that it stops being writable. */
  readonly onFault: (error: Error) => void;
  /** In ms, monotonic. */
  readonly now?: () => number;
}

/** A full disk stays full for a while, and each attempt costs more than a line. */
const REOPEN_AFTER_MS = 5_000;

/**
 * A file of lines that outlives a full disk: what cannot be written is counted and dropped, and with a line after a pause
 * the file is opened again, where a note tells how many are missing.
 */
export class LogFile {
  readonly #open: () => Writable;
  readonly #onFault: (error: Error) => void;
  readonly #now: () => number;
  #stream: Writable;
  #reopenAt = 0;
  #isFaulty = false;
  #lostLines = 0;

  constructor({ open, onFault, now = () => performance.now() }: LogFileOptions) {
    this.#open = open;
    this.#onFault = onFault;
    this.#now = now;
    this.#stream = this.#opened();
  }

  /** Resolves when the next line may come. Never rejects. */
  async write(line: string): Promise<void> {
    if (this.#stream.destroyed && !this.#reopened()) {
      this.#lostLines++;
      return;
    }
    const stream = this.#stream;
    const isDrained = this.#put(`${line}\n`, 1);
    if (!isDrained && !stream.destroyed) await once(stream, 'drain').catch(() => {});
  }

  async close(): Promise<void> {
    const stream = this.#stream;
    if (stream.destroyed) return;
    await new Promise<void>((resolve) => {
      stream.once('error', () => resolve());
      stream.end(resolve);
    });
  }

  #opened(): Writable {
    this.#reopenAt = this.#now() + REOPEN_AFTER_MS;
    return this.#open().on('error', (error) => {
      this.#reopenAt = this.#now() + REOPEN_AFTER_MS;
      if (!this.#isFaulty) this.#onFault(error);
      this.#isFaulty = true;
    });
  }

  #reopened(): boolean {
    if (this.#now() < this.#reopenAt) return false;
    this.#stream = this.#opened();
    const lost = this.#lostLines;
    this.#lostLines = 0;
    const note = { level: 'warn', time: new Date(), service: 'sluice', msg: `${lost} lines could not be written here` };
    // The last line before the gap may be cut.
    this.#put(`\n${JSON.stringify(note)}\n`, lost);
    return true;
  }

  /** `lines` is how many are lost where this is. */
  #put(text: string, lines: number): boolean {
    return this.#stream.write(text, (error) => {
      if (error) this.#lostLines += lines;
      else this.#isFaulty = false;
    });
  }
}
