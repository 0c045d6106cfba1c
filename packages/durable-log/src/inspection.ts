import { join } from 'node:path';
import { damage } from './damage.ts';
import { isMissing, isUnreadable, reasonOf } from './errors.ts';
import type { FileSystem, LogFile } from './file-system.ts';
import { decodeSegmentHeader, SEGMENT_HEADER_BYTES, type SegmentIdentity } from './format.ts';
import { Gate } from './gate.ts';
import { checksumOf, readIndex, type SegmentIndex } from './index-file.ts';
import { FileWindow, findLaterEntry, lastNonZero, readHeader, scanEntries } from './scan.ts';
import { firstOffsetOf, firstOffsetOfIndex, Segment, segmentPath } from './segment.ts';

/** What is in a log's folder, and what has to be done before it can be appended to. */
export interface Findings {
  /** In order of offsets. */
  readonly sealed: readonly Segment[];
  readonly newest: Segment | undefined;
  /** What a write that was cut short has left behind the newest segment's last entry. */
  readonly tornTail: { readonly atByte: number; readonly bytes: number } | undefined;
  /** Where the log goes on if it has no segment that was ever used. */
  readonly nextOffset: number;
  /** Sealed segments whose index is missing or damaged. */
  readonly withoutIndex: readonly Segment[];
  /** Files that an interrupted roll or removal has left behind. */
  readonly leftovers: readonly string[];
}

/** Reading whole files needs a large buffer each, and a process opens hundreds of logs at once. */
const reading = new Gate(4);

/**
 * Reads all of a log's folder and changes nothing.
 * @throws LogError `corrupt` where what had been synced is damaged or missing.
 */
export async function inspect(fileSystem: FileSystem, directory: string): Promise<Findings> {
  const names = await fileSystem.list(directory);
  const firstOffsets = names.map(firstOffsetOf).filter((offset) => offset !== undefined);
  const { segments, unused } = await findSegments(fileSystem, directory, firstOffsets);
  const orphans = names.filter((name) => {
    const offset = firstOffsetOfIndex(name);
    return offset !== undefined && !firstOffsets.includes(offset);
  });
  const newest = segments.at(-1);
  const sealed = segments.slice(0, -1);
  const withoutIndex: Segment[] = [];
  for (const [number, segment] of sealed.entries()) {
    const indexed = await reading.run(() => readSealed(fileSystem, segment));
    if (!indexed) withoutIndex.push(segment);
    refuseGap(segment, segments[number + 1]);
  }
  const tornTail = newest && (await reading.run(() => readNewest(fileSystem, newest)));
  // Where no other was ever used, the last one's name is all that tells where the log goes on, and it is used now.
  const reused = newest === undefined ? unused.pop() : undefined;
  return {
    sealed,
    newest,
    tornTail,
    nextOffset: reused ?? 0,
    withoutIndex,
    leftovers: [
      ...orphans.map((name) => join(directory, name)),
      ...unused.map((offset) => segmentPath(directory, offset)),
    ],
  };
}

/** The first offsets of the `unused` ones are in ascending order. */
async function findSegments(
  fileSystem: FileSystem,
  directory: string,
  firstOffsets: readonly number[],
): Promise<{ segments: Segment[]; unused: number[] }> {
  const segments: Segment[] = [];
  const unused: number[] = [];
  for (const firstOffset of firstOffsets.toSorted((a, b) => a - b)) {
    const path = segmentPath(directory, firstOffset);
    const identity = await reading.run(() =>
      withFile(fileSystem, path, (file) => readIdentity(file, path, firstOffset)),
    );
    if (identity === undefined) unused.push(firstOffset);
    else segments.push(new Segment(fileSystem, path, identity));
  }
  return { segments, unused };
}

/** @returns undefined for a file that was created but never used: the process died in between. */
async function readIdentity(file: LogFile, path: string, firstOffset: number): Promise<SegmentIdentity | undefined> {
  const identity = await readHeader(file, path, SEGMENT_HEADER_BYTES, decodeSegmentHeader);
  if (identity !== undefined && identity.firstOffset !== firstOffset) {
    throw damage(path, 0, `the header says first offset ${identity.firstOffset}, the file's name ${firstOffset}`);
  }
  return identity;
}

function refuseGap(segment: Segment, next: Segment | undefined): void {
  if (next === undefined || segment.endOffset === next.firstOffset) return;
  throw damage(
    segment.path,
    segment.bytes,
    `the segment ends at offset ${segment.endOffset}, but the next one, ${next.name}, begins with ` +
      `${next.firstOffset}: entries or a whole segment are missing`,
  );
}

/** @returns whether there is an index that describes it. */
async function readSealed(fileSystem: FileSystem, segment: Segment): Promise<boolean> {
  const index = await readIndex(fileSystem, segment).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  return withFile(fileSystem, segment.path, async (file) => {
    const fileBytes = await file.size();
    if (index !== undefined && (await describes(index, file, fileBytes))) {
      segment.restore(index);
      return true;
    }
    const { position, fault } = await scanEntries(new FileWindow(file, fileBytes), segment);
    if (fault === undefined) return false;
    throw damage(segment.path, position, `${fault}. A later segment exists, so this had been synced`);
  });
}

async function describes(index: SegmentIndex, file: LogFile, fileBytes: number): Promise<boolean> {
  if (index.bytes > fileBytes) return false;
  if ((await checksumOf(new FileWindow(file, index.bytes))) !== index.checksum) return false;
  return (await lastNonZero(new FileWindow(file, fileBytes), index.bytes)) === undefined;
}

async function readNewest(fileSystem: FileSystem, segment: Segment): Promise<Findings['tornTail']> {
  return withFile(fileSystem, segment.path, async (file) => {
    const window = new FileWindow(file, await file.size());
    const { position, fault } = await scanEntries(window, segment);
    if (fault === undefined) return undefined;
    const later = await findLaterEntry(window, position, segment.identity);
    if (later !== undefined) {
      throw damage(
        segment.path,
        position,
        `${fault}. It had been synced before the entry at byte ${later} was written`,
      );
    }
    const end = (await lastNonZero(window, position)) ?? position;
    return { atByte: position, bytes: end - position };
  });
}

async function withFile<T>(fileSystem: FileSystem, path: string, use: (file: LogFile) => Promise<T>): Promise<T> {
  const file = await fileSystem.open(path, { create: false });
  try {
    return await use(file);
  } catch (error) {
    throw isUnreadable(error) ? damage(path, 0, `the file cannot be read: ${reasonOf(error)}`, error) : error;
  } finally {
    await file.close();
  }
}
