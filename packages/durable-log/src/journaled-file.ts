import type { LogFile } from './file-system.ts';
import type { Journal } from './journal.ts';
import type { JournaledPath, Settling } from './journaled-path.ts';

/** A file whose writes are durable by way of the journal. */
export class JournaledFile implements LogFile, Settling {
  readonly #path: JournaledPath;
  readonly #file: LogFile;
  readonly #journal: Journal;
  #writes = 0;
  #syncedWrites = 0;
  /** The smallest size it was cut to since the journal or a sync last made that durable. */
  #cutTo: number | undefined;
  #syncing: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(path: JournaledPath, file: LogFile, journal: Journal) {
    this.#path = path;
    this.#file = file;
    this.#journal = journal;
  }

  size(): Promise<number> {
    return this.#file.size();
  }

  read(target: Uint8Array, position: number): Promise<number> {
    return this.#file.read(target, position);
  }

  /** The file first: what it refuses is not in the journal. Room is of no use to a file that is not synced. */
  async write(buffers: readonly Uint8Array[], position: number): Promise<void> {
    this.#journal.refuseIfBroken();
    await this.#file.write(buffers, position);
    this.#writes += 1;
    if (this.#path.isGone) return this.#file.datasync();
    await this.#journal.write(this.#path, buffers, position, this.#cutTo);
    this.#cutTo = undefined;
  }

  async truncate(size: number): Promise<void> {
    await this.#file.truncate(size);
    this.#cutTo = Math.min(this.#cutTo ?? size, size);
  }

  async datasync(): Promise<void> {
    await this.#sync();
    const cutTo = this.#cutTo;
    const { redoEnd, isGone } = this.#path;
    if (!isGone && cutTo !== undefined && redoEnd !== undefined && cutTo < redoEnd) {
      await this.#journal.forget(this.#path);
    }
    this.#cutTo = undefined;
  }

  async settle(): Promise<void> {
    if (this.#closing !== undefined) return this.#closing;
    if (this.#syncedWrites < this.#writes) await this.#sync();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** A sync that fails here breaks the journal, but nothing that was promised: the journal has it, and keeps it. */
  async #close(): Promise<void> {
    await this.#syncing;
    if (this.#syncedWrites < this.#writes || this.#cutTo !== undefined) await this.datasync().catch(() => undefined);
    await this.#file.close();
    this.#journal.closed(this.#path);
  }

  async #sync(): Promise<void> {
    this.#journal.refuseIfBroken();
    const writes = this.#writes;
    const syncing = this.#file.datasync();
    this.#syncing = Promise.allSettled([this.#syncing, syncing]);
    try {
      await syncing;
    } catch (error) {
      throw this.#journal.broken(this.#path.path, error);
    }
    this.#syncedWrites = Math.max(this.#syncedWrites, writes);
  }
}
