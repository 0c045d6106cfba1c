import { join } from 'node:path';
import { isExhaustion, LogError, reasonOf } from './errors.ts';
import type { FileSystem, LogFile } from './file-system.ts';
import {
  encodeJournalGroup,
  encodeJournalHeader,
  GROUP_HEADER_BYTES,
  JOURNAL_HEADER_BYTES,
  type JournalEntry,
  type JournalIdentity,
  journalEntryBytes,
  newJournalIdentity,
} from './journal-format.ts';
import type { JournaledPath } from './journaled-path.ts';

const MIN_BUFFER_BYTES = 64 * 1024;
const MAX_KEPT_BUFFER_BYTES = 1024 * 1024;
const NAME = /^(\d{16})\.journal$/;

export const journalPath = (directory: string, sequence: number): string =>
  join(directory, `${String(sequence).padStart(16, '0')}.journal`);

/** @returns undefined for a name that is no journal's. */
export function sequenceOf(name: string): number | undefined {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * One file of the journal, written to. Calls must not overlap.
 *
 * Room is made before a group is written, not with it: so a full disk is found out while nothing but zeros was written,
 * and the group itself, which overwrites them, has no reason left to fail for want of space. A part of the room is kept
 * back for forgetting, since removing a file must work on a full disk too.
 */
export class JournalFile {
  readonly path: string;
  readonly sequence: number;
  /** What has entries here. */
  readonly written = new Set<JournaledPath>();
  readonly #file: LogFile;
  readonly #identity: JournalIdentity;
  readonly #roomBytes: number;
  #bytes = JOURNAL_HEADER_BYTES;
  #fileBytes: number;
  #buffer = Buffer.alloc(0);

  /** `file` holds the header alone, and `fileBytes - JOURNAL_HEADER_BYTES` zeros. */
  constructor(path: string, file: LogFile, identity: JournalIdentity, fileBytes: number, roomBytes: number) {
    this.path = path;
    this.sequence = identity.sequence;
    this.#file = file;
    this.#identity = identity;
    this.#fileBytes = fileBytes;
    this.#roomBytes = roomBytes;
  }

  /** Its name and header are durable when this resolves. A file that could not be completed holds no group. */
  static async create(
    fileSystem: FileSystem,
    directory: string,
    sequence: number,
    roomBytes: number,
  ): Promise<JournalFile> {
    const path = journalPath(directory, sequence);
    const identity = newJournalIdentity(sequence);
    const file = await fileSystem.open(path, { create: true, durable: true });
    try {
      await file.truncate(0);
      await file.write([encodeJournalHeader(identity), Buffer.alloc(roomBytes)], 0);
      await fileSystem.syncDirectory(directory);
    } catch (error) {
      await file.close();
      await fileSystem.remove(path).catch(() => undefined);
      throw error;
    }
    return new JournalFile(path, file, identity, JOURNAL_HEADER_BYTES + roomBytes, roomBytes);
  }

  /** Where the last group ends. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Resolves once the entries are durable, all of them or, after a crash, none.
   * @throws whatever the system says where there is no room, and nothing was written then; LogError `broken`
   */
  async write(entries: readonly JournalEntry[], mayUseReserve: boolean): Promise<void> {
    const groupBytes = entries.reduce((sum, entry) => sum + journalEntryBytes(entry), GROUP_HEADER_BYTES);
    await this.#makeRoom(this.#bytes + groupBytes + (mayUseReserve ? 0 : this.#roomBytes / 4));
    if (this.#buffer.length < groupBytes) this.#buffer = Buffer.allocUnsafeSlow(Math.max(groupBytes, MIN_BUFFER_BYTES));
    const group = this.#buffer.subarray(0, groupBytes);
    encodeJournalGroup(group, entries, this.#bytes, this.#identity);
    try {
      await this.#file.write([group], this.#bytes);
    } catch (error) {
      throw new LogError('broken', `${this.path}: ${reasonOf(error)}. What the journal holds is unknown now.`, {
        cause: error,
      });
    }
    this.#bytes += groupBytes;
    if (this.#buffer.length > MAX_KEPT_BUFFER_BYTES) this.#buffer = Buffer.alloc(0);
  }

  /** All that it held is in the files. */
  async empty(): Promise<void> {
    if (this.#bytes === JOURNAL_HEADER_BYTES && this.#fileBytes === JOURNAL_HEADER_BYTES) return;
    await this.#file.truncate(JOURNAL_HEADER_BYTES);
    await this.#file.datasync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #makeRoom(end: number): Promise<void> {
    if (end <= this.#fileBytes) return;
    const zeros = Buffer.alloc(end - this.#fileBytes + this.#roomBytes);
    try {
      await this.#file.write([zeros], this.#fileBytes);
    } catch (error) {
      // What there is of them is no use; others may need the space.
      if (isExhaustion(error)) await this.#file.truncate(this.#fileBytes).catch(() => undefined);
      throw error;
    }
    this.#fileBytes += zeros.length;
  }
}
