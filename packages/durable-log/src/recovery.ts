import { LogError, reasonOf } from './errors.ts';
import type { FileSystem, LogFile } from './file-system.ts';
import {
  decodeSegmentHeader,
  encodeSegmentHeader,
  newIdentity,
  SEGMENT_HEADER_BYTES,
  type SegmentIdentity,
} from './format.ts';
import type { LogEvent } from './log.ts';
import { FileWindow, findLaterEntry, lastNonZero, type ScanEnd, scanEntries } from './scan.ts';
import { firstOffsetOf, Segment, segmentPath } from './segment.ts';

export interface Recovered {
  /** In order of offsets; the last one is written to. */
  readonly segments: readonly [...Segment[], Segment];
  readonly activeFile: LogFile;
  /** The active file's length: what lies behind the last entry is zeros. */
  readonly activeFileBytes: number;
}

const WHAT_TO_DO =
  'Nothing was changed. Restore the file from a copy, or move the folder of this log away to begin an empty one.';

/**
 * Reads a log's folder and makes it fit to be appended to. Cuts off only what cannot have been acknowledged.
 * @throws LogError `corrupt` where anything else is damaged.
 */
export async function recover(
  fileSystem: FileSystem,
  directory: string,
  onEvent: (event: LogEvent) => void,
): Promise<Recovered> {
  await fileSystem.createDirectory(directory);
  const firstOffsets = (await fileSystem.list(directory))
    .map(firstOffsetOf)
    .filter((offset) => offset !== undefined)
    .sort((a, b) => a - b);
  const sealed: Segment[] = [];
  const used = await withoutUnused(fileSystem, directory, firstOffsets);
  const newest = used.pop();
  for (const segment of used) {
    refuseGap(sealed.at(-1), segment);
    await readSealed(fileSystem, segment);
    sealed.push(segment);
  }
  if (newest === undefined) {
    const created = await createSegment(fileSystem, directory, firstOffsets.at(-1) ?? 0);
    return { segments: [created.segment], activeFile: created.file, activeFileBytes: SEGMENT_HEADER_BYTES };
  }
  refuseGap(sealed.at(-1), newest);
  const file = await fileSystem.open(newest.path, { create: false, durable: true });
  try {
    const activeFileBytes = await readNewest(file, newest, onEvent);
    return { segments: [...sealed, newest], activeFile: file, activeFileBytes };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Creates a segment's file so that after a crash it is either there with its header or was never used. */
export async function createSegment(
  fileSystem: FileSystem,
  directory: string,
  firstOffset: number,
): Promise<{ segment: Segment; file: LogFile }> {
  const path = segmentPath(directory, firstOffset);
  const file = await fileSystem.open(path, { create: true, durable: true });
  try {
    const identity = newIdentity(firstOffset);
    await file.truncate(0);
    await file.write([encodeSegmentHeader(identity)], 0);
    await fileSystem.syncDirectory(directory);
    return { segment: new Segment(path, identity), file };
  } catch (error) {
    await undoCreation(fileSystem, path, file);
    throw error;
  }
}

/** Without its header a file counts as never used, so that the segment before it may go on growing. */
async function undoCreation(fileSystem: FileSystem, path: string, file: LogFile): Promise<void> {
  try {
    await file.truncate(0);
    await file.datasync();
  } catch (error) {
    throw new LogError(
      'broken',
      `${path}: a new segment could neither be completed nor taken back: ${reasonOf(error)}`,
      {
        cause: error,
      },
    );
  } finally {
    await file.close();
  }
  await fileSystem.remove(path);
}

async function withoutUnused(
  fileSystem: FileSystem,
  directory: string,
  firstOffsets: readonly number[],
): Promise<Segment[]> {
  const used: Segment[] = [];
  for (const firstOffset of firstOffsets) {
    const path = segmentPath(directory, firstOffset);
    const identity = await readIdentity(fileSystem, path, firstOffset);
    if (identity !== undefined) used.push(new Segment(path, identity));
    else if (firstOffsets.length > 1) await fileSystem.remove(path);
  }
  return used;
}

/** @returns undefined for a file that was created but never used: the process died in between. */
async function readIdentity(
  fileSystem: FileSystem,
  path: string,
  firstOffset: number,
): Promise<SegmentIdentity | undefined> {
  await using opened = await openToRead(fileSystem, path);
  const window = new FileWindow(opened.file, await opened.file.size());
  const header = Buffer.alloc(Math.min(SEGMENT_HEADER_BYTES, window.fileBytes));
  await opened.file.read(header, 0);
  const identity = decodeSegmentHeader(header);
  if (typeof identity === 'string') {
    if ((await lastNonZero(window, SEGMENT_HEADER_BYTES)) === undefined) return undefined;
    throw new LogError('corrupt', `${path}: byte 0: ${identity}, and bytes of entries follow. ${WHAT_TO_DO}`);
  }
  if (identity.firstOffset !== firstOffset) {
    const found = `the header says that it begins with offset ${identity.firstOffset}, the name ${firstOffset}`;
    throw new LogError('corrupt', `${path}: byte 20: ${found}. ${WHAT_TO_DO}`);
  }
  return identity;
}

async function openToRead(fileSystem: FileSystem, path: string): Promise<AsyncDisposable & { file: LogFile }> {
  const file = await fileSystem.open(path, { create: false });
  return { file, [Symbol.asyncDispose]: () => file.close() };
}

function refuseGap(before: Segment | undefined, segment: Segment): void {
  if (before === undefined || before.endOffset === segment.firstOffset) return;
  throw new LogError(
    'corrupt',
    `${before.path}: byte ${before.bytes}: the segment ends at offset ${before.endOffset}, but the next, ` +
      `${segment.name}, begins with ${segment.firstOffset}: entries or a whole segment are missing. ${WHAT_TO_DO}`,
  );
}

async function readSealed(fileSystem: FileSystem, segment: Segment): Promise<void> {
  await using opened = await openToRead(fileSystem, segment.path);
  const window = new FileWindow(opened.file, await opened.file.size());
  const end = await scanEntries(window, segment);
  if (end.fault !== undefined) throw damage(segment, end, 'a later segment exists');
}

/** @returns the file's length. */
async function readNewest(file: LogFile, segment: Segment, onEvent: (event: LogEvent) => void): Promise<number> {
  const window = new FileWindow(file, await file.size());
  const end = await scanEntries(window, segment);
  if (end.fault === undefined) return window.fileBytes;
  const later = await findLaterEntry(window, end.position, segment.identity);
  if (later !== undefined) throw damage(segment, end, `the entry at byte ${later} was written after it`);
  const lastByte = (await lastNonZero(window, end.position)) ?? end.position;
  await file.truncate(end.position);
  await file.datasync();
  onEvent({
    kind: 'tail-truncated',
    segment: segment.name,
    atByte: end.position,
    droppedBytes: lastByte - end.position,
  });
  return end.position;
}

function damage(segment: Segment, end: ScanEnd, proof: string): LogError {
  return new LogError(
    'corrupt',
    `${segment.path}: byte ${end.position}: ${end.fault}. This is damage to what had been synced, not a write cut short: ` +
      `${proof}. ${WHAT_TO_DO}`,
  );
}
