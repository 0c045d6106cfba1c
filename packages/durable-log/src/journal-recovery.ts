import { join } from 'node:path';
import { damage } from './damage.ts';
import { isMissing } from './errors.ts';
import type { FileSystem, LogFile } from './file-system.ts';
import { JournalFile, journalPath, sequenceOf } from './journal-file.ts';
import {
  type DecodedEntry,
  decodeGroup,
  decodeJournalHeader,
  GROUP_HEADER_BYTES,
  groupBytesAt,
  groupIsIntact,
  hasGroupMarker,
  JOURNAL_HEADER_BYTES,
  type JournalIdentity,
} from './journal-format.ts';
import { FileWindow, findMarked, lastNonZero, readHeader } from './scan.ts';

/** A write to be redone, and where its bytes are. */
interface Redo {
  readonly journal: LogFile;
  readonly dataAt: number;
  readonly dataBytes: number;
  readonly position: number;
  readonly cutTo: number | undefined;
}

/** By the file's path below the root, in the order in which they were made. */
type Redos = Map<string, Redo[]>;

interface Found {
  readonly path: string;
  readonly file: LogFile;
  readonly identity: JournalIdentity;
}

export interface JournalRecoveryOptions {
  readonly fileSystem: FileSystem;
  /** The folder that the files lie under. */
  readonly root: string;
  /** Where the journal is. */
  readonly directory: string;
  readonly roomBytes: number;
}

/**
 * Brings the files to where the journal says they were, and returns the journal, now empty. Everything is read before
 * anything is changed, and the journal goes only once the files are synced: a crash in between means doing it again.
 * @throws LogError `corrupt` where what had been synced is damaged; nothing is changed then.
 */
export async function recoverJournal(options: JournalRecoveryOptions): Promise<JournalFile> {
  const { fileSystem, root, directory, roomBytes } = options;
  await fileSystem.createDirectory(directory);
  const sequences = (await fileSystem.list(directory)).map(sequenceOf).filter((sequence) => sequence !== undefined);
  await using opened = new AsyncDisposableStack();
  const journals: Found[] = [];
  const unused: string[] = [];
  for (const sequence of sequences.toSorted((a, b) => a - b)) {
    const path = journalPath(directory, sequence);
    const file = opened.adopt(await fileSystem.open(path, { create: false }), (each) => each.close());
    const identity = await readIdentity(file, path, sequence);
    if (identity === undefined) unused.push(path);
    else journals.push({ path, file, identity });
  }
  const redos = await readJournals(journals);
  for (const [name, writes] of redos) await redo(fileSystem, join(root, name), writes);
  for (const path of unused) await fileSystem.remove(path);
  // The oldest first, each durably: without its successors a journal would undo what they did.
  for (const { path } of journals.slice(0, -1)) {
    await fileSystem.remove(path);
    await fileSystem.syncDirectory(directory);
  }
  const last = journals.at(-1);
  if (last === undefined) return await JournalFile.create(fileSystem, directory, 1, roomBytes);
  return await reuse(options, last);
}

/** Needs no room, so that a full disk is no reason not to start. */
async function reuse({ fileSystem, directory, roomBytes }: JournalRecoveryOptions, last: Found): Promise<JournalFile> {
  const file = await fileSystem.open(last.path, { create: false, durable: true });
  try {
    if ((await file.size()) > JOURNAL_HEADER_BYTES) await file.truncate(JOURNAL_HEADER_BYTES);
    // A process that was killed leaves bytes and names behind that can be seen but are not safe yet.
    await file.datasync();
    await fileSystem.syncDirectory(directory);
  } catch (error) {
    await file.close();
    throw error;
  }
  return new JournalFile(last.path, file, last.identity, JOURNAL_HEADER_BYTES, roomBytes);
}

/** @returns undefined for a file that was never used. */
async function readIdentity(file: LogFile, path: string, sequence: number): Promise<JournalIdentity | undefined> {
  const identity = await readHeader(file, path, JOURNAL_HEADER_BYTES, decodeJournalHeader);
  if (identity !== undefined && identity.sequence !== sequence) {
    throw damage(path, 0, `the header says number ${identity.sequence}, the file's name ${sequence}`);
  }
  return identity;
}

/**
 * A group is written only after all groups before it, in its file and those before, were durable. So a bad one is a
 * write that a crash cut short, unless an intact one follows anywhere.
 */
async function readJournals(journals: readonly Found[]): Promise<Redos> {
  const redos: Redos = new Map();
  let torn: { readonly path: string; readonly position: number } | undefined;
  let previous: Found | undefined;
  for (const journal of journals) {
    const { path, file, identity } = journal;
    if (previous !== undefined && identity.sequence !== previous.identity.sequence + 1) {
      throw damage(path, 0, `the journal before this one is number ${previous.identity.sequence}, others are missing`);
    }
    previous = journal;
    const window = new FileWindow(file, await file.size());
    let position = JOURNAL_HEADER_BYTES;
    while (await hasGroup(window, position, identity)) {
      if (torn !== undefined) throw damage(torn.path, torn.position, `no whole group, but ${path} goes on behind it`);
      const at = position - window.start;
      const group = window.bytes.subarray(at, at + groupBytesAt(window.bytes, at));
      for (const entry of decodeGroup(group)) take(redos, entry, file, position);
      position += group.length;
    }
    if ((await lastNonZero(window, position)) === undefined) continue;
    const later = await findMarked(window, {
      from: position + 1,
      marker: identity.marker,
      headerBytes: GROUP_HEADER_BYTES,
      proves: (at) => hasGroup(window, at, identity),
    });
    if (later !== undefined) throw damage(path, position, `no whole group, but one follows at byte ${later}`);
    torn = { path, position };
  }
  return redos;
}

function take(redos: Redos, entry: DecodedEntry, journal: LogFile, groupAt: number): void {
  if (entry.kind === 'forget') {
    redos.delete(entry.name);
    return;
  }
  const { name, dataAt, dataBytes, position, cutTo } = entry;
  const redo = { journal, dataAt: groupAt + dataAt, dataBytes, position, cutTo };
  const redosOfFile = redos.get(name);
  if (redosOfFile === undefined) redos.set(name, [redo]);
  else redosOfFile.push(redo);
}

/** Loads the group at `position` whole. @returns whether there is one, and it is intact. */
async function hasGroup(window: FileWindow, position: number, identity: JournalIdentity): Promise<boolean> {
  if (!(await window.ensure(position, GROUP_HEADER_BYTES))) return false;
  const headerAt = position - window.start;
  if (!hasGroupMarker(window.bytes, headerAt, identity)) return false;
  const bytes = groupBytesAt(window.bytes, headerAt);
  if (!(await window.ensure(position, bytes))) return false;
  return groupIsIntact(window.bytes, position - window.start, position, identity);
}

/** A missing file was removed since, or its name was never made durable. */
async function redo(fileSystem: FileSystem, path: string, writes: readonly Redo[]): Promise<void> {
  const file = await fileSystem.open(path, { create: false }).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (file === undefined) return;
  try {
    for (const { journal, dataAt, dataBytes, position, cutTo } of writes) {
      if (cutTo !== undefined && (await file.size()) > cutTo) await file.truncate(cutTo);
      const data = Buffer.allocUnsafe(dataBytes);
      await journal.read(data, dataAt);
      await file.write([data], position);
    }
    await file.datasync();
  } finally {
    await file.close();
  }
}
