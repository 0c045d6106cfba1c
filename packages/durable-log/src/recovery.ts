import { join } from 'node:path';
import { createSegment, type OpenSegment } from './create-segment.ts';
import { damage } from './damage.ts';
import { isMissing } from './errors.ts';
import type { FileSystem, LogFile } from './file-system.ts';
import { decodeSegmentHeader, SEGMENT_HEADER_BYTES, type SegmentIdentity } from './format.ts';
import { Gate } from './gate.ts';
import { checksumOf, readIndex, type SegmentIndex, writeIndex } from './index-file.ts';
import type { LogEvent } from './log.ts';
import { FileWindow, findLaterEntry, lastNonZero, scanEntries } from './scan.ts';
import { firstOffsetOf, firstOffsetOfIndex, Segment, segmentPath } from './segment.ts';

export interface Recovered {
  /** In order of offsets. */
  readonly sealed: readonly Segment[];
  /** The one that is written to. */
  readonly active: OpenSegment;
}

export interface RecoveryOptions {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly onEvent: (event: LogEvent) => void;
}

/** Reading whole files needs a large buffer each, and a process opens hundreds of logs at once. */
const scanning = new Gate(4);

/**
 * Reads a log's folder and makes it fit to be appended to. Cuts off only what cannot have been acknowledged; what is
 * left then is durable, even where the last process died before it had synced it.
 * @throws LogError `corrupt` where anything else is damaged.
 */
export async function recover(options: RecoveryOptions): Promise<Recovered> {
  const { fileSystem, directory } = options;
  await fileSystem.createDirectory(directory);
  const names = await fileSystem.list(directory);
  const firstOffsets = names.map(firstOffsetOf).filter(isNumber).sort(ascending);
  await removeOrphans(fileSystem, directory, names, new Set(firstOffsets));
  const segments = await removeUnused(fileSystem, directory, firstOffsets);
  const newest = segments.pop();
  if (newest === undefined) {
    return { sealed: [], active: await createSegment(fileSystem, directory, firstOffsets.at(-1) ?? 0) };
  }
  let before: Segment | undefined;
  for (const segment of segments) {
    refuseGap(before, segment);
    await scanning.run(() => readSealed(options, segment));
    before = segment;
  }
  refuseGap(before, newest);
  const active = await scanning.run(() => readNewest(options, newest));
  return { sealed: segments, active };
}

const isNumber = (value: number | undefined): value is number => value !== undefined;
const ascending = (a: number, b: number): number => a - b;

/** Removing a segment removes two names, and a crash may let either come back. */
async function removeOrphans(
  fileSystem: FileSystem,
  directory: string,
  names: readonly string[],
  firstOffsets: ReadonlySet<number>,
): Promise<void> {
  for (const name of names) {
    const offset = firstOffsetOfIndex(name);
    if (offset !== undefined && !firstOffsets.has(offset)) await fileSystem.remove(join(directory, name));
  }
}

/** @returns the segments that were ever used. */
async function removeUnused(
  fileSystem: FileSystem,
  directory: string,
  firstOffsets: readonly number[],
): Promise<Segment[]> {
  const used: Segment[] = [];
  const unused: string[] = [];
  for (const firstOffset of firstOffsets) {
    const path = segmentPath(directory, firstOffset);
    const identity = await withFile(fileSystem, path, (file) => readIdentity(file, path, firstOffset));
    if (identity === undefined) unused.push(path);
    else used.push(new Segment(fileSystem, path, identity));
  }
  // Where there is no other, the last one's name is all that tells which offset comes next.
  if (used.length === 0) unused.pop();
  for (const path of unused) await fileSystem.remove(path);
  return used;
}

/** @returns undefined for a file that was created but never used: the process died in between. */
async function readIdentity(file: LogFile, path: string, firstOffset: number): Promise<SegmentIdentity | undefined> {
  const fileBytes = await file.size();
  const header = Buffer.alloc(Math.min(SEGMENT_HEADER_BYTES, fileBytes));
  await file.read(header, 0);
  const identity = decodeSegmentHeader(header);
  if (typeof identity === 'string') {
    const behind = await lastNonZero(new FileWindow(file, fileBytes), SEGMENT_HEADER_BYTES);
    if (behind === undefined) return undefined;
    throw damage(path, 0, `${identity}, and entries follow`);
  }
  if (identity.firstOffset !== firstOffset) {
    throw damage(path, 20, `the header says first offset ${identity.firstOffset}, the file's name ${firstOffset}`);
  }
  return identity;
}

function refuseGap(before: Segment | undefined, segment: Segment): void {
  if (before === undefined || before.endOffset === segment.firstOffset) return;
  throw damage(
    before.path,
    before.bytes,
    `the segment ends at offset ${before.endOffset}, but the next one, ${segment.name}, begins with ` +
      `${segment.firstOffset}: entries or a whole segment are missing`,
  );
}

async function readSealed({ fileSystem, onEvent }: RecoveryOptions, segment: Segment): Promise<void> {
  await withFile(fileSystem, segment.path, async (file) => {
    const fileBytes = await file.size();
    const index = await readIndex(fileSystem, segment).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    if (index !== undefined && (await describes(index, file, fileBytes))) return segment.restore(index);
    const end = await scanEntries(new FileWindow(file, fileBytes), segment);
    if (end.fault !== undefined) {
      throw damage(segment.path, end.position, `${end.fault}. A later segment exists, so this had been synced`);
    }
    await writeIndex(fileSystem, segment, file);
    onEvent({ kind: 'index-rebuilt', segment: segment.name });
  });
}

async function describes(index: SegmentIndex, file: LogFile, fileBytes: number): Promise<boolean> {
  if (index.bytes > fileBytes) return false;
  if ((await checksumOf(new FileWindow(file, index.bytes))) !== index.checksum) return false;
  return (await lastNonZero(new FileWindow(file, fileBytes), index.bytes)) === undefined;
}

async function readNewest({ fileSystem, directory, onEvent }: RecoveryOptions, segment: Segment): Promise<OpenSegment> {
  const file = await fileSystem.open(segment.path, { create: false, durable: true });
  try {
    const fileBytes = await cutTornTail(file, segment, onEvent);
    // A process that was killed leaves bytes and names behind that can be seen but are not safe yet.
    await file.datasync();
    await fileSystem.syncDirectory(directory);
    return { segment, file, fileBytes };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** @returns the file's length afterwards. */
async function cutTornTail(file: LogFile, segment: Segment, onEvent: (event: LogEvent) => void): Promise<number> {
  const window = new FileWindow(file, await file.size());
  const { position, fault } = await scanEntries(window, segment);
  if (fault === undefined) return window.fileBytes;
  const later = await findLaterEntry(window, position, segment.identity);
  if (later !== undefined) {
    throw damage(segment.path, position, `${fault}. It had been synced before the entry at byte ${later} was written`);
  }
  const droppedBytes = ((await lastNonZero(window, position)) ?? position) - position;
  await file.truncate(position);
  await file.datasync();
  onEvent({ kind: 'tail-truncated', segment: segment.name, atByte: position, droppedBytes });
  return position;
}

async function withFile<T>(fileSystem: FileSystem, path: string, use: (file: LogFile) => Promise<T>): Promise<T> {
  const file = await fileSystem.open(path, { create: false });
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
