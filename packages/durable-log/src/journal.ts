import { isExhaustion, LogError, reasonOf } from './errors.ts';
import type { FileSystem } from './file-system.ts';
import { JournalFile } from './journal-file.ts';
import { type JournalEntry, journalEntryBytes } from './journal-format.ts';
import type { JournaledPath } from './journaled-path.ts';

const MAX_GROUP_BYTES = 8 * 1024 * 1024;

export interface JournalOptions {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  /** Once a journal file has grown so large, a new one is begun. */
  readonly checkpointBytes: number;
}

interface Waiting {
  readonly path: JournaledPath;
  readonly entry: JournalEntry;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Room written ahead at once; every group spends some. */
export function journalRoomBytes(checkpointBytes: number): number {
  return Math.max(4096, Math.min(1024 * 1024, Math.floor(checkpointBytes / 64)));
}

/**
 * The one writer of the journal: what is handed in while a group is being written becomes the next group. There are one
 * or two journal files: the one written to, and the one before it until all that it speaks of is synced in the files.
 */
export class Journal {
  readonly #options: JournalOptions;
  readonly #paths: Map<string, JournaledPath>;
  #current: JournalFile;
  #previous: JournalFile | undefined;
  #retirement: Promise<unknown> | undefined;
  #queue: Waiting[] = [];
  #running: Promise<void> | undefined;
  #broken: LogError | undefined;
  #isClosed = false;

  constructor(options: JournalOptions, current: JournalFile, paths: Map<string, JournaledPath>) {
    this.#options = options;
    this.#current = current;
    this.#paths = paths;
  }

  /** Resolves once a crash cannot undo the write any more, of which the file itself has taken all. */
  write(
    path: JournaledPath,
    buffers: readonly Uint8Array[],
    position: number,
    cutTo: number | undefined,
  ): Promise<void> {
    return this.#add(path, { kind: 'write', name: path.name, buffers, position, cutTo });
  }

  /** Resolves once nothing that was written to the file before would be redone. What of it must stay was synced. */
  forget(path: JournaledPath): Promise<void> {
    return this.#add(path, { kind: 'forget', name: path.name });
  }

  /** @throws LogError `broken` */
  refuseIfBroken(): void {
    if (this.#broken !== undefined) throw this.#broken;
  }

  /** The journal stays as it is from now on: opening it again redoes what is in it. */
  broken(path: string, error: unknown): LogError {
    this.#broken ??=
      error instanceof LogError && error.code === 'broken'
        ? error
        : new LogError(
            'broken',
            `${path}: ${reasonOf(error)}. What the disk holds is unknown now, so no log that shares the journal takes ` +
              'any more appends until it is opened again.',
            { cause: error },
          );
    return this.#broken;
  }

  /** The file was closed, and had been synced. */
  closed(path: JournaledPath): void {
    path.file = undefined;
    if (path.redoEnd === undefined && !path.isGone) this.#paths.delete(path.path);
  }

  /** Leaves an empty journal behind, or where that fails one to be redone. Nothing is taken any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
    await this.#retirement;
    if (this.#broken === undefined) await this.#settleAll().catch(() => undefined);
    await this.#previous?.close();
    await this.#current.close();
  }

  async #settleAll(): Promise<void> {
    if (this.#previous !== undefined) await this.#retire(this.#previous);
    for (const path of this.#current.written) await path.file?.settle();
    this.refuseIfBroken();
    await this.#current.empty();
  }

  #add(path: JournaledPath, entry: JournalEntry): Promise<void> {
    return new Promise((resolve, reject) => {
      this.refuseIfBroken();
      if (this.#isClosed) throw new LogError('closed', `${this.#options.directory}: the journal is closed`);
      this.#queue.push({ path, entry, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  async #run(): Promise<void> {
    // Not at once: whatever else arrives in this turn of the event loop shares the first write.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const group = takeGroup(this.#queue);
      this.#queue = this.#queue.slice(group.length);
      await this.#writeGroup(group);
    }
    this.#running = undefined;
  }

  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    const forgets = group[0]?.entry.kind === 'forget';
    try {
      this.refuseIfBroken();
      if (!forgets) await this.#checkpointIfDue();
      await this.#current.write(
        group.map(({ entry }) => entry),
        forgets,
      );
    } catch (error) {
      const failure = isExhaustion(error) ? error : this.broken(this.#current.path, error);
      for (const { reject } of group) reject(failure);
      return;
    }
    for (const { path, entry, resolve } of group) {
      if (entry.kind === 'write') this.#note(path, entry);
      else path.redoEnd = undefined;
      resolve();
    }
  }

  #note(path: JournaledPath, { position, buffers }: Extract<JournalEntry, { kind: 'write' }>): void {
    this.#current.written.add(path);
    path.wasWritten(
      this.#current.sequence,
      buffers.reduce((end, { length }) => end + length, position),
    );
  }

  /** The journal never grows past twice its bound, by more than a group: writers wait for the disk to catch up. */
  async #checkpointIfDue(): Promise<void> {
    const { checkpointBytes } = this.#options;
    if (this.#current.bytes < checkpointBytes) return;
    const isFull = this.#current.bytes >= 2 * checkpointBytes;
    if (this.#previous !== undefined) {
      const retirement = this.#startRetirement(this.#previous);
      if (!isFull) return;
      const failure = await retirement;
      if (failure !== undefined) throw failure;
    }
    try {
      await this.#begin();
    } catch (error) {
      if (isFull || !isExhaustion(error)) throw error;
    }
  }

  async #begin(): Promise<void> {
    const { fileSystem, directory, checkpointBytes } = this.#options;
    const next = this.#current.sequence + 1;
    const begun = await JournalFile.create(fileSystem, directory, next, journalRoomBytes(checkpointBytes));
    this.#previous = this.#current;
    this.#current = begun;
    this.#startRetirement(this.#previous);
  }

  /** In the background. Where it fails for want of descriptors, the next call tries again. @returns why it failed. */
  #startRetirement(previous: JournalFile): Promise<unknown> {
    this.#retirement ??= this.#retire(previous)
      .catch((error: unknown) => (isExhaustion(error) ? error : this.broken(previous.path, error)))
      .finally(() => {
        this.#retirement = undefined;
      });
    return this.#retirement;
  }

  /** One file after the other, so that appends do not wait behind many syncs. */
  async #retire(previous: JournalFile): Promise<void> {
    const { fileSystem, directory } = this.#options;
    for (const path of previous.written) await path.file?.settle();
    this.refuseIfBroken();
    await fileSystem.remove(previous.path);
    await fileSystem.syncDirectory(directory);
    this.#previous = undefined;
    for (const path of previous.written) {
      if (path.newestSequence > previous.sequence) continue;
      path.redoEnd = undefined;
      if (path.file === undefined && !path.isGone) this.#paths.delete(path.path);
    }
    await previous.close();
  }
}

/** Forgetting goes apart from writing, since it may use the room that is kept back. */
function takeGroup(queue: readonly Waiting[]): Waiting[] {
  const kind = queue[0]?.entry.kind;
  let bytes = 0;
  const end = queue.findIndex(({ entry }, index) => {
    bytes += journalEntryBytes(entry);
    return entry.kind !== kind || (index > 0 && bytes > MAX_GROUP_BYTES);
  });
  return end < 0 ? [...queue] : queue.slice(0, end);
}
