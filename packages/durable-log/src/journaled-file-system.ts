import { join, relative, sep } from 'node:path';
import type { FileSystem, LogFile, OpenOptions } from './file-system.ts';
import { Journal, journalRoomBytes } from './journal.ts';
import { recoverJournal } from './journal-recovery.ts';
import { JournaledFile } from './journaled-file.ts';
import { JournaledPath } from './journaled-path.ts';

const MEBIBYTE = 1024 * 1024;
const JOURNAL = 'journal';

export interface JournaledFileSystemOptions {
  readonly fileSystem: FileSystem;
  /** All files below it share one journal, in its subfolder `journal`. Files elsewhere are as without. */
  readonly directory: string;
  /** The journal takes up to three times as many bytes. Default 64 MiB. */
  readonly checkpointBytes?: number;
}

/**
 * Makes the durable writes of many files cost one write to the disk: each goes to its file unsynced, then all that are
 * under way go into a journal, together, durably. After a crash the journal is redone, before anything else is opened.
 *
 * Why what a redo leaves is right:
 * - A journal file is removed only after every file with an entry in it was synced, and the older one always first. So
 *   the journal holds, from some moment on at which a file was wholly durable, all its durable writes, in order.
 * - Redoing them in order gives the file the bytes it had, whatever part of them and of unsynced others the crash left:
 *   every byte is as the last write to it made it. A cut is in the entry of the next write, in front of it, as a cut
 *   that was not synced need not last for longer. Doing it twice changes nothing.
 * - Before a cut below the journaled bytes counts as synced, and before a file is removed or renamed, the file is
 *   synced and an entry makes all earlier ones of its path void. So none brings back what was cut off, and none meets
 *   another file of the same path, nor does a removal that a crash undoes bring back a file with less than it had.
 *
 * The rules this rests on: a file that is opened `durable` is changed through that handle alone, by one call at a time,
 * and a file that takes the place of a removed one is cut to nothing first, unless the folder was synced in between.
 */
export async function openJournaledFileSystem(options: JournaledFileSystemOptions): Promise<JournaledFileSystem> {
  const { fileSystem, directory: root, checkpointBytes = 64 * MEBIBYTE } = options;
  const directory = join(root, JOURNAL);
  const roomBytes = journalRoomBytes(checkpointBytes);
  const current = await recoverJournal({ fileSystem, root, directory, roomBytes });
  const paths = new Map<string, JournaledPath>();
  const journal = new Journal({ fileSystem, directory, checkpointBytes }, current, paths);
  return new JournaledFileSystem(fileSystem, root, journal, paths);
}

/** Made by {@link openJournaledFileSystem}. Disposed of after everything that was opened through it. */
export class JournaledFileSystem implements FileSystem, AsyncDisposable {
  readonly #inner: FileSystem;
  readonly #root: string;
  readonly #journal: Journal;
  readonly #paths: Map<string, JournaledPath>;

  constructor(inner: FileSystem, root: string, journal: Journal, paths: Map<string, JournaledPath>) {
    this.#inner = inner;
    this.#root = root;
    this.#journal = journal;
    this.#paths = paths;
  }

  createDirectory(path: string): Promise<void> {
    return this.#inner.createDirectory(path);
  }

  list(path: string): Promise<string[]> {
    return this.#inner.list(path);
  }

  /** @throws an error with `code: 'EBUSY'` where the file is open for durable writes already. */
  async open(path: string, options: OpenOptions): Promise<LogFile> {
    const name = options.durable === true ? this.#nameOf(path) : undefined;
    if (name === undefined) return this.#inner.open(path, options);
    const file = await this.#inner.open(path, { ...options, durable: false });
    const journaled = this.#paths.get(path) ?? new JournaledPath(path, name);
    if (journaled.file !== undefined) {
      await file.close();
      throw Object.assign(new Error(`${path} is open for durable writes already`), { code: 'EBUSY' });
    }
    this.#paths.set(path, journaled);
    const opened = new JournaledFile(journaled, file, this.#journal);
    journaled.file = opened;
    return opened;
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#leave([from, to]);
    await this.#inner.rename(from, to);
  }

  async remove(path: string): Promise<void> {
    await this.#leave([path]);
    await this.#inner.remove(path);
  }

  async removeDirectory(path: string): Promise<void> {
    await this.#leave([...this.#paths.keys()].filter((each) => each.startsWith(`${path}${sep}`)));
    await this.#inner.removeDirectory(path);
  }

  syncDirectory(path: string): Promise<void> {
    return this.#inner.syncDirectory(path);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#journal.close();
  }

  /** The paths are about to mean other files, or none. */
  async #leave(paths: readonly string[]): Promise<void> {
    await Promise.all(
      paths.map(async (path) => {
        const journaled = this.#paths.get(path);
        if (journaled === undefined) return;
        this.#journal.refuseIfBroken();
        await journaled.file?.settle();
        if (journaled.redoEnd !== undefined) await this.#journal.forget(journaled);
        journaled.isGone = true;
        this.#paths.delete(path);
      }),
    );
  }

  /** @returns undefined for a file that the journal has nothing to do with. */
  #nameOf(path: string): Buffer | undefined {
    const name = relative(this.#root, path);
    const [first] = name.split(sep);
    return first === '..' || first === JOURNAL || name === path ? undefined : Buffer.from(name);
  }
}
